package main

import (
	"context"
	"errors"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/logs"
)

// errLeft is a run that its user left without waiting for its end.
var errLeft = errors.New("left")

// reporter is what a run is told to: a drawing, or lines of JSON.
//
// resumed is told first, where a run is taken up, which actions it has begun, and has it go on between those that had ended
// and those that are open, whose approvals can be answered only then. take is told what is new; stopping that a stop was asked for; end that the run is over, after everything else.
type reporter interface {
	resumed(ctx context.Context, begun []*execution.Action, goOn func() error) error
	take(ctx context.Context, all []news) error
	stopping()
	end(ctx context.Context, e ended) error
	close() error
}

// ended is a run that is over.
type ended struct {
	run     *execution.Execution
	actions []*execution.Action
	stages  int
	figures local.Figures
	v1      bool
	objects string // the folder with the deployed files
	help    string // what to do about something beside the run, such as a full disk
}

// running is one run from its start to its end. One goroutine reports; others wait, stop and answer.
type running struct {
	process  process
	request  *runRequest
	prepared prepared
	platform *local.Platform
	console  console
	feed     *feed

	run       *execution.Execution
	report    reporter
	presses   chan struct{} // Ctrl-C, pressed in a terminal that is redrawn
	failures  chan error    // of stopping and answering
	interrupt int
}

// execute starts the run, reports it, closes the platform, and returns how the run ended as an exit status. What still
// works is ended before the last lines are printed: they are the last.
func (r *running) execute(ctx context.Context) error {
	e, err := r.reported(ctx)
	if err == nil || !errors.Is(err, errLeft) {
		err = errors.Join(err, r.close())
	}
	switch {
	case r.report == nil:
		return err
	case err != nil:
		return errors.Join(err, r.report.close())
	}
	if err := r.report.end(ctx, e); err != nil {
		return err
	}
	if e.run.Status != execution.ExecutionSucceeded {
		return exitError(exitFailed)
	}
	return nil
}

// close gives up the state directory. Builds that do not want to end are given some seconds, unless the user wants to
// leave.
func (r *running) close() error {
	closed := make(chan error, 1)
	go func() { closed <- r.platform.Close() }()
	select {
	case err := <-closed:
		return err
	case <-r.process.signals:
		return errLeft
	case <-r.presses:
		return errLeft
	}
}

// reported starts the run and reports it until it is over.
func (r *running) reported(ctx context.Context) (ended, error) {
	r.platform.OnEvent(func(e events.Envelope) { r.feed.put(news{event: &e}) })
	cancel := r.platform.Logs().Subscribe(func(l logs.Line) { r.feed.put(news{line: &l}) })
	defer cancel()
	r.presses, r.failures = make(chan struct{}, 2), make(chan error, 1)
	if err := r.begin(ctx); err != nil {
		return ended{}, err
	}
	run, err := r.follow(ctx)
	if err != nil {
		return ended{}, err
	}
	return r.ended(ctx, run)
}

// follow reports until the run is over.
func (r *running) follow(ctx context.Context) (*execution.Execution, error) {
	type waited struct {
		run *execution.Execution
		err error
	}
	over := make(chan waited, 1)
	go func() {
		run, err := r.platform.Wait(ctx, r.run.PipelineExecutionID)
		over <- waited{run, err}
	}()
	for {
		select {
		case <-r.feed.ready:
			if err := r.report.take(ctx, r.feed.take()); err != nil {
				return nil, err
			}
		case w := <-over:
			return w.run, errors.Join(w.err, r.report.take(ctx, r.feed.take()))
		case <-r.process.signals:
			if !r.stop(ctx) {
				return nil, errLeft
			}
		case <-r.presses:
			if !r.stop(ctx) {
				return nil, errLeft
			}
		case err := <-r.failures:
			return nil, err
		}
	}
}

