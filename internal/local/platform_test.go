package local

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/internal/local/keys"
	"github.com/penstock-ci/penstock/internal/local/objects"
)

// small is a pipeline whose builds are a few lines of shell.
func small(build string) map[string]string {
	return map[string]string{
		"pipeline.yaml": `
name: small
stages:
  - name: Source
    actions:
      - {name: Checkout, actionTypeId: Source/AWS/CodeCommit/1, namespace: Src, outputArtifacts: [{name: Source}],
         configuration: {RepositoryName: r, BranchName: main}}
  - name: Build
    actions:
      - {name: Make, actionTypeId: Build/AWS/CodeBuild/1, namespace: Made, inputArtifacts: [{name: Source}], outputArtifacts: [{name: Site}],
         configuration: {ProjectName: make, EnvironmentVariables: '[{"name":"BRANCH","value":"#{Src.BranchName}"}]'}}
      - {name: Lint, actionTypeId: Test/AWS/CodeBuild/1, inputArtifacts: [{name: Source}], configuration: {ProjectName: lint}}
  - name: Approve
    actions:
      - {name: Release, actionTypeId: Approval/AWS/Manual/1, configuration: {CustomData: "Release #{Made.GREETING}?"}}
  - name: Deploy
    actions:
      - {name: Site, actionTypeId: Deploy/AWS/S3/1, inputArtifacts: [{name: Site}],
         configuration: {BucketName: site, Extract: true, ObjectKey: "#{Made.GREETING}"}}
`,
		"source/index.txt": "hello\n",
		"source/build.yml": "version: 0.2\nenv: {exported-variables: [GREETING]}\nphases: {build: {commands: [" + build + "]}}\nartifacts: {files: [index.txt]}\n",
		"source/lint.yml":  "version: 0.2\nphases: {build: {commands: [test -s index.txt]}}\n",
		bindings.FileName:  "sources: {Source/Checkout: {path: source}}\nprojects: {make: {buildspec: build.yml}, lint: {buildspec: lint.yml}}\n",
	}
}

const greet = `'export GREETING="from-$BRANCH"'`

