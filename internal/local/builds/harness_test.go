package builds

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildstest"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
)

// bench is Builds on this machine with what is around it.
type bench struct {
	t      *testing.T
	builds *Builds
	store  *artifact.Store
	clock  *clock
	events chan events.Envelope
	work   string
}

func newBench(t *testing.T, change func(*Options)) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{
		t: t, store: artifact.NewStore(objectstest.NewMemory()), clock: newClock(),
		events: make(chan events.Envelope, 16), work: filepath.Join(dir, "work"),
	}
	o := Options{
		Work: b.work, Home: filepath.Join(dir, "home"), Cache: filepath.Join(dir, "cache"), Environ: os.Environ(), BindingFile: "penstock.local.yaml",
		Artifacts: b.store, Clock: b.clock,
		Ended: func(_ context.Context, e events.Envelope) error { b.events <- e; return nil },
	}
	if change != nil {
		change(&o)
	}
	builds, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := builds.Close(); err != nil {
			t.Error(err)
		}
	})
	b.builds = builds
	return b
}

// die ends the builds as the end of their process does, and opens others over the same folders.
func (b *bench) die(t *testing.T) codebuild.Builds {
	t.Helper()
	if err := b.builds.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := New(b.builds.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	})
	return again
}

func (b *bench) put(t *testing.T, files map[string]string) artifact.Object {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := b.store.Pack(t.Context(), artifact.Tree{Dir: dir}, artifact.Location{Bucket: "artifacts", Key: "source/" + filepath.Base(filepath.Dir(dir)) + filepath.Base(dir)})
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func (b *bench) read(t *testing.T, o artifact.Object) map[string]string {
	t.Helper()
	dir := t.TempDir()
	if err := b.store.Unpack(t.Context(), o, dir); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(filepath.Join(dir, name))
			files[name] = "-> " + target
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestContract(t *testing.T) {
	buildstest.Run(t, func(t *testing.T) buildstest.Harness {
		b := newBench(t, nil)
		return buildstest.Harness{
			Builds: b.builds, Project: "contract-project", Store: b.put, Read: b.read, Events: b.events,
			Output: func(name string) artifact.Location { return artifact.Location{Bucket: "artifacts", Key: "out/" + name} },
			Die:    b.die,
		}
	})
}

// clock stands still until it is advanced.
type clock struct {
	mu      sync.Mutex
	now     time.Time
	waiting []alarm
	changed chan struct{}
}

type alarm struct {
	at   time.Time
	ring chan time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC), changed: make(chan struct{}, 64)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := alarm{at: c.now.Add(d), ring: make(chan time.Time, 1)}
	c.waiting = append(c.waiting, a)
	c.changed <- struct{}{}
	return a.ring
}

// advance moves the time on, once n alarms have been set in all, and returns how many ring: whoever waits for one of several
// may be the first to notice.
func (c *clock) advance(d time.Duration, n int) (rung int) {
	for {
		c.mu.Lock()
		set := len(c.waiting)
		c.mu.Unlock()
		if set >= n {
			break
		}
		<-c.changed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for _, a := range c.waiting {
		if !a.at.After(c.now) {
			select {
			case a.ring <- c.now:
				rung++
			default:
			}
		}
	}
	return rung
}
