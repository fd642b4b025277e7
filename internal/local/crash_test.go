package local

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

// The example, killed after each write of records and after each entry of its machine, both one that is on the disk and
// one that is lost, and then resumed: history, records, deployed files, events and the effects outside are those of a
// run that nobody disturbed.
func TestTheExampleSurvivesEveryKill(t *testing.T) {
	definition, err := os.ReadFile(filepath.Join("..", "..", "examples", "go-service", "pipeline.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := survivesKills(t, string(definition), afterWrite, entryLost, entryKept)
	if len(want.Actions) != 6 || len(want.Completed) != 2 || want.Machines != 1 {
		t.Errorf("the undisturbed run: %+v", want)
	}
}

// A pipeline in parts as well: at every write, the one among them with which it goes over to the next machine.
func TestPartsSurviveEveryKill(t *testing.T) {
	want := survivesKills(t, inParts(), afterWrite)
	if len(want.Actions) != 6 || want.Asked != 4 || want.Machines != 2 {
		t.Errorf("the undisturbed run: %+v", want)
	}
}

// survivesKills kills the run of a pipeline at every such moment, resumes it, and returns what the undisturbed run did.
func survivesKills(t *testing.T, definition string, moments ...moment) trace {
	t.Helper()
	whole := newWorld(t, definition)
	if !whole.process(t, newDeath(afterWrite, 0, whole.publish)) {
		t.Fatal("nobody killed it")
	}
	want := whole.trace
	if want.Status != execution.ExecutionSucceeded {
		t.Fatalf("the undisturbed run: %+v", want)
	}
	for _, m := range moments {
		for n := 1; n <= whole.moments[m]; n++ {
			t.Run(fmt.Sprintf("%s/%d of %d", m, n, whole.moments[m]), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, definition)
				if w.process(t, newDeath(m, n, w.publish)) {
					t.Fatal("the process lived on")
				}
				if !w.process(t, newDeath(m, 0, w.publish)) {
					t.Fatal("the second process was killed as well")
				}
				if w.trace.History == nil {
					w.trace.History = want.History // its record was closed: nobody takes up what follows in the machine
				}
				if diff := cmp.Diff(want, w.trace); diff != "" {
					t.Errorf("undisturbed (-) and resumed (+):\n%s", diff)
				}
			})
		}
	}
	return want
}

// world is everything outside of the process that runs the example: a folder with its definition and source, and named
// pipes for which its builds wait before they end.
type world struct {
	bound     bound
	source    *pipeline.Pipeline
	published map[string]string // by event ID
	trace     trace
	moments   map[moment]int // of the process that came to its end, before it closed the platform
}

// trace is what must not depend on kills.
type trace struct {
	Status    execution.ExecutionStatus
	Machines  int // one after another
	Stages    []string
	Actions   []execution.Action
	History   []string
	Published []string
	Stored    map[string]string // path in the buckets: digest of what is plain
	Completed []string          // builds that came to their end, each time
	Uploads   int
	Asked     int // approvals
}

const (
	compileSpec = `version: 0.2
env: {exported-variables: [VERSION, BUILD_ID]}
phases:
  build:
    commands:
      - export VERSION=1.4.2 BUILD_ID="1.4.2-$COMMIT_ID"
      - mkdir dist && echo "$BUILD_ID" > dist/release.json && echo made > dist/go-service
      - read -r go < "$PIPES/Compile" && echo Compile >> "$PIPES/completed"
artifacts: {base-directory: dist, files: ["**/*"]}
`
	testSpec = `version: 0.2
env: {exported-variables: [TESTS_PASSED]}
phases:
  build:
    commands:
      - export TESTS_PASSED=12
      - read -r go < "$PIPES/UnitTest" && echo UnitTest >> "$PIPES/completed"
`
	projects = `sources: {Source/Checkout: {path: service}}
projects:
  go-service: {buildspec: compile.yml, environment: {PIPES: %[1]q}}
  go-service-test: {buildspec: test.yml, environment: {PIPES: %[1]q}}
`
)

