package builds

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildstest"
)

func (b *bench) startBatch(t *testing.T, log *buildstest.Log, files map[string]string) string {
	t.Helper()
	id, err := b.builds.StartBuild(t.Context(), codebuild.Build{
		IdempotencyToken: "token", Project: "app", PipelineName: "release", Log: log, Batch: true,
		Sources: []codebuild.Source{{Name: "Source", Object: b.put(t, files)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Each of two builds waits for the other one, by named pipes in the home that they share.
func TestBuildsOfABatchRunAtTheSameTime(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Parallel = 2 })
	id := b.startBatch(t, &buildstest.Log{}, map[string]string{
		"buildspec.yml": "version: 0.2\nbatch: {build-list: [{buildspec: a.yml}, {buildspec: b.yml}]}\n",
		"a.yml":         "version: 0.2\nphases: {build: {commands: ['mkfifo \"$HOME/b\" || true', 'mkfifo \"$HOME/a\" || true', 'echo x > \"$HOME/a\"', 'cat \"$HOME/b\"']}}\n",
		"b.yml":         "version: 0.2\nphases: {build: {commands: ['mkfifo \"$HOME/a\" || true', 'mkfifo \"$HOME/b\" || true', 'cat \"$HOME/a\"', 'echo x > \"$HOME/b\"']}}\n",
	})
	if d := b.ended(t, id); d.Status != codebuild.Succeeded {
		t.Errorf("status %s, failure %v", d.Status, d.Failure)
	}
}

// A build that fails stops the one that runs beside it, which has said before that it does.
func TestFastFailStopsWhatRuns(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Parallel = 2 })
	log := &buildstest.Log{}
	id := b.startBatch(t, log, map[string]string{
		"buildspec.yml": "version: 0.2\nbatch: {fast-fail: true, build-list: [{identifier: long, buildspec: a.yml}, {identifier: bad, buildspec: b.yml}]}\n",
		"a.yml":         "version: 0.2\nphases: {build: {commands: ['mkfifo \"$HOME/a\" || true', 'echo x > \"$HOME/a\"; exec sleep 1000'], finally: [echo never]}}\n",
		"b.yml":         "version: 0.2\nphases: {build: {commands: ['mkfifo \"$HOME/a\" || true', 'cat \"$HOME/a\"', 'exit 3']}}\n",
	})
	d := b.ended(t, id)
	want := "build bad: exit status 3 in BUILD, command 3 of 3: exit 3"
	if d.Status != codebuild.Failed || d.Failure.String() != want {
		t.Errorf("status %s, failure %v; want %s", d.Status, d.Failure, want)
	}
	if text := log.String(); strings.Contains(text, "] never\n") || !strings.Contains(text, "Build long ended: STOPPED, "+errFastFail.Error()) {
		t.Errorf("log:\n%s", text)
	}
}

func TestStopEndsABatch(t *testing.T) {
	b := newBench(t, func(o *Options) { o.Parallel = 1 })
	log := &buildstest.Log{}
	id := b.startBatch(t, log, map[string]string{
		"buildspec.yml": "version: 0.2\nbatch: {build-list: [{identifier: one}, {identifier: two}]}\nphases: {build: {commands: ['echo ready; exec sleep 1000']}}\n",
	})
	log.Wait(t.Context(), "[one] ready\n")
	if err := b.builds.StopBuild(t.Context(), codebuild.Build{}, id); err != nil {
		t.Fatal(err)
	}
	if d := b.ended(t, id); d.Status != codebuild.Stopped || len(b.events) > 0 {
		t.Errorf("status %s, failure %v, %d more events; want STOPPED", d.Status, d.Failure, len(b.events))
	}
	if strings.Contains(log.String(), "[two]") {
		t.Errorf("the second build began:\n%s", log)
	}
	b.holdsNothing(t)
}

func TestABatchTimesOut(t *testing.T) {
	b := newBench(t, nil)
	log := &buildstest.Log{}
	id, err := b.builds.StartBuild(t.Context(), codebuild.Build{
		IdempotencyToken: "token", Project: "app", Log: log, Batch: true, Deadline: b.clock.Now().Add(time.Minute),
		Sources: []codebuild.Source{{Name: "Source", Object: b.put(t, map[string]string{
			"buildspec.yml": "version: 0.2\nbatch: {build-list: [{identifier: one}]}\nphases: {build: {commands: ['echo ready; exec sleep 1000']}}\n",
		})}},
	})
	if err != nil {
		t.Fatal(err)
	}
	log.Wait(t.Context(), "[one] ready\n")
	if rung := b.clock.advance(time.Minute, 2); rung != 1 {
		t.Errorf("%d alarms ring at the deadline, want that of the batch alone", rung)
	}
	if d := b.ended(t, id); d.Status != codebuild.TimedOut || !strings.Contains(d.Failure.String(), "timed out after 1m0s") {
		t.Errorf("status %s, failure %v; want TIMED_OUT", d.Status, d.Failure)
	}
	if !strings.Contains(log.String(), "Build one ended: TIMED_OUT, timed out after 1m0s") {
		t.Errorf("the build that ran does not end with the batch:\n%s", log)
	}
}

func TestCloseEndsABatchWithoutAnEvent(t *testing.T) {
	b := newBench(t, nil)
	log := &buildstest.Log{}
	b.startBatch(t, log, map[string]string{
		"buildspec.yml": "version: 0.2\nbatch: {build-list: [{identifier: one}]}\nphases: {build: {commands: ['echo ready; exec sleep 1000']}}\n",
	})
	log.Wait(t.Context(), "[one] ready\n")
	if err := b.builds.Close(); err != nil || len(b.events) > 0 {
		t.Errorf("Close: %v, %d events", err, len(b.events))
	}
	b.holdsNothing(t)
}

// holdsNothing holds that no folder of a build is left.
func (b *bench) holdsNothing(t *testing.T) {
	t.Helper()
	if left, err := filepath.Glob(filepath.Join(b.work, "*")); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
	if _, err := os.Stat(b.work); err != nil {
		t.Error(err)
	}
}