func statuses(t *testing.T, p *Platform, id string) []string {
	t.Helper()
	actions, err := p.Records().ListActionExecutions(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range actions {
		out = append(out, a.StageName+"/"+a.ActionName+" "+string(a.Status))
	}
	return out
}

func TestSmallPipelineSucceeds(t *testing.T) {
	b := bind(t, small(greet))
	p := b.open(t, Options{})
	defer closed(t, p)
	approve(t, p, true)
	var published []string
	p.OnEvent(func(e events.Envelope) { published = append(published, e.DetailType) })
	e := start(t, p, parse(t, small(greet)["pipeline.yaml"]))
	e, err := p.Wait(t.Context(), e.PipelineExecutionID)
	if err != nil {
		t.Fatal(err)
	}
	if e.Status != execution.ExecutionSucceeded {
		t.Fatalf("the execution is %s: %s\n%v", e.Status, e.StatusSummary, statuses(t, p, e.PipelineExecutionID))
	}
	deployed, err := os.ReadFile(filepath.Join(p.state.path(ObjectsFolder), "site", "from-main", "index.txt"))
	if err != nil || string(deployed) != "hello\n" {
		t.Errorf("deployed %q, %v", deployed, err)
	}
	figures := p.Figures(e.PipelineExecutionID)
	// Start and Route, four entries, three lone actions, a group of two with its Parallel and its join, Finish and Succeeded.
	if figures.Transitions != 2+4+3+4+2 || figures.Actions != 5 || figures.EngineTime <= 0 {
		t.Errorf("figures %+v", figures)
	}
	// Pipeline and stages: started and succeeded; actions the same.
	if want := 2 + 4*2 + 5*2; len(published) != want {
		t.Errorf("%d events, want %d: %q", len(published), want, published)
	}
}

func TestTheOwnerIsAlone(t *testing.T) {
	b := bind(t, small(greet))
	p := b.open(t, Options{})
	_, err := Open(t.Context(), filepath.Join(b.dir, StateDirectory), Options{Bindings: b.bindings})
	owned, ok := err.(*OwnedError) //nolint:errorlint // Open returns it as it is
	if !ok || owned.PID == "(unknown)" {
		t.Errorf("a second Open = %v, want an OwnedError with the owner's process", err)
	}
	closed(t, p)
	closed(t, b.open(t, Options{}))
}

func TestAnUnknownFormatIsRefused(t *testing.T) {
	b := bind(t, map[string]string{StateDirectory + "/format": "99\n"})
	_, err := Open(t.Context(), filepath.Join(b.dir, StateDirectory), Options{})
	if err == nil || !strings.Contains(err.Error(), `it has format "99"`) {
		t.Errorf("Open = %v", err)
	}
}

// A directory of a version before becomes one of this version when something runs in it, and not when it is read.
func TestFormatsBeforeAreTakenOver(t *testing.T) {
	for _, before := range formatsBefore {
		file := StateDirectory + "/format"
		b := bind(t, map[string]string{file: before + "\n"})
		for _, c := range []struct {
			options Options
			want    string
			hasKey  bool
		}{{Options{}, before, false}, {Options{Create: true, Bindings: b.bindings}, format, true}} {
			p, err := Open(t.Context(), filepath.Join(b.dir, StateDirectory), c.options)
			if err != nil {
				t.Fatal(err)
			}
			closed(t, p)
			if got, err := os.ReadFile(filepath.Join(b.dir, file)); string(got) != c.want+"\n" {
				t.Errorf("the format is %q, %v; want %q", got, err, c.want)
			}
			if _, err := os.Stat(filepath.Join(b.dir, StateDirectory, keyFile)); (err == nil) != c.hasKey {
				t.Errorf("the key of format %s: %v", c.want, err)
			}
		}
	}
}

// block is a build that says that it runs, through a named pipe, and then does not end.
func block(t *testing.T) (command string, running func()) {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "running")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	return `'echo up > "` + pipe + `"; exec sleep 1000'`, func() {
		t.Helper()
		if _, err := os.ReadFile(pipe); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStopEndsTheBuild(t *testing.T) {
	command, running := block(t)
	files := small(command)
	b := bind(t, files)
	p := b.open(t, Options{})
	e := start(t, p, parse(t, files["pipeline.yaml"]))
	running()
	if _, err := p.Stop(t.Context(), e.PipelineExecutionID, execution.StopTrigger{Reason: "enough", Abandon: true}); err != nil {
		t.Fatal(err)
	}
	e, err := p.Wait(t.Context(), e.PipelineExecutionID)
	if err != nil || e.Status != execution.ExecutionStopped || e.StatusSummary != "enough" {
		t.Errorf("the execution is %s (%s), %v", e.Status, e.StatusSummary, err)
	}
	got := statuses(t, p, e.PipelineExecutionID)
	if !strings.Contains(strings.Join(got, "\n"), "Build/Make Abandoned") {
		t.Errorf("actions %q", got)
	}
	closed(t, p) // returns only when nothing runs any more
}

// interrupt leaves an execution of small in its build, as a process that ends does, and opens the directory again.
func interrupt(t *testing.T, again Options) (*Platform, *execution.Execution) {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "running")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	// The second build finds no pipe and goes on.
	files := small(`'export GREETING="from-$BRANCH"', 'if test -p "` + pipe + `"; then echo up > "` + pipe + `"; exec sleep 1000; fi'`)
	b := bind(t, files)
	p := b.open(t, Options{})
	left := start(t, p, parse(t, files["pipeline.yaml"]))
	if _, err := os.ReadFile(pipe); err != nil {
		t.Fatal(err)
	}
	closed(t, p) // with the execution in progress: the engine and the build end, the record does not
	if err := os.Remove(pipe); err != nil {
		t.Fatal(err)
	}
	p = b.open(t, again)
	t.Cleanup(func() { closed(t, p) })
	return p, left
}

func interruptedOnes(t *testing.T, p *Platform) []*execution.Execution {
	t.Helper()
	found, err := p.Interrupted(t.Context(), "small")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// What an owner leaves in progress stays so until the next one takes it up; then it comes to its end.
func TestTheNextOwnerResumesWhatWasLeft(t *testing.T) {
	p, left := interrupt(t, Options{})
	found := interruptedOnes(t, p)
	if len(found) != 1 || found[0].PipelineExecutionID != left.PipelineExecutionID || found[0].Status != execution.ExecutionInProgress {
		t.Fatalf("interrupted are %v, want the one that was left, in progress", found)
	}
	approve(t, p, true)
	if err := p.Resume(t.Context(), found[0]); err != nil {
		t.Fatal(err)
	}
	if err := p.Resume(t.Context(), found[0]); err != nil {
		t.Errorf("resumed again: %v", err)
	}
	e, err := p.Wait(t.Context(), left.PipelineExecutionID)
	if err != nil || e.Status != execution.ExecutionSucceeded {
		t.Fatalf("the execution is %s (%s), %v\n%v", e.Status, e.StatusSummary, err, statuses(t, p, left.PipelineExecutionID))
	}
	if left := interruptedOnes(t, p); len(left) > 0 {
		t.Errorf("still interrupted: %v", left)
	}
	if figures := p.Figures(e.PipelineExecutionID); figures.Transitions != 2+4+3+4+2 || figures.EngineTime <= 0 {
		t.Errorf("figures %+v", figures)
	}
	if names, err := p.state.journal.Executions(t.Context()); len(names) > 0 || err != nil {
		t.Errorf("the journal still has %q, %v", names, err)
	}
}

func TestAnInterruptedExecutionCanBeClosed(t *testing.T) {
	p, left := interrupt(t, Options{})
	if err := p.CloseInterrupted(t.Context(), interruptedOnes(t, p)[0], "enough of it"); err != nil {
		t.Fatal(err)
	}
	e, err := p.Records().Execution(t.Context(), left.PipelineExecutionID)
	if err != nil || e.Status != execution.ExecutionFailed || e.StatusSummary != "interrupted; enough of it" {
		t.Errorf("the execution is %s (%s), %v", e.Status, e.StatusSummary, err)
	}
	// Its sibling may have come to its end or not.
	got := strings.ReplaceAll(strings.Join(statuses(t, p, left.PipelineExecutionID), "\n"), "Lint Succeeded", "Lint Abandoned")
	for _, want := range []string{"Source/Checkout Succeeded", "Build/Make Abandoned", "Build/Lint Abandoned"} {
		if !strings.Contains(got, want) {
			t.Errorf("actions %q, want %q among them", got, want)
		}
	}
	if names, err := p.state.journal.Executions(t.Context()); len(names) > 0 || err != nil {
		t.Errorf("the journal still has %q, %v", names, err)
	}
}

// An owner that only reads leaves everything as it is; one that runs closes what has lost its journal.
func TestWhatHasNoJournalIsClosed(t *testing.T) {
	for name, c := range map[string]struct {
		harm func(*bbolt.Bucket) error
		want string
	}{
		"missing": {func(b *bbolt.Bucket) error {
			return b.ForEach(func(k, _ []byte) error { return b.Delete(k) })
		}, "interrupted; it cannot be resumed: its journal is missing"},
		"unreadable": {func(b *bbolt.Bucket) error {
			k, _ := b.Cursor().First()
			return b.Put(k, []byte("{"))
		}, "interrupted; it cannot be resumed: read entries of execution "},
	} {
		t.Run(name, func(t *testing.T) {
			p, left := interrupt(t, Options{})
			err := p.state.table.db.Update(func(tx *bbolt.Tx) error { return c.harm(tx.Bucket([]byte("entries"))) })
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range []struct {
				run    func(context.Context) error
				status execution.ExecutionStatus
				prefix string
			}{{func(context.Context) error { return nil }, execution.ExecutionInProgress, ""}, {p.tidy, execution.ExecutionFailed, c.want}} {
				if err := e.run(t.Context()); err != nil {
					t.Fatal(err)
				}
				got, err := p.Records().Execution(t.Context(), left.PipelineExecutionID)
				if err != nil || got.Status != e.status || !strings.HasPrefix(got.StatusSummary, e.prefix) {
					t.Errorf("the execution is %s (%s), %v; want %s (%s)", got.Status, got.StatusSummary, err, e.status, e.prefix)
				}
			}
		})
	}
}

// Artifacts that were stored before there was a key are read as they are.
func TestPlainArtifactsOfTheFormatBefore(t *testing.T) {
	b := bind(t, map[string]string{StateDirectory + "/format": "2\n"})
	plain, err := artifact.NewStore(objects.New(filepath.Join(b.dir, StateDirectory, "objects"))).
		PutBody(t.Context(), strings.NewReader("stored before"), artifact.Location{Bucket: ArtifactBucket, Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	p := b.open(t, Options{})
	defer closed(t, p)
	r, err := artifact.NewStore(p.artifacts).Open(t.Context(), plain)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if text, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size())); string(text) != "stored before" || err != nil {
		t.Errorf("it is %q, error %v", text, err)
	}
}

// A key that is missing is not made again: nothing runs. Records are read without it.
func TestAMissingKey(t *testing.T) {
	b := bind(t, nil)
	closed(t, b.open(t, Options{}))
	key := filepath.Join(b.dir, StateDirectory, keyFile)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	var missing *keys.Error
	for range 2 {
		_, err := Open(t.Context(), filepath.Join(b.dir, StateDirectory), Options{Create: true, Bindings: b.bindings})
		if !errors.As(err, &missing) || missing.Path != key {
			t.Errorf("Open = %v, want an error about the key file", err)
		}
	}
	p, err := Open(t.Context(), filepath.Join(b.dir, StateDirectory), Options{})
	if err != nil {
		t.Fatal(err)
	}
	closed(t, p)
}
