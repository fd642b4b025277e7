package builds

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/penstock-ci/penstock/internal/local/host"
)

// How often, and how long between, killed processes are looked for until they are gone.
const (
	leftLooks = 500
	leftPause = 10 * time.Millisecond
)

// EndLeft kills what is left of builds, and of other programs, whose folders were in work when their process was killed, so that nothing of them
// writes into the folder of a later build. A process belongs to such a build when its environment says so, which no
// reuse of a process ID can fake: whatever a build starts inherits CODEBUILD_SRC_DIR, whatever a function starts TMPDIR, and a process that took it out of
// its environment ends with its group as long as the shell that leads it lives.
func EndLeft(work string, clock Clock) error {
	entries, err := os.ReadDir(work)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err == nil {
		err = resolve(&work)
	}
	if err != nil {
		return fmt.Errorf("look for processes of earlier builds: %w", err)
	}
	inside := work + string(filepath.Separator)
	markers := [][]byte{[]byte("\x00CODEBUILD_SRC_DIR=" + inside), []byte("\x00TMPDIR=" + inside)}
	var left []int
	for range leftLooks {
		if left = killMarked(markers); len(left) == 0 {
			return nil
		}
		<-clock.After(leftPause)
	}
	return fmt.Errorf("processes %v of an interrupted build do not end although they were killed", left)
}

// killMarked kills every process whose environment has one of the markers, with its group where it leads one, and returns them.
// What cannot be read belongs to somebody else, or has ended.
func killMarked(markers [][]byte) (found []int) {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	for _, dir := range all {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil || pid == os.Getpid() {
			continue
		}
		// The handle stands for one process, whichever gets its ID later.
		p, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		environ, err := os.ReadFile(filepath.Join(dir, "environ"))
		environ = append([]byte{0}, environ...)
		marked := slices.ContainsFunc(markers, func(marker []byte) bool { return bytes.Contains(environ, marker) })
		if err == nil && marked {
			found = append(found, pid)
			killWithGroup(p)
		}
		_ = p.Release()
	}
	return found
}

// killWithGroup kills a process; one that has ended in the meantime is what was wanted.
func killWithGroup(p *os.Process) {
	if group, err := syscall.Getpgid(p.Pid); err == nil && group == p.Pid {
		host.SignalGroup(group, host.Kill)
	}
	_ = p.Kill()
}
