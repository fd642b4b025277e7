package main

import (
	"context"
	"time"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

// How often a platform is asked: soon after something has happened, for then something begins, and ever less often while
// nothing does. Each time costs three requests.
const (
	soonest = time.Second
	latest  = 15 * time.Second
)

// following is an execution of a platform that is followed to its end.
type following struct {
	process process
	remote  *remote
	listed  *execution.Execution
	lines   view.Lines
	drawn   map[string]bool // statuses and actionExecutionIds that are drawn
	stage   string          // the stage whose header stands above
}

// watchOnPlatform draws what happens in an execution until it has ended, or until Ctrl-C, which leaves it as it is.
func watchOnPlatform(ctx context.Context, p process, r *remote, id string) error {
	listed, err := newestOpen(ctx, r, id)
	if err != nil {
		return err
	}
	state, err := r.GetPipelineState(ctx, listed.PipelineName)
	if err != nil {
		return err
	}
	s, err := r.read(ctx, listed)
	if err != nil {
		return err
	}
	f := &following{process: p, remote: r, listed: listed, drawn: map[string]bool{}}
	f.lines = view.Lines{Style: r.console.style, NameWidth: view.NameWidth(namesOf(state)), Hints: f.hints()}
	if err := printLines(p.stdout, []string{f.lines.Header(s.Execution)}); err != nil {
		return err
	}
	return f.follow(ctx, s)
}

func namesOf(state execution.PipelineState) []string {
	var names []string
	for _, st := range state.Stages {
		for _, a := range st.Actions {
			names = append(names, a.Name)
		}
	}
	return names
}

func (f *following) hints() view.Hints {
	id := view.ShortID(f.listed.PipelineExecutionID)
	return view.Hints{
		Show: f.remote.place.command(f.process, "show", id),
		Answer: func(stage, action string) []string {
			name := stage + "/" + action
			return []string{f.remote.place.command(f.process, "approve", id, name), f.remote.place.command(f.process, "reject", id, name)}
		},
	}
}

// follow asks until the execution has ended.
func (f *following) follow(ctx context.Context, s shown) error {
	pause := soonest
	for {
		news := f.news(s)
		if err := printLines(f.process.stdout, news); err != nil {
			return err
		}
		if s.Execution.Ended() {
			return f.end(s)
		}
		if pause = min(2*pause, latest); len(news) > 0 {
			pause = soonest
		}
		select {
		case <-f.process.signals:
			say(f.process, "", "execution "+view.ShortID(f.listed.PipelineExecutionID)+" goes on")
			return exitError(exitFailed)
		case <-time.After(pause):
		}
		next, err := f.remote.read(ctx, f.listed)
		switch code := execution.CodeOf(err); {
		case err == nil:
			s = next
		case code != execution.Throttled && code != execution.Unavailable:
			return err
		}
	}
}

// news are the lines about what has happened since they were asked for last: actions that have ended, and approvals that wait.
func (f *following) news(s shown) []string {
	var out []string
	for _, a := range s.Actions {
		waits := a.IsApproval() && !a.Ended()
		key := string(a.Status) + " " + a.ActionExecutionID
		if !a.Ended() && !waits || f.drawn[key] {
			continue
		}
		f.drawn[key] = true
		if a.StageName != f.stage {
			f.stage = a.StageName
			out = append(out, "", f.lines.Stage(a.StageName))
		}
		if waits {
			out = append(out, f.lines.Approval(view.Approval{Action: a, Before: performed(s.Actions), Now: local.Clock{}.Now()})...)
			continue
		}
		out = append(out, f.lines.Action(a, nil)...)
	}
	return out
}

// end says how the execution has ended. When it was last changed is when its last action was.
func (f *following) end(s shown) error {
	for _, a := range s.Actions {
		if a.LastUpdateTime.After(s.Execution.LastUpdateTime) {
			s.Execution.LastUpdateTime = a.LastUpdateTime
		}
	}
	ending := view.Ending{Execution: s.Execution, Stages: len(s.Stages), Actions: len(s.Actions)}
	if err := printLines(f.process.stdout, append([]string{""}, f.lines.Ending(ending)...)); err != nil {
		return err
	}
	if s.Execution.Status != execution.ExecutionSucceeded {
		return exitError(exitFailed)
	}
	return nil
}
