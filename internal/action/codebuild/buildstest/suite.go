// Package buildstest is the contract of codebuild.Builds as a suite that every adapter passes. It brings no adapter
// of its own; the harness of an adapter stores artifacts and hears events as that adapter does.
package buildstest

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Harness is one adapter with what is around it, fresh for each test.
type Harness struct {
	Builds codebuild.Builds
	// Project is a project that has a buildspec.yml in its primary source and no environment of its own.
	Project string
	// Store stores files as a source artifact.
	Store func(t *testing.T, files map[string]string) artifact.Object
	// Read returns the files of a stored artifact.
	Read func(t *testing.T, o artifact.Object) map[string]string
	// Output is where an artifact of that name may be stored.
	Output func(name string) artifact.Location
	// Events receives the events that the adapter publishes.
	Events <-chan events.Envelope
	// Die ends what runs builds, with every build in progress, and returns what runs them afterwards, with the same
	// Events. It is nil where builds do not depend on a process of ours.
	Die func(t *testing.T) codebuild.Builds
}

// Run checks the contract; open makes a Harness and leaves its end to t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for name, check := range map[string]func(*testing.T, Harness){
		"succeeded": succeeded, "failed": failed, "same token": sameToken, "stopped": stopped,
		"several sources and outputs": several, "overrides": overrides, "batch": batch, "combined": combined, "without a project": withoutProject, "unknown": unknown, "lost": lost,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

func (h Harness) start(t *testing.T, b codebuild.Build) string {
	t.Helper()
	b.PipelineName = "contract"
	if b.Buildspec == nil {
		b.Project = h.Project
	}
	id, err := h.Builds.StartBuild(t.Context(), b)
	if err != nil {
		t.Fatalf("StartBuild: %v", err)
	}
	return id
}

// ended waits for the event about a build, and describes it.
func (h Harness) ended(t *testing.T, id string) codebuild.Description {
	t.Helper()
	for {
		select {
		case e := <-h.Events:
			about, err := codebuild.BuildOf(e)
			if err != nil {
				t.Fatalf("BuildOf: %v", err)
			}
			d, err := h.Builds.DescribeBuild(t.Context(), codebuild.Build{}, id)
			if err != nil {
				t.Fatalf("DescribeBuild: %v", err)
			}
			if about == id && d.Status != codebuild.InProgress {
				return d
			}
		case <-t.Context().Done():
			t.Fatal("no event about the build")
		}
	}
}

func (h Harness) source(t *testing.T, name string, files map[string]string) codebuild.Source {
	t.Helper()
	return codebuild.Source{Name: name, Object: h.Store(t, files)}
}

func buildspecOf(lines ...string) map[string]string {
	return map[string]string{"buildspec.yml": "version: 0.2\n" + strings.Join(lines, "\n") + "\n"}
}

