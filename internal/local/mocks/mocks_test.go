package mocks_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/internal/local/mocks"
	"github.com/penstock-ci/penstock/pipeline"
)

// clock stands still; what waits is told through asked, and goes on when it is let.
type clock struct {
	now   time.Time
	asked chan time.Duration
	let   chan time.Time
}

func (c *clock) Now() time.Time { return c.now }

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.asked <- d
	return c.let
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), asked: make(chan time.Duration, 1), let: make(chan time.Time, 1)}
}

type closer struct{ io.Writer }

func (closer) Close() error { return nil }

func request(started time.Time, outputs ...string) action.Request {
	r := action.Request{
		Stage: "Deploy", Action: &pipeline.Action{Name: pipeline.Text{Value: "Service"}}, Log: closer{io.Discard}, Started: started,
	}
	for _, name := range outputs {
		r.Outputs = append(r.Outputs, action.Output{Name: name, Location: artifact.Location{Bucket: "artifacts", Key: name}})
	}
	return r
}

// A real provider of an action that a mock stands for must not be asked.
type itself struct{ starts int }

func (r *itself) Start(context.Context, action.Request) (action.Outcome, error) {
	r.starts++
	return action.Outcome{Summary: "real"}, nil
}

func TestOutcomes(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"out/a.txt": "a", "out/b/c.txt": "c", "one.json": "{}"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	store := artifact.NewStore(objectstest.NewMemory())
	zipped := filepath.Join(dir, "made.zip")
	first, err := store.Pack(t.Context(), artifact.Tree{Dir: filepath.Join(dir, "out")}, artifact.Location{Bucket: "b", Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	saveTo(t, store, first, zipped)
	m := mocks.New(map[string]mocks.Mock{"Deploy/Service": {
		Summary: "2 tasks", Variables: map[string]string{"Url": "http://x"},
		Artifacts: map[string]string{"Folder": filepath.Join(dir, "out"), "File": filepath.Join(dir, "one.json"), "Zip": zipped},
	}}, store, newClock())
	behind := &itself{}
	outcome, err := m.Before(behind).Start(t.Context(), request(time.Time{}, "Folder", "File", "Zip"))
	if err != nil {
		t.Fatal(err)
	}
	if behind.starts > 0 {
		t.Error("the action's own provider was asked")
	}
	if !mocks.Is(outcome.ExternalExecutionID) || mocks.Is("build:1") || outcome.Summary != "2 tasks" || outcome.Variables["Url"] != "http://x" {
		t.Errorf("the outcome is %+v", outcome)
	}
	got := map[string][]string{}
	for name, o := range outcome.Artifacts {
		got[name] = filesOf(t, store, o)
	}
	want := map[string][]string{"Folder": {"a.txt", "b/c.txt"}, "File": {"one.json"}, "Zip": {"a.txt", "b/c.txt"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("artifacts (-want +got):\n%s", diff)
	}
	if outcome.Artifacts["Zip"].SHA256 != first.SHA256 {
		t.Error("a zip was not stored as it is")
	}
}

func saveTo(t *testing.T, store *artifact.Store, o artifact.Object, path string) {
	t.Helper()
	r, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func filesOf(t *testing.T, store *artifact.Store, o artifact.Object) []string {
	t.Helper()
	dir := t.TempDir()
	if err := store.Unpack(t.Context(), o, dir); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names[filepath.ToSlash(name)] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(names))
}

func TestFailure(t *testing.T) {
	m := mocks.New(map[string]mocks.Mock{"Deploy/Service": {Failed: true, Code: action.PermissionError, Message: "no", Summary: "tried"}}, nil, newClock())
	_, err := m.Before(nil).Start(t.Context(), request(time.Time{}, "Out"))
	var failure *action.Failure
	if !errors.As(err, &failure) || failure.Code != action.PermissionError || failure.Message != "no" || failure.Summary != "tried" || !mocks.Is(failure.ExternalExecutionID) {
		t.Errorf("the error is %v", err)
	}
}

// The delay counts from the action's start: of one that is taken up later only the rest is waited for.
func TestDelay(t *testing.T) {
	for _, c := range []struct{ passed, waits time.Duration }{{0, 5 * time.Second}, {3 * time.Second, 2 * time.Second}, {5 * time.Second, 0}} {
		k := newClock()
		m := mocks.New(map[string]mocks.Mock{"Deploy/Service": {Delay: 5 * time.Second}}, nil, k)
		k.let <- k.now
		if _, err := m.Before(nil).Start(t.Context(), request(k.now.Add(-c.passed))); err != nil {
			t.Fatal(err)
		}
		var waited time.Duration
		select {
		case waited = <-k.asked:
		default:
		}
		if waited != c.waits {
			t.Errorf("after %s it waits %s, want %s", c.passed, waited, c.waits)
		}
	}
}

func TestDelayEndsWithItsAction(t *testing.T) {
	k := newClock()
	m := mocks.New(map[string]mocks.Mock{"Deploy/Service": {Delay: time.Hour}}, nil, k)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := m.Before(nil).Start(ctx, request(k.now))
		ended <- err
	}()
	<-k.asked
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}

func TestOthers(t *testing.T) {
	m := mocks.New(nil, nil, newClock())
	behind := &itself{}
	if outcome, err := m.Before(behind).Start(t.Context(), request(time.Time{})); err != nil || outcome.Summary != "real" {
		t.Errorf("an action without a mock: %+v, %v", outcome, err)
	}
	if _, describes := m.Before(behind).(action.Describer); describes {
		t.Error("a provider whose work ends with the call seems to outlast it")
	}
	_, err := m.Before(nil).Start(t.Context(), request(time.Time{}))
	var failure *action.Failure
	if !errors.As(err, &failure) || failure.Code != action.ConfigurationError {
		t.Errorf("an action of a type that does not run here: %v", err)
	}
}
