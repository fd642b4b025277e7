package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/owner"
)

// serving is CodePipeline's API from its first request to Ctrl-C.
type serving struct {
	process process
	console console
	place   place
	session *owner.Session
	served  []prepared

	printing sync.Mutex
}

// readHeaderTimeout bounds how long a client takes for the head of a request: one that sends nothing holds a connection.
// patience is how long requests that are being answered keep serve from its end.
const (
	readHeaderTimeout = 10 * time.Second
	patience          = 3 * time.Second
)

// run serves until Ctrl-C, and gives the state directory up.
func (s *serving) run(ctx context.Context, listener net.Listener) error {
	if !s.session.Owns() {
		err := withHelp(fmt.Errorf("another process runs pipelines in %s", s.place.shown()),
			"wait until its runs have ended, or name another directory with --state-dir DIR")
		return errors.Join(err, listener.Close(), s.session.Close())
	}
	if err := s.begin(ctx, "http://"+listener.Addr().String()); err != nil {
		return errors.Join(err, listener.Close(), s.session.Close())
	}
	err := answerUntilSignal(ctx, s.process, listener, s.handler())
	if err := errors.Join(err, s.stop(ctx)); err != nil {
		return err
	}
	return s.session.Close()
}

// answerUntilSignal answers requests of this machine until Ctrl-C.
func answerUntilSignal(ctx context.Context, p process, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: api.Loopback(handler), ReadHeaderTimeout: readHeaderTimeout}
	over := make(chan error, 1)
	go func() { over <- server.Serve(listener) }() // ends with Close
	select {
	case err := <-over:
		return err
	case <-p.signals:
		err := end(ctx, server)
		if closed := <-over; !errors.Is(closed, http.ErrServerClosed) {
			err = errors.Join(err, closed)
		}
		return err
	}
}

// end takes no more requests, lets those that are being answered end, and closes what stays open.
func end(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close()
}

func (s *serving) handler() http.Handler {
	return api.New(api.Options{
		Records: s.session.Records(), Runner: s, IDs: local.Random{}, Origin: local.Origin(),
		Caller: func(*http.Request) string { return callerARN(userName(s.process)) },
	})
}

// callerARN names the user of this machine as an IAM user, whose names have only some of the characters.
func callerARN(user string) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune("+=,.@-_", r) || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, user)
	o := local.Origin()
	return fmt.Sprintf("arn:%s:iam::%s:user/%s", o.Partition, o.Account, name)
}

// begin registers what is served, takes up what was interrupted, and says how to use it.
func (s *serving) begin(ctx context.Context, endpoint string) error {
	platform := s.session.Platform()
	platform.OnEvent(s.tell)
	var names []string
	for i := range s.served {
		ready := &s.served[i]
		d, err := platform.Register(ctx, ready.definition.pipeline, ready.machines)
		if err != nil {
			return err
		}
		names = append(names, d.PipelineName)
	}
	lines := view.Wrap(fmt.Sprintf("CodePipeline's API for %s, kept in %s:", strings.Join(names, ", "), s.place.shown()), s.console.style.Width)
	lines = append(lines, endpoint, "",
		"aws --endpoint-url "+endpoint+" --region "+local.Origin().Region+" --no-sign-request codepipeline list-pipelines", "",
		"Ctrl-C stops what runs and ends this.")
	if err := printLines(s.process.stdout, lines); err != nil {
		return err
	}
	for i := range s.served {
		taken, err := platform.TakeUp(ctx, names[i], s.served[i].served())
		if err != nil {
			return err
		}
		for _, e := range taken {
			s.print(local.Clock{}.Now(), e.PipelineName, e.PipelineExecutionID, "taken up: it was interrupted")
		}
	}
	return nil
}

// print writes a line about an execution. Whoever reads may have gone: that must not stop anything.
func (s *serving) print(at time.Time, pipeline, id, what string) {
	s.printing.Lock()
	defer s.printing.Unlock()
	fmt.Fprintf(s.process.stdout, "%s  %s  %s  %s\n", at.Local().Format(time.TimeOnly), view.Clean(pipeline), view.ShortID(id), view.Clean(what))
}

// tell prints the states that executions come into, and approvals that wait.
func (s *serving) tell(e events.Envelope) {
	var d struct {
		Pipeline string                 `json:"pipeline"`
		ID       string                 `json:"execution-id"`
		Stage    string                 `json:"stage"`
		Action   string                 `json:"action"`
		State    string                 `json:"state"`
		Type     execution.ActionTypeID `json:"type"`
	}
	if json.Unmarshal(e.Detail, &d) != nil {
		return
	}
	switch {
	case e.DetailType == events.PipelineExecutionStateChange:
		s.print(e.Time, d.Pipeline, d.ID, d.State)
	case e.DetailType == events.ActionExecutionStateChange && d.State == "STARTED" && d.Type.Category == "Approval":
		s.print(e.Time, d.Pipeline, d.ID, d.Stage+"/"+d.Action+" waits for an approval")
	}
}

// stop stops what runs here and waits for its end; a second Ctrl-C leaves.
func (s *serving) stop(ctx context.Context) error {
	for _, id := range s.session.Others() {
		_, err := s.session.Stop(ctx, id, execution.StopTrigger{Reason: "interrupted", Abandon: true})
		if err != nil && execution.CodeOf(err) != execution.Conflict {
			return err
		}
	}
	over := make(chan error, 1)
	go func() { over <- s.session.WaitForOthers(ctx) }() // ends with the process where nobody waits for it
	select {
	case err := <-over:
		return err
	case <-s.process.signals:
		return errLeft
	}
}

// StartPipelineExecution starts an execution with what stands beside the definition's file.
func (s *serving) StartPipelineExecution(ctx context.Context, in execution.StartInput) (*execution.Execution, error) {
	ready := s.find(in.Definition.PipelineName)
	if ready == nil {
		return nil, &execution.Error{Code: execution.Conflict, Message: fmt.Sprintf(
			"pipeline %q ran in %s before, but penstock serve was not given its file: it cannot be started here", in.Definition.PipelineName, s.place.shown())}
	}
	if err := execution.CheckSourceRevisions(in.Pipeline, in.SourceRevisions); err != nil {
		return nil, err
	}
	exact, err := local.ResolveRevisions(ctx, local.SourcesOf(s.place.dir, ready.bindings), in.Pipeline, in.SourceRevisions)
	var failure *action.Failure
	if errors.As(err, &failure) {
		return nil, &execution.Error{Code: execution.Invalid, Message: failureMessages(err)}
	}
	if err != nil {
		return nil, err
	}
	in.SourceRevisions = exact
	return s.session.Platform().StartPipelineExecution(ctx, in, ready.served())
}

// find is the served pipeline of that name, nil where there is none.
func (s *serving) find(name string) *prepared {
	for i := range s.served {
		if s.served[i].definition.pipeline.Name.Value == name {
			return &s.served[i]
		}
	}
	return nil
}

// StopPipelineExecution stops an execution.
func (s *serving) StopPipelineExecution(ctx context.Context, executionID string, stop execution.StopTrigger) error {
	_, err := s.session.Stop(ctx, executionID, stop)
	return err
}

// PutApprovalResult answers an approval.
func (s *serving) PutApprovalResult(ctx context.Context, in execution.Approval) (*execution.Action, error) {
	return s.session.PutApprovalResult(ctx, in)
}
