package local

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
)

// ran is a state directory in which a pipeline has run n times.
func ran(t *testing.T, n int) (bound, *Platform) {
	t.Helper()
	files := small(greet)
	b := bind(t, files)
	p := b.open(t, Options{})
	approve(t, p, true)
	for range n {
		e := start(t, p, parse(t, files["pipeline.yaml"]))
		if e, err := p.Wait(t.Context(), e.PipelineExecutionID); err != nil || e.Status != execution.ExecutionSucceeded {
			t.Fatalf("%v, error %v", e, err)
		}
	}
	return b, p
}

func garbage(t *testing.T, p *Platform, r execution.Retention, logs bool) *Garbage {
	t.Helper()
	g, err := p.FindGarbage(t.Context(), r, logs)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// files are those below a folder with their sizes.
func files(t *testing.T, dir string) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	err := filepath.Walk(dir, func(name string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			all[strings.TrimPrefix(name, dir+"/")] = info.Size()
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return all
}

func TestGarbage(t *testing.T) {
	_, p := ran(t, 4)
	defer closed(t, p)
	deployed := files(t, p.state.path("objects", "site"))
	before := files(t, p.state.path("objects", ArtifactBucket))
	if _, err := p.artifacts.Put(t.Context(), ArtifactBucket, "small/Source/STRAY", strings.NewReader("stored, and then killed")); err != nil {
		t.Fatal(err)
	}
	// What a user put there, or deployed there, is no artifact.
	if _, err := p.objects.Put(t.Context(), ArtifactBucket, "small/notes.txt", strings.NewReader("mine")); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{p.state.path(workFolder, "build", "f"), p.state.path("objects", ".unfinished", "put-1")} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(left), 0o755), os.WriteFile(left, []byte("left"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	g := garbage(t, p, execution.Retention{}, true)
	if len(g.Expired) != 2 || len(g.Expired[0].Artifacts) != 2 || g.Expired[0].Logs == 0 || len(g.Stray) != 1 || g.Unfinished != 8 || g.Kept != 2 {
		t.Errorf("garbage: %+v", g)
	}
	if err := p.RemoveGarbage(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(deployed, files(t, p.state.path("objects", "site"))); diff != "" {
		t.Errorf("deployed files (-want +got):\n%s", diff)
	}
	after := files(t, p.state.path("objects", ArtifactBucket))
	if len(after) != len(before)/2+1 || after["small/notes.txt"] != 4 {
		t.Errorf("artifacts: %v, before %v", after, before)
	}
	if g := garbage(t, p, execution.Retention{}, true); g.Bytes() != 0 || len(g.Expired) > 0 {
		t.Errorf("left: %+v", g)
	}
	wantReadable(t, p, 2)
}

// wantReadable opens every artifact of the newest n executions, and finds those of the others lost.
func wantReadable(t *testing.T, p *Platform, n int) {
	t.Helper()
	history, err := p.history(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	for i, past := range history {
		lost, err := p.LostArtifacts(t.Context(), past.Actions)
		if err != nil {
			t.Fatal(err)
		}
		if i >= n {
			if len(lost) != 2 {
				t.Errorf("execution %d has lost %d artifacts, want 2", i, len(lost))
			}
			continue
		}
		for _, a := range outputs(past) {
			r, err := artifact.NewStore(p.artifacts).Open(t.Context(), artifact.Object{Location: locationOf(a), SHA256: a.SHA256, Size: a.Size})
			if err != nil {
				t.Errorf("execution %d, artifact %s: %v", i, a.Name, err)
				continue
			}
			_ = r.Close()
		}
	}
}

// Collecting that was killed after any of its removals is finished by the next one.
func TestGarbageAfterAKill(t *testing.T) {
	_, p := ran(t, 5)
	defer closed(t, p)
	g := garbage(t, p, execution.Retention{}, false)
	removed := 0
	for _, e := range g.Expired {
		for i := range e.Artifacts {
			half := *g
			half.Expired = []Expired{{Execution: e.Execution, Artifacts: e.Artifacts[i : i+1]}}
			if err := p.RemoveGarbage(t.Context(), &half); err != nil {
				t.Fatal(err)
			}
			removed++
			left := 0
			for _, e := range garbage(t, p, execution.Retention{}, false).Expired {
				left += len(e.Artifacts)
			}
			if left != 6-removed {
				t.Errorf("%d removed and %d found, want 6 in all", removed, left)
			}
		}
	}
	wantReadable(t, p, 2)
}

// While an execution is open, what no record names may be about to be named by it.
func TestGarbageOfAnOpenExecution(t *testing.T) {
	files := small(greet)
	b := bind(t, files)
	p := b.open(t, Options{})
	waiting := make(chan struct{})
	onAction(p, "STARTED", func(_, stage, _ string) {
		if stage == "Approve" {
			close(waiting)
		}
	})
	e := start(t, p, parse(t, files["pipeline.yaml"]))
	<-waiting
	closed(t, p)
	p, err := Open(t.Context(), filepath.Join(b.dir, StateDirectory), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, p)
	if _, err := p.artifacts.Put(t.Context(), ArtifactBucket, "small/Source/STRAY", strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	g := garbage(t, p, execution.Retention{}, true)
	if g.Open != 1 || g.Kept != 1 || len(g.Expired)+len(g.Stray) > 0 {
		t.Errorf("garbage while %s is open: %+v", e.PipelineExecutionID, g)
	}
}