func newWorld(t *testing.T, definition string) *world {
	t.Helper()
	pipes := t.TempDir()
	for _, build := range []string{"Compile", "UnitTest"} {
		if err := syscall.Mkfifo(filepath.Join(pipes, build), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &world{
		source: parse(t, definition), published: map[string]string{}, bound: bind(t, map[string]string{
			"service/compile.yml": compileSpec, "service/test.yml": testSpec, "penstock.local.yaml": fmt.Sprintf(projects, pipes),
			"pipes": pipes,
		}),
	}
}

func (w *world) pipes(t *testing.T) string {
	t.Helper()
	dir, err := os.ReadFile(filepath.Join(w.bound.dir, "pipes"))
	if err != nil {
		t.Fatal(err)
	}
	return string(dir)
}

// publish keeps an event under its ID: one that is published again after a crash is the same.
func (w *world) publish(e events.Envelope) {
	w.published[e.ID] = timeless(e.DetailType + " " + string(e.Detail))
}

// process runs the example in one process: it starts it, or takes it up. It tells whether the process came to its end.
func (w *world) process(t *testing.T, d *death) bool {
	t.Helper()
	p := w.bound.open(t, d.options())
	id := ""
	e, err := w.begin(t, p)
	if err == nil {
		id = e.PipelineExecutionID
		err = w.drive(t, p, d, id)
	}
	if !d.alive() {
		die(t, p)
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	w.trace, w.moments = w.read(t, p, id), maps.Clone(d.count)
	closed(t, p)
	return true
}

// die ends a platform as a kill does: nothing that waits in memory is written.
func die(t *testing.T, p *Platform) {
	t.Helper()
	p.engine.Close()
	err := p.closeEquipment()
	p.owned.Wait()
	if err := errors.Join(err, p.state.table.Close()); err != nil {
		t.Error(err)
	}
}

// begin starts the execution, or resumes it where an earlier process has recorded it. Its identity is always the same.
func (w *world) begin(t *testing.T, p *Platform) (*execution.Execution, error) {
	t.Helper()
	machine, err := statemachines.Compile(w.source)
	if err != nil {
		t.Fatal(err)
	}
	d, err := p.Register(t.Context(), w.source, machine)
	if err != nil {
		return nil, err
	}
	open, err := p.Interrupted(t.Context(), d.PipelineName)
	if err == nil && len(open) > 0 {
		return open[0], p.Resume(t.Context(), open[0])
	}
	return p.Start(t.Context(), execution.StartInput{Definition: d, Pipeline: w.source, ClientRequestToken: "once"})
}

// drive does what the world does, one thing at a time, whenever the machine waits for it: it lets a build end, or
// approves. It returns when the execution is over or the process dead.
func (w *world) drive(t *testing.T, p *Platform, d *death, id string) error {
	t.Helper()
	over := make(chan error, 1)
	go func() {
		_, err := p.Wait(context.WithoutCancel(t.Context()), id)
		over <- err
	}()
	for {
		if err := p.engine.Settle(t.Context()); err != nil {
			return err
		}
		if d.alive() {
			w.act(t, p, d, id)
		}
		select {
		case err := <-over:
			return err
		case <-d.died:
			return errKilled
		case <-d.changed:
		}
	}
}

// act does the first thing that an open action waits for, and waits until the machine knows.
func (w *world) act(t *testing.T, p *Platform, d *death, id string) {
	t.Helper()
	open, err := p.openActions(t.Context(), id)
	if err != nil || len(open) == 0 || open[0].ExternalExecutionID == "" {
		return
	}
	a := open[0]
	if a.ApprovalToken != "" {
		_, err := p.records.PutApprovalResult(t.Context(), execution.Approval{
			PipelineExecutionID: id, StageName: a.StageName, ActionName: a.ActionName, Token: a.ApprovalToken, Approved: true, By: "test",
		})
		if err != nil && d.alive() {
			t.Error(err)
		}
		return
	}
	before := d.answered()
	pipe, err := os.OpenFile(filepath.Join(w.pipes(t), a.ActionName), os.O_RDWR, 0)
	if err != nil {
		t.Error(err)
		return
	}
	defer pipe.Close()
	if _, err := pipe.WriteString("go\n"); err != nil {
		t.Error(err)
	}
	for d.answered() == before {
		select {
		case <-d.changed:
		case <-d.died:
			return
		}
	}
}

// read reads the trace of an execution that is over.
func (w *world) read(t *testing.T, p *Platform, id string) trace {
	t.Helper()
	e, err := p.records.Execution(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	got := trace{Status: e.Status, Machines: 1, Stored: map[string]string{}}
	if _, number, found := strings.Cut(e.MachineExecution, "."); found {
		if got.Machines, err = strconv.Atoi(number); err != nil {
			t.Fatal(err)
		}
	}
	stages, err := p.records.Stages(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stages {
		got.Stages = append(got.Stages, s.Name+" "+string(s.Status))
	}
	actions, err := p.records.ListActionExecutions(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range actions {
		readRecorded(t, p, a)
		got.Actions = append(got.Actions, withoutIdentity(*a))
	}
	slices.SortFunc(got.Actions, func(a, b execution.Action) int {
		return strings.Compare(a.StageName+"/"+a.ActionName, b.StageName+"/"+b.ActionName)
	})
	for _, text := range w.published {
		got.Published = append(got.Published, text)
	}
	slices.Sort(got.Published)
	got.History = history(t, p, e.MachineExecution)
	w.readFiles(t, p, &got)
	return got
}

// withoutIdentity leaves out of an action's record what is of one run only.
func withoutIdentity(a execution.Action) execution.Action {
	a.StartTime, a.LastUpdateTime, a.Deadline, a.TaskToken = time.Time{}, time.Time{}, time.Time{}, ""
	if a.ApprovalToken != "" {
		a.ApprovalToken, a.ExternalExecutionID = "token", "token"
	}
	a.InputArtifacts, a.OutputArtifacts = withoutVersions(a.InputArtifacts), withoutVersions(a.OutputArtifacts)
	return a
}

// withoutVersions leaves out what is derived from encrypted bytes.
func withoutVersions(artifacts []execution.Artifact) []execution.Artifact {
	artifacts = slices.Clone(artifacts)
	for i := range artifacts {
		artifacts[i].VersionID = ""
	}
	return artifacts
}

// readRecorded opens every artifact that a record names: what a later write replaced would not be found.
func readRecorded(t *testing.T, p *Platform, a *execution.Action) {
	t.Helper()
	for _, o := range slices.Concat(a.InputArtifacts, a.OutputArtifacts) {
		r, err := artifact.NewStore(p.artifacts).Open(t.Context(), artifact.Object{
			Location: artifact.Location{Bucket: o.Bucket, Key: o.Key, VersionID: o.VersionID}, SHA256: o.SHA256, Size: o.Size,
		})
		if err != nil {
			t.Errorf("artifact %s of %s/%s: %v", o.Name, a.StageName, a.ActionName, err)
			continue
		}
		_ = r.Close()
	}
}

var (
	timesPattern  = regexp.MustCompile(`"(start-time|external-execution-id)":"[^"]*"`)
	tokensPattern = regexp.MustCompile(`(taskToken\\*":\\*")[^"\\]*`)
)

// timeless leaves out of the detail of an event what is of one run only.
func timeless(detail string) string { return timesPattern.ReplaceAllString(detail, `"$1":""`) }

// history lists the events of the machine with what each follows, in an order that does not depend on how the branches
// of a group took turns.
func history(t *testing.T, p *Platform, id string) []string {
	t.Helper()
	var out []string
	all := p.engine.History(id)
	for _, e := range all {
		details, err := json.Marshal(e.Details)
		if err != nil {
			t.Fatal(err)
		}
		follows := ""
		if e.PreviousEventID > 0 {
			follows = all[e.PreviousEventID-1].Type
		}
		out = append(out, e.Type+" after "+follows+" "+tokensPattern.ReplaceAllString(string(details), "$1"))
	}
	slices.Sort(out)
	return out
}

func (w *world) readFiles(t *testing.T, p *Platform, got *trace) {
	t.Helper()
	root := os.DirFS(p.state.path(ObjectsFolder))
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(root, name)
		// What is encrypted is different every time, and so is its version; readRecorded reads what it is.
		switch {
		case strings.HasPrefix(name, ".versions/"+ArtifactBucket+"/"):
			name, text = path.Dir(name), nil
		case strings.HasPrefix(name, ArtifactBucket+"/"):
			text = nil
		}
		got.Stored[name] = fmt.Sprintf("%x", sha256.Sum256(text))
		return err
	})
	completed, readErr := os.ReadFile(filepath.Join(w.pipes(t), "completed"))
	if errors.Is(readErr, fs.ErrNotExist) {
		readErr = nil // there are no builds
	}
	if err := errors.Join(err, readErr); err != nil {
		t.Fatal(err)
	}
	got.Completed = strings.Fields(string(completed))
	slices.Sort(got.Completed)
	logs, err := filepath.Glob(p.state.path("logs", "*", "*", "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range logs {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got.Uploads += strings.Count(string(text), "upload: ")
		got.Asked += strings.Count(string(text), "waits for an answer until ")
	}
}