// stop abandons the run at the first interrupt, and says at the second that nobody wants to wait for that.
func (r *running) stop(ctx context.Context) bool {
	if r.interrupt++; r.interrupt > 1 {
		return false
	}
	r.report.stopping()
	go func() {
		err := r.platform.Stop(ctx, r.run.PipelineExecutionID, execution.StopTrigger{Reason: "interrupted", Abandon: true})
		r.fail(err)
	}()
	return true
}

// fail reports what went wrong beside the run. One that is over already cannot be stopped or answered, and need not.
func (r *running) fail(err error) {
	if err == nil || execution.CodeOf(err) == execution.Conflict {
		return
	}
	select {
	case r.failures <- err:
	default:
	}
}

// answer answers an approval, from a goroutine of its own: what waits for it may go on in the same call.
func (r *running) answer(ctx context.Context, a *execution.Action, approved bool, by string) {
	go func() {
		_, err := r.platform.Records().PutApprovalResult(ctx, approvalResult(a, approved, by))
		r.fail(err)
	}()
}

func (r *running) ended(ctx context.Context, run *execution.Execution) (ended, error) {
	actions, err := r.platform.Records().ListActionExecutions(ctx, run.PipelineExecutionID)
	if err != nil {
		return ended{}, err
	}
	help := ""
	if run.Status == execution.ExecutionFailed {
		help = r.prepared.place.smallDisk()
	}
	stages, err := r.platform.Records().Stages(ctx, run)
	return ended{
		help: help,
		run:  run, actions: actions, stages: len(stages), figures: r.platform.Figures(run.PipelineExecutionID),
		v1: r.prepared.definition.pipeline.PipelineType.Value == "V1", objects: r.platform.ObjectsDirectory(),
	}, err
}

// reporter chooses how the run is told.
func (r *running) reporter(ctx context.Context) (reporter, error) {
	if r.request.json {
		return newJSONLines(r), nil
	}
	lines := view.Lines{
		Style: r.console.style, NameWidth: view.NameWidth(actionNames(r.prepared.definition.pipeline)), Hints: r.hints(),
	}
	if err := printLines(r.process.stdout, []string{lines.Header(r.run)}); err != nil {
		return nil, err
	}
	d := newDrawing(r.platform.Records(), r.run, lines, r.screen(lines))
	d.logs, d.out, d.pipeline = r.platform.Logs(), r.process.stdout, r.prepared.definition.pipeline
	d.approval = func(a *execution.Action) { r.approval(ctx, d, a) }
	return d, nil
}

// screen takes the terminal over where there is one that can be redrawn.
func (r *running) screen(lines view.Lines) screen {
	if !r.console.redraw {
		return &plainScreen{out: r.process.stdout}
	}
	o := view.LiveOptions{Out: r.process.stdout, Environ: r.process.environ, Lines: lines, Interrupt: func() {
		select {
		case r.presses <- struct{}{}:
		default:
		}
	}}
	if r.console.answers {
		o.In = r.process.stdin
	}
	return view.NewLive(o)
}

// approval answers an approval that opened as the flags say, or asks. A mocked one answers itself.
func (r *running) approval(ctx context.Context, d *drawing, a *execution.Action) {
	if r.prepared.bindings.Mocked(a.StageName, a.ActionName) {
		return
	}
	if approved, by := r.request.approvals.answer(a.StageName + "/" + a.ActionName); by != "" {
		r.answer(ctx, a, approved, by)
		return
	}
	err := d.ask(ctx, a, func(yes bool) { r.answer(ctx, a, yes, userName(r.process)) })
	r.fail(err)
}

func (r *running) hints() view.Hints {
	id := view.ShortID(r.run.PipelineExecutionID)
	place := r.prepared.place
	again := append([]string{}, r.process.args...)
	return view.Hints{
		Logs:  func(stage, action string) string { return place.command(r.process, "logs", id, stage+"/"+action) },
		Again: r.process.program() + " " + quotedWords(again...),
		Show:  place.command(r.process, "show", id),
	}
}
