//go:build unix

package builds

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/local/host"
)

// realClock is this machine's time.
type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// What a build whose process was killed left running is ended, with its group; what belongs to others goes on.
func TestEndLeft(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells to which build a process belongs")
	}
	work := filepath.Join(t.TempDir(), "work")
	if err := os.MkdirAll(filepath.Join(work, "build"), 0o700); err != nil {
		t.Fatal(err)
	}
	leftover := func(sources string) *exec.Cmd {
		// The child of the shell has nothing of the build in its environment.
		cmd := exec.Command("sh", "-c", "env -i sleep 1000; true")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "CODEBUILD_SRC_DIR=" + sources}
		host.OwnGroup(cmd)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { host.SignalGroup(cmd.Process.Pid, host.Kill) })
		return cmd
	}
	left := leftover(filepath.Join(work, "build", "sources", "src"))
	foreign := leftover(work + "-of-another/build/sources/src")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = left.Wait() // killed
	}()
	// A process is a zombie until it is waited for, and then has no environment to be found by.
	if err := EndLeft(work, realClock{}); err != nil {
		t.Error(err)
	}
	<-ended
	if name, ok := host.SignalOf(left.ProcessState); !ok || name != host.Kill.String() {
		t.Errorf("the build's process ended as %v, want killed", left.ProcessState)
	}
	if err := syscall.Kill(foreign.Process.Pid, 0); err != nil {
		t.Errorf("a process of another state directory: %v", err)
	}
	host.SignalGroup(foreign.Process.Pid, host.Kill)
	_ = foreign.Wait() // killed
	if err := EndLeft(filepath.Join(work, "nothing"), realClock{}); err != nil {
		t.Errorf("where nothing ran: %v", err)
	}
}
