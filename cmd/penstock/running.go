package main

import (
	"context"
	"errors"
	"slices"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/owner"
)

// errLeft is a run that its user left without waiting for its end.
var errLeft = errors.New("left")

// reporter is what a run is told to: a drawing, or lines of JSON.
//
// begin is told first which actions a run had before, where it is taken up or runs already. take is told what is new;
// stopping that a stop was asked for; end that the run is over, after everything else.
type reporter interface {
	begin(ctx context.Context, run local.Begun) error
	take(ctx context.Context, all []local.News) error
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
	session  *owner.Session
	console  console
	feed     *local.Feed
	shell    *failureShell

	watched   string // the execution that is only followed
	run       *execution.Execution
	following local.Run
	report    reporter
	presses   chan struct{} // Ctrl-C, pressed in a terminal that is redrawn
	failures  chan error    // of stopping and answering
	interrupt int
}

// execute starts the run, reports it, closes the platform, and returns how the run ended as an exit status. What still
// works is ended before the last lines are printed: they are the last.
func (r *running) execute(ctx context.Context) error {
	e, err := r.reported(ctx)
	others := r.others()
	if len(others) == 0 && !errors.Is(err, errLeft) {
		err = errors.Join(err, r.close())
	}
	switch {
	case r.report == nil:
	case err != nil:
		err = errors.Join(err, r.report.close())
	default:
		err = r.report.end(ctx, e)
	}
	if len(others) > 0 && !errors.Is(err, errLeft) {
		err = errors.Join(err, r.stay(ctx, others), r.close())
	}
	if err != nil {
		return err
	}
	if e.run.Status != execution.ExecutionSucceeded && !e.run.ReachedUntil() {
		return exitError(exitFailed)
	}
	return nil
}

// close gives up the state directory. Builds that do not want to end are given some seconds, unless the user wants to
// leave.
func (r *running) close() error {
	closed := make(chan error, 1)
	go func() { closed <- r.session.Close() }()
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
	r.presses, r.failures = make(chan struct{}, 2), make(chan error, 1)
	begin := r.begin
	if r.request.watches {
		begin = r.watch
	}
	if err := begin(ctx); err != nil {
		return ended{}, err
	}
	over, err := r.follow(ctx)
	if err != nil {
		return ended{}, err
	}
	return r.ended(ctx, over)
}

// follow reports until the run is over.
func (r *running) follow(ctx context.Context) (local.Ended, error) {
	type waited struct {
		local.Ended
		err error
	}
	over := make(chan waited, 1)
	go func() {
		ended, err := r.following.Wait(ctx)
		over <- waited{ended, err}
	}()
	for {
		select {
		case <-r.feed.Ready:
			if err := r.report.take(ctx, r.feed.Take()); err != nil {
				return local.Ended{}, err
			}
		case w := <-over:
			if errors.Is(w.err, owner.ErrGone) {
				w.err = r.lost()
			}
			if w.err != nil {
				return local.Ended{}, w.err
			}
			return w.Ended, r.report.take(ctx, r.feed.Take())
		case <-r.process.signals:
			if !r.stop(ctx) {
				return local.Ended{}, errLeft
			}
		case <-r.presses:
			if !r.stop(ctx) {
				return local.Ended{}, errLeft
			}
		case err := <-r.failures:
			return local.Ended{}, err
		}
	}
}

// lost is a run whose process has died.
func (r *running) lost() error {
	return withHelp(errors.New("the process that ran it has ended before it did"),
		"to take it up: %s", r.prepared.place.command(r.process, "watch", view.ShortID(r.run.PipelineExecutionID)))
}

// stop abandons the run at the first interrupt, and says at the second that nobody wants to wait for that.
func (r *running) stop(ctx context.Context) bool {
	if r.interrupt++; r.interrupt > 1 || r.request.watches && !r.session.Owns() {
		return false
	}
	r.report.stopping()
	go func() {
		_, err := r.session.Stop(ctx, r.run.PipelineExecutionID, execution.StopTrigger{Reason: "interrupted", Abandon: true})
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
		_, err := r.session.PutApprovalResult(ctx, approvalResult(a, approved, by))
		r.fail(err)
	}()
}

func (r *running) ended(ctx context.Context, over local.Ended) (ended, error) {
	run := over.Execution
	actions, err := r.session.Records().ListActionExecutions(ctx, run.PipelineExecutionID)
	if err != nil {
		return ended{}, err
	}
	help := ""
	if run.Status == execution.ExecutionFailed {
		help = r.prepared.place.smallDisk()
	}
	stages, err := r.session.Records().Stages(ctx, run)
	return ended{
		help: help,
		run:  run, actions: performed(actions), stages: len(stages), figures: over.Figures,
		v1: r.prepared.definition.pipeline.PipelineType.Value == "V1", objects: r.prepared.place.objects(),
	}, err
}

// reporter chooses how the run is told.
func (r *running) reporter(ctx context.Context) (reporter, error) {
	if r.request.json {
		r.shell.drawnOn(func(use func()) { use() })
		return newJSONLines(r), nil
	}
	lines := view.Lines{
		Style: r.console.style, NameWidth: view.NameWidth(actionNames(r.prepared.definition.pipeline)), Hints: r.hints(),
	}
	if err := printLines(r.process.stdout, []string{lines.Header(r.run)}); err != nil {
		return nil, err
	}
	screen := r.screen(lines)
	r.shell.drawnOn(screen.Lend)
	d := newDrawing(r.session.Records(), r.run, lines, screen)
	if !r.request.watches {
		d.again = "--new starts another"
	}
	d.logs, d.out, d.pipeline = r.session.Logs(), r.process.stdout, r.prepared.definition.pipeline
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
	if !r.asks() {
		r.fail(d.tell(ctx, a))
		return
	}
	err := d.ask(ctx, a, func(yes bool) { r.answer(ctx, a, yes, userName(r.process)) })
	r.fail(err)
}

// goOn is the command that goes on behind the last stage of a run that was not to go further.
func (r *running) goOn() string {
	names := stageNames(r.prepared.definition.pipeline)
	i := slices.Index(names, r.run.Until)
	if r.request.watches || i < 0 || i+1 == len(names) {
		return ""
	}
	return r.process.program() + " " + quotedWords("run", r.request.file, "--stage", names[i+1])
}

// asks says whether somebody here is asked about approvals.
func (r *running) asks() bool { return r.console.answers && !r.request.elsewhere }

func (r *running) hints() view.Hints {
	id := view.ShortID(r.run.PipelineExecutionID)
	place := r.prepared.place
	again := append([]string{}, r.process.args...)
	return view.Hints{
		Logs:  func(stage, action string) string { return place.command(r.process, "logs", id, stage+"/"+action) },
		Again: r.process.program() + " " + quotedWords(again...),
		Show:  place.command(r.process, "show", id),
		GoOn:  r.goOn(),
		Answer: func(stage, action string) []string {
			name := stage + "/" + action
			return []string{place.command(r.process, "approve", id, name), place.command(r.process, "reject", id, name)}
		},
	}
}
