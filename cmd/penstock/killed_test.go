//go:build unix

package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

var (
	kills    = flag.Int("kills", 9, "how often runs of the examples are killed")
	killSeed = flag.Uint64("kills.seed", 1, "where the sequence of their moments begins")
)

// example is one of examples/, to be copied and run.
type example struct {
	name string
	copy func(to string) error
	told int               // lines of JSON by an undisturbed run
	gap  time.Duration     // between two of them
	want map[string]string // what such a run leaves
}

func examples(t *testing.T) []*example {
	t.Helper()
	folders, err := filepath.Glob(filepath.Join("..", "..", "examples", "*", "pipeline.yaml"))
	if err != nil || len(folders) < 2 {
		t.Fatalf("%d examples, error %v", len(folders), err)
	}
	var all []*example
	for _, file := range folders {
		from := filepath.Dir(file)
		e := &example{name: filepath.Base(from), copy: func(to string) error { return copyFolder(from, to) }}
		if e.name == "go-service" {
			e.copy = copyExample
		}
		all = append(all, e)
	}
	return all
}

// Runs of every example, killed at random moments with SIGKILL, and then run again, or watched: records, events, artifacts
// and deployed files are those of a run that nobody disturbed, and nothing unfinished stays. With -kills=500 it is done
// that often. A moment is some time after a line that the run has told: how far a run comes in a time is the machine's.
func TestKilledExamples(t *testing.T) {
	all := examples(t)
	for _, e := range all {
		e.run(t)
	}
	random := rand.New(rand.NewPCG(*killSeed, 0))
	var resumed atomic.Int64
	t.Run("kills", func(t *testing.T) {
		for n := range *kills {
			e := all[n%len(all)]
			at := instant{line: random.IntN(e.told), after: time.Duration(random.Int64N(int64(e.gap)))}
			again := []string{"run", "watch"}[n/len(all)%2]
			t.Run(fmt.Sprintf("%s-%d", e.name, n), func(t *testing.T) {
				t.Parallel()
				if e.survives(t, at, again) {
					resumed.Add(1)
				}
			})
		}
	})
	t.Logf("%d of %d runs were killed before they ended, and taken up", resumed.Load(), *kills)
	if resumed.Load() == 0 {
		t.Error("no run was killed before it ended")
	}
}

// run runs an example twice without disturbing it, and remembers what both runs leave.
func (e *example) run(t *testing.T) {
	t.Helper()
	var runs []map[string]string
	for range 2 {
		dir := e.folder(t)
		begun := time.Now()
		out, err := penstock(dir, "run", file, "--yes", "--json").CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", e.name, err, out)
		}
		e.told = strings.Count(string(out), "\n")
		e.gap = time.Since(begun) / time.Duration(e.told) // the second is warm
		runs = append(runs, leaves(t, dir))
	}
	e.want = runs[0]
	for key, value := range runs[1] {
		if e.want[key] != value {
			t.Logf("%s: %s is different in every run", e.name, key)
			delete(e.want, key)
		}
	}
}

func (e *example) folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := e.copy(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// instant is a moment of a run: so long after it has told so many lines.
type instant struct {
	line  int
	after time.Duration
}

// kill runs a command until that moment, or to its end.
func (at instant) kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for n := 0; n < at.line && lines.Scan(); n++ {
	}
	killing := time.AfterFunc(at.after, func() { _ = cmd.Process.Kill() })
	defer killing.Stop()
	for lines.Scan() { // until it is killed, or has ended
	}
	_ = cmd.Wait()
}

// survives kills a run at some moment, takes it up by another command, and compares. It says whether there was something to
// take up.
func (e *example) survives(t *testing.T, at instant, again string) bool {
	t.Helper()
	dir := e.folder(t)
	at.kill(t, penstock(dir, "run", file, "--yes", "--json"))
	words := []string{"run", file, "--yes"}
	if again == "watch" && hasExecution(dir) {
		words = []string{"watch", "--yes"}
	}
	out, err := penstock(dir, words...).CombinedOutput()
	if err != nil {
		t.Fatalf("killed at %+v: penstock %s: %v\n%s", at, strings.Join(words, " "), err, out)
	}
	got := leaves(t, dir)
	for key := range got {
		if _, compared := e.want[key]; !compared && !strings.HasPrefix(key, "deployed ") {
			delete(got, key)
		}
	}
	if diff := cmp.Diff(e.want, got); diff != "" {
		t.Errorf("killed at %+v, then penstock %s: undisturbed (-) and killed (+):\n%s\n%s", at, words[0], diff, out)
	}
	return strings.Contains(string(out), "resuming execution ")
}

func hasExecution(dir string) bool { return penstock(dir, "executions").Run() == nil }

// leaves reads what the latest run left: its records, its events without times and identities, the artifacts and the
// deployed files by their digests.
func leaves(t *testing.T, dir string) map[string]string {
	t.Helper()
	var s shown
	readJSON(t, dir, &s, "show", "--json")
	if s.Execution.Status != execution.ExecutionSucceeded {
		t.Errorf("the run is %s", s.Execution.Status)
	}
	left := map[string]string{"events": publishedBy(t, dir)}
	for _, st := range s.Stages {
		left["stage "+st.Name] = string(st.Status)
	}
	for _, a := range s.Actions {
		key := "action " + a.StageName + "/" + a.ActionName
		left[key] = fmt.Sprint(a.Status, " ", a.Attempt, " ", a.Summary, " ", a.Skipped)
		for name, value := range a.OutputVariables {
			left[key+" variable "+name] = value
		}
		for _, out := range a.OutputArtifacts {
			left[key+" artifact "+out.Name] = out.SHA256
		}
	}
	deployedTo(t, dir, left)
	if work, err := os.ReadDir(filepath.Join(dir, local.StateDirectory, "work")); err == nil && len(work) > 0 {
		left["unfinished work"] = fmt.Sprint(work)
	}
	return left
}

func readJSON(t *testing.T, dir string, into any, args ...string) {
	t.Helper()
	out, err := penstock(dir, args...).Output()
	if err == nil {
		err = json.Unmarshal(out, into)
	}
	if err != nil {
		t.Fatalf("penstock %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// publishedBy lists what the latest run has published, each event once. Actions of a group end in any order.
func publishedBy(t *testing.T, dir string) string {
	t.Helper()
	out, err := penstock(dir, "events", "--json").Output()
	if err != nil {
		t.Fatalf("penstock events: %v\n%s", err, out)
	}
	var lines []string
	for line := range strings.Lines(string(out)) {
		var e events.Envelope
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		var d struct{ Stage, Action, State string }
		if err := json.Unmarshal(e.Detail, &d); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, strings.Join([]string{e.DetailType, d.Stage, d.Action, d.State}, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// deployedTo adds the files of every bucket but that of artifacts.
func deployedTo(t *testing.T, dir string, left map[string]string) {
	t.Helper()
	objects := os.DirFS(filepath.Join(dir, local.StateDirectory, local.ObjectsFolder))
	err := fs.WalkDir(objects, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == local.ArtifactBucket || name == ".versions"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		content, err := fs.ReadFile(objects, name)
		left["deployed "+name] = fmt.Sprintf("%x", sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
