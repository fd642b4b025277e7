//go:build unix

package owner_test

import (
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/internal/local/owner"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

const definition = `name: asked
stages:
  - name: Source
    actions:
      - {name: Checkout, actionTypeId: Source/S3, configuration: {S3Bucket: bucket, S3ObjectKey: key.zip}, outputArtifacts: [{name: Text}]}
  - name: Approve
    actions:
      - {name: Release, actionTypeId: Approval/Manual}
`

// directory is a state directory of a pipeline that waits for an approval.
type directory struct {
	dir     string
	request local.Request
}

func newDirectory(t *testing.T, under string) directory {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(under, "text"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(under, "text", "greeting"), []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p, problems := pipeline.Parse("pipeline.yaml", []byte(definition))
	stands, more := bindings.Load(filepath.Join(under, bindings.FileName), []byte("sources: {Source/Checkout: {path: ./text}}\n"))
	if problems.HasErrors() || more.HasErrors() {
		t.Fatal(problems, more)
	}
	machines, err := statemachines.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return directory{filepath.Join(under, local.StateDirectory), local.Request{
		Pipeline: p, Machines: machines, Bindings: stands, Environ: os.Environ(),
		Trigger: execution.Trigger{Type: "StartPipelineExecution", Detail: "test"},
	}}
}

func (d directory) open(t *testing.T) *owner.Session {
	t.Helper()
	s, err := owner.Open(t.Context(), d.dir, local.Options{Bindings: d.request.Bindings, Create: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// run starts an execution and waits until it asks for its approval.
func (d directory) run(t *testing.T, s *owner.Session) (local.Run, *local.Feed) {
	t.Helper()
	feed := local.NewFeed()
	run, err := s.Run(t.Context(), d.request, feed)
	if err != nil {
		t.Fatal(err)
	}
	for {
		<-feed.Ready
		for _, n := range feed.Take() {
			if n.Event != nil && strings.Contains(string(n.Event.Detail), `"action":"Release"`) {
				return run, feed
			}
		}
	}
}

func approve(t *testing.T, s *owner.Session, run local.Run) {
	t.Helper()
	id := run.Execution.PipelineExecutionID
	a, err := s.Records().Action(t.Context(), id, execution.ActionExecutionID(id, "Approve", "Release", 1))
	if err == nil {
		_, err = s.PutApprovalResult(t.Context(), execution.Approval{
			PipelineExecutionID: id, StageName: "Approve", ActionName: "Release", Token: a.ApprovalToken, Approved: true, By: "test",
		})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Whoever comes second works through the first: it runs, reads, answers and stops, and sees what the first sees.
func TestTwoSessions(t *testing.T) {
	d := newDirectory(t, t.TempDir())
	first := d.open(t)
	second := d.open(t)
	if !first.Owns() || second.Owns() {
		t.Fatalf("the first session owns: %v, the second: %v", first.Owns(), second.Owns())
	}
	run, _ := d.run(t, second)
	approve(t, second, run)
	ended, err := run.Wait(t.Context())
	if err != nil || ended.Execution.Status != execution.ExecutionSucceeded || ended.Figures.Transitions == 0 {
		t.Errorf("the run ended as %+v, %v", ended, err)
	}
	here, err := first.Records().ListActionExecutions(t.Context(), run.Execution.PipelineExecutionID)
	if err != nil {
		t.Fatal(err)
	}
	there, err := second.Records().ListActionExecutions(t.Context(), run.Execution.PipelineExecutionID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(here, there); diff != "" {
		t.Errorf("records of the owner (-) and through it (+):\n%s", diff)
	}

	run, _ = d.run(t, second)
	stopped, err := second.Stop(t.Context(), run.Execution.PipelineExecutionID, execution.StopTrigger{Abandon: true, Reason: "enough"})
	if err != nil || stopped.Status != execution.ExecutionStopped {
		t.Errorf("stop: %+v, %v", stopped, err)
	}
	if ended, err := run.Wait(t.Context()); err != nil || ended.Execution.StatusSummary != "enough" {
		t.Errorf("the run ended as %+v, %v", ended, err)
	}
	if err := errors.Join(second.Close(), first.Close()); err != nil {
		t.Error(err)
	}
}

// Errors keep their code and their name on the way, and nothing is written but by the owner.
func TestErrorsThroughTheSocket(t *testing.T) {
	d := newDirectory(t, t.TempDir())
	first := d.open(t)
	defer first.Close()
	second := d.open(t)
	defer second.Close()
	for name, do := range map[string]func() error{
		"an execution that is not there": func() error {
			_, err := second.Watch(t.Context(), "none", local.NewFeed())
			return err
		},
		"an approval that is not there": func() error {
			_, err := second.PutApprovalResult(t.Context(), execution.Approval{PipelineExecutionID: "none"})
			return err
		},
		"a stop of nothing": func() error {
			_, err := second.Stop(t.Context(), "none", execution.StopTrigger{})
			return err
		},
	} {
		var e *execution.Error
		if err := do(); !errors.As(err, &e) || e.Code != execution.NotFound || e.Name != "PipelineExecutionNotFoundException" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := second.Records().RegisterPipeline(t.Context(), execution.Definition{PipelineName: "p", Digest: "d"}); execution.CodeOf(err) != execution.NotAllowed {
		t.Errorf("a write: %v, want code %s", err, execution.NotAllowed)
	}
}

// The socket is for its user only, and works where the directory's path is too long for one; what a killed owner left in
// its place does not matter.
func TestSocket(t *testing.T) {
	deep := filepath.Join(t.TempDir(), strings.Repeat("deep/", 30))
	for name, c := range map[string]struct{ under, temp string }{
		"short":                       {shortFolder(t), os.TempDir()},
		"long":                        {deep, shortFolder(t)},
		"long, as temporary ones are": {deep, filepath.Join(t.TempDir(), strings.Repeat("temp/", 30))},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(c.temp, 0o700); err != nil {
				t.Fatal(err)
			}
			t.Setenv("TMPDIR", c.temp)
			d := newDirectory(t, c.under)
			socket := filepath.Join(d.dir, "socket")
			if err := os.MkdirAll(d.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(socket, []byte("left"), 0o600); err != nil {
				t.Fatal(err)
			}
			first := d.open(t)
			second := d.open(t)
			info, err := os.Stat(socket)
			if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != os.ModeSocket {
				t.Errorf("the socket: %v, %v", info, err)
			}
			run, _ := d.run(t, second)
			approve(t, first, run)
			if _, err := run.Wait(t.Context()); err != nil {
				t.Error(err)
			}
			if err := errors.Join(second.Close(), first.Close()); err != nil {
				t.Error(err)
			}
			if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the socket is left: %v", err)
			}
		})
	}
}

// shortFolder is a folder for a socket: those of a test may have long paths.
func shortFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "penstock-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// An owner that leaves takes nothing more; whoever asks is the next owner.
func TestTheNextOwner(t *testing.T) {
	d := newDirectory(t, t.TempDir())
	first := d.open(t)
	second := d.open(t)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	run, _ := d.run(t, second)
	if !second.Owns() {
		t.Error("the second session does not own the directory")
	}
	approve(t, second, run)
	if _, err := run.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
}

// An owner that dies is told of, and nothing hangs.
func TestAnOwnerThatCloses(t *testing.T) {
	d := newDirectory(t, t.TempDir())
	first := d.open(t)
	second := d.open(t)
	run, _ := d.run(t, second)
	if err := first.Close(); err != nil { // what runs is left
		t.Fatal(err)
	}
	if _, err := run.Wait(t.Context()); !errors.Is(err, owner.ErrGone) {
		t.Errorf("the run: %v, want %v", err, owner.ErrGone)
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	third := d.open(t)
	taken, err := third.Watch(t.Context(), run.Execution.PipelineExecutionID, local.NewFeed())
	if err != nil || !taken.Resumed {
		t.Fatalf("watch: %+v, %v", taken, err)
	}
	approve(t, third, run)
	if ended, err := taken.Wait(t.Context()); err != nil || ended.Execution.Status != execution.ExecutionSucceeded {
		t.Errorf("the run ended as %+v, %v", ended, err)
	}
	if err := third.Close(); err != nil {
		t.Error(err)
	}
}

// A program of another version answers paths that this one does not know, and the other way round.
func TestAnotherVersion(t *testing.T) {
	d := newDirectory(t, t.TempDir())
	holder, err := local.Open(t.Context(), d.dir, local.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	at := filepath.Join(shortFolder(t), "socket")
	listener, err := net.Listen("unix", at)
	if err == nil {
		err = os.Symlink(at, filepath.Join(d.dir, "socket"))
	}
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler()} //nolint:gosec // of this test
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	defer func() { _ = server.Close(); <-served }()
	s := d.open(t)
	defer s.Close()
	_, err = s.Records().ListPipelines(t.Context())
	if execution.CodeOf(err) != execution.Unavailable || !strings.Contains(err.Error(), "another version of penstock") {
		t.Errorf("%v", err)
	}
}