func succeeded(t *testing.T, h Harness) {
	log := &Log{}
	id := h.start(t, codebuild.Build{
		IdempotencyToken: "succeeded", Log: log,
		Sources: []codebuild.Source{h.source(t, "Source", buildspecOf(
			"env: {exported-variables: [RESULT]}",
			"phases: {build: {commands: ['export RESULT=42', 'echo made > out.txt', 'echo hello']}}",
			"artifacts: {files: [out.txt]}"))},
		Outputs: []codebuild.Output{{Name: "Out", Location: h.Output("Out")}},
	})
	if !regexp.MustCompile(`^` + regexp.QuoteMeta(h.Project) + `:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("ID %q is not project:uuid", id)
	}
	d := h.ended(t, id)
	if d.Status != codebuild.Succeeded || d.Failure != nil {
		t.Fatalf("status %s, failure %v; want SUCCEEDED", d.Status, d.Failure)
	}
	if diff := cmp.Diff(map[string]string{"RESULT": "42"}, d.ExportedVariables); diff != "" {
		t.Errorf("exported variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"out.txt": "made\n"}, h.Read(t, d.Artifacts["Out"])); diff != "" {
		t.Errorf("artifact (-want +got):\n%s", diff)
	}
	if !strings.Contains(log.String(), "\nhello\n") {
		t.Errorf("log lacks the line hello:\n%s", log)
	}
}

func failed(t *testing.T, h Harness) {
	id := h.start(t, codebuild.Build{IdempotencyToken: "failed", Sources: []codebuild.Source{
		h.source(t, "Source", buildspecOf("phases: {build: {commands: ['true', 'exit 3', 'echo never']}}")),
	}})
	d := h.ended(t, id)
	if d.Status != codebuild.Failed || d.Failure == nil {
		t.Fatalf("status %s, failure %v; want FAILED with a failure", d.Status, d.Failure)
	}
	if d.Failure.Phase != codebuild.PhaseBuild || d.Failure.Command != "exit 3" || d.Failure.Reason != "exit status 3" {
		t.Errorf("failure %+v; want exit status 3 of `exit 3` in BUILD", *d.Failure)
	}
}

func sameToken(t *testing.T, h Harness) {
	build := codebuild.Build{IdempotencyToken: "token", Sources: []codebuild.Source{
		h.source(t, "Source", buildspecOf("phases: {build: {commands: ['true']}}")),
	}}
	id := h.start(t, build)
	first := h.ended(t, id)
	if again := h.start(t, build); again != id {
		t.Errorf("started again with the same token: %s, first %s", again, id)
	}
	second, err := h.Builds.DescribeBuild(t.Context(), codebuild.Build{}, id)
	if err != nil || !second.Start.Equal(first.Start) || second.Status != first.Status {
		t.Errorf("a second start made a second build: %+v, %v", second, err)
	}
	build.IdempotencyToken = "another"
	if other := h.start(t, build); other == id {
		t.Errorf("another token has the same build %s", other)
	}
}

func stopped(t *testing.T, h Harness) {
	log := &Log{}
	id := h.start(t, codebuild.Build{IdempotencyToken: "stopped", Log: log, Sources: []codebuild.Source{
		h.source(t, "Source", buildspecOf("phases: {build: {commands: ['echo ready; exec sleep 1000'], finally: ['echo never']}}")),
	}})
	log.Wait(t.Context(), "\nready\n")
	if err := h.Builds.StopBuild(t.Context(), codebuild.Build{}, id); err != nil {
		t.Fatalf("StopBuild: %v", err)
	}
	if d := h.ended(t, id); d.Status != codebuild.Stopped {
		t.Errorf("status %s; want STOPPED", d.Status)
	}
	if err := h.Builds.StopBuild(t.Context(), codebuild.Build{}, id); err != nil {
		t.Errorf("StopBuild of a build that has ended: %v", err)
	}
	if strings.Contains(log.String(), "\nnever\n") {
		t.Errorf("finally ran in a stopped build:\n%s", log)
	}
}

func several(t *testing.T, h Harness) {
	id := h.start(t, codebuild.Build{
		IdempotencyToken: "several",
		Sources: []codebuild.Source{
			h.source(t, "Source", buildspecOf(
				`phases: {build: {commands: ['cat "$CODEBUILD_SRC_DIR_Other/other.txt" > a.txt', 'pwd > b.txt; test "$(pwd)" = "$CODEBUILD_SRC_DIR"']}}`,
				"artifacts: {secondary-artifacts: {A: {files: [a.txt]}, B: {files: [b.txt]}}}")),
			h.source(t, "Other", map[string]string{"other.txt": "from the other"}),
		},
		Outputs: []codebuild.Output{{Name: "A", Location: h.Output("A")}, {Name: "B", Location: h.Output("B")}},
	})
	d := h.ended(t, id)
	if d.Status != codebuild.Succeeded {
		t.Fatalf("status %s, failure %v; want SUCCEEDED", d.Status, d.Failure)
	}
	if diff := cmp.Diff(map[string]string{"a.txt": "from the other"}, h.Read(t, d.Artifacts["A"])); diff != "" {
		t.Errorf("artifact A (-want +got):\n%s", diff)
	}
	if _, ok := h.Read(t, d.Artifacts["B"])["b.txt"]; !ok {
		t.Error("artifact B lacks b.txt")
	}
}

func overrides(t *testing.T, h Harness) {
	id := h.start(t, codebuild.Build{
		IdempotencyToken: "overrides",
		Sources: []codebuild.Source{h.source(t, "Source", buildspecOf(
			"env: {variables: {LEVEL: buildspec, KEPT: buildspec}, exported-variables: [LEVEL, KEPT]}",
			"phases: {build: {commands: ['true']}}"))},
		Environment: []codebuild.EnvironmentVariable{{Name: "LEVEL", Value: "action", Type: codebuild.Plaintext}},
	})
	want := map[string]string{"LEVEL": "action", "KEPT": "buildspec"}
	if diff := cmp.Diff(want, h.ended(t, id).ExportedVariables); diff != "" {
		t.Errorf("exported variables (-want +got):\n%s", diff)
	}
}

// batchspec has two builds that write what they are, and share a variable.
func batchspec() map[string]string {
	return buildspecOf(
		"batch: {build-list: [{identifier: one, env: {variables: {NAME: 1}}}, {identifier: two, env: {variables: {NAME: 2}}}]}",
		"env: {exported-variables: [NAME, SHARED]}",
		`phases: {build: {commands: [export SHARED=yes, 'echo "$CODEBUILD_BATCH_BUILD_IDENTIFIER $NAME" > "$NAME.txt"']}}`,
		"artifacts: {files: ['?.txt'], secondary-artifacts: {More: {files: ['?.txt']}}}")
}

// batch is a batch whose outputs are named after its builds.
func batch(t *testing.T, h Harness) {
	id := h.start(t, codebuild.Build{
		IdempotencyToken: "batch", Batch: true, Sources: []codebuild.Source{h.source(t, "Source", batchspec())},
		Outputs: []codebuild.Output{{Name: "one", Location: h.Output("one")}, {Name: "two_More", Location: h.Output("two_More")}},
	})
	d := h.ended(t, id)
	if d.Status != codebuild.Succeeded || d.Builds != 2 {
		t.Fatalf("status %s of %d builds, failure %v; want SUCCEEDED of 2", d.Status, d.Builds, d.Failure)
	}
	if diff := cmp.Diff(map[string]string{"SHARED": "yes"}, d.ExportedVariables); diff != "" {
		t.Errorf("exported variables (-want +got):\n%s", diff)
	}
	for name, want := range map[string]map[string]string{"one": {"1.txt": "one 1\n"}, "two_More": {"2.txt": "two 2\n"}} {
		if diff := cmp.Diff(want, h.Read(t, d.Artifacts[name])); diff != "" {
			t.Errorf("artifact %s (-want +got):\n%s", name, diff)
		}
	}
}

// combined is a batch whose only output has what all its builds have made.
func combined(t *testing.T, h Harness) {
	id := h.start(t, codebuild.Build{
		IdempotencyToken: "combined", Batch: true, CombineArtifacts: true, Sources: []codebuild.Source{h.source(t, "Source", batchspec())},
		Outputs: []codebuild.Output{{Name: "Out", Location: h.Output("Out")}},
	})
	d := h.ended(t, id)
	if d.Status != codebuild.Succeeded {
		t.Fatalf("status %s, failure %v; want SUCCEEDED", d.Status, d.Failure)
	}
	if diff := cmp.Diff(map[string]string{"1.txt": "one 1\n", "2.txt": "two 2\n"}, h.Read(t, d.Artifacts["Out"])); diff != "" {
		t.Errorf("artifact (-want +got):\n%s", diff)
	}
}

// withoutProject is a build that brings its buildspec: the file of the primary source is not read.
func withoutProject(t *testing.T, h Harness) {
	texts := func(values ...string) (all []buildspec.Text) {
		for _, value := range values {
			all = append(all, buildspec.Text{Value: value})
		}
		return all
	}
	build := codebuild.Build{
		IdempotencyToken: "without a project",
		Buildspec: &buildspec.Buildspec{
			Env:                buildspec.Env{ExportedVariables: texts("RESULT", "CODEBUILD_BUILD_ID")},
			Phases:             []buildspec.Phase{{Name: buildspec.Build, Commands: texts("RESULT=42", "echo made > out.txt")}},
			SecondaryArtifacts: []buildspec.Artifact{{Identifier: "Out", Files: texts("*.txt")}},
		},
		Sources: []codebuild.Source{h.source(t, "Source", buildspecOf("phases: {build: {commands: ['exit 3']}}"))},
		Outputs: []codebuild.Output{{Name: "Out", Location: h.Output("Out")}},
	}
	id := h.start(t, build)
	d := h.ended(t, id)
	if d.Status != codebuild.Succeeded || d.Project != "" {
		t.Fatalf("status %s, project %q, failure %v; want SUCCEEDED without a project", d.Status, d.Project, d.Failure)
	}
	if diff := cmp.Diff(map[string]string{"RESULT": "42", "CODEBUILD_BUILD_ID": id}, d.ExportedVariables); diff != "" {
		t.Errorf("exported variables (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"out.txt": "made\n"}, h.Read(t, d.Artifacts["Out"])); diff != "" {
		t.Errorf("artifact (-want +got):\n%s", diff)
	}
	if again := h.start(t, build); again != id {
		t.Errorf("started again with the same token: %s, first %s", again, id)
	}
}

func unknown(t *testing.T, h Harness) {
	id := h.Project + ":00000000-0000-0000-0000-000000000000"
	var unknown *codebuild.NotFoundError
	if _, err := h.Builds.DescribeBuild(t.Context(), codebuild.Build{}, id); !errors.As(err, &unknown) {
		t.Errorf("DescribeBuild of an unknown build: %v; want a NotFoundError", err)
	}
	if err := h.Builds.StopBuild(t.Context(), codebuild.Build{}, id); !errors.As(err, &unknown) {
		t.Errorf("StopBuild of an unknown build: %v; want a NotFoundError", err)
	}
}

// lost is a build whose process died: nobody knows it, and it can be started again.
func lost(t *testing.T, h Harness) {
	if h.Die == nil {
		t.Skip("builds outlive the process that started them")
	}
	log := &Log{}
	again := codebuild.Build{IdempotencyToken: "lost", Log: log, Sources: []codebuild.Source{
		h.source(t, "Source", buildspecOf(`phases: {build: {commands: ['echo ready; test -n "$GO_ON" || exec sleep 1000']}}`)),
	}}
	id := h.start(t, again)
	log.Wait(t.Context(), "\nready\n")
	h.Builds = h.Die(t)
	var unknown *codebuild.NotFoundError
	if _, err := h.Builds.DescribeBuild(t.Context(), codebuild.Build{}, id); !errors.As(err, &unknown) {
		t.Errorf("DescribeBuild of a lost build: %v; want a NotFoundError", err)
	}
	if err := h.Builds.StopBuild(t.Context(), codebuild.Build{}, id); !errors.As(err, &unknown) {
		t.Errorf("StopBuild of a lost build: %v; want a NotFoundError", err)
	}
	again.Environment = []codebuild.EnvironmentVariable{{Name: "GO_ON", Value: "yes", Type: codebuild.Plaintext}}
	if d := h.ended(t, h.start(t, again)); d.Status != codebuild.Succeeded {
		t.Errorf("started again it is %s, failure %v; want SUCCEEDED", d.Status, d.Failure)
	}
}

// Log is a build's log for a test; Wait waits until a text is in it.
type Log struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

// Write appends to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	return l.text.Write(p)
}

// String is the log so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Wait returns when the log has the text, or ctx is done.
func (l *Log) Wait(ctx context.Context, text string) {
	for {
		l.mu.Lock()
		if strings.Contains("\n"+l.text.String(), text) {
			l.mu.Unlock()
			return
		}
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed := l.changed
		l.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
