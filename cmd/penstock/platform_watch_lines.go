package main

import (
	"context"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

// drawingNarrator draws an execution of a platform line by line, as a run here is drawn where there is no terminal.
type drawingNarrator struct {
	process process
	lines   view.Lines
	drawn   map[string]bool // statuses and actionExecutionIds that are drawn
	stage   string          // the stage whose header stands above
	headed  bool            // the execution's header is drawn
}

func newDrawingNarrator(ctx context.Context, p process, r *remote, listed *execution.Execution) (*drawingNarrator, error) {
	state, err := r.GetPipelineState(ctx, listed.PipelineName)
	if err != nil {
		return nil, err
	}
	d := &drawingNarrator{process: p, drawn: map[string]bool{}}
	d.lines = view.Lines{Style: r.console.style, NameWidth: view.NameWidth(namesOf(state)), Hints: hintsAbout(p, r, listed)}
	return d, nil
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

func hintsAbout(p process, r *remote, e *execution.Execution) view.Hints {
	id := view.ShortID(e.PipelineExecutionID)
	return view.Hints{
		Show: r.place.command(p, "show", id),
		Answer: func(stage, action string) []string {
			name := stage + "/" + action
			return []string{r.place.command(p, "approve", id, name), r.place.command(p, "reject", id, name)}
		},
	}
}

func (d *drawingNarrator) tell(s shown) (bool, error) {
	news := d.news(s)
	return len(news) > 0, printLines(d.process.stdout, news)
}

// news are the lines about what has happened since they were asked for last: actions that have ended, and approvals that wait.
func (d *drawingNarrator) news(s shown) []string {
	var out []string
	if !d.headed {
		d.headed = true
		out = append(out, d.lines.Header(s.Execution))
	}
	for _, a := range s.Actions {
		waits := a.IsApproval() && !a.Ended()
		key := string(a.Status) + " " + a.ActionExecutionID
		if !a.Ended() && !waits || d.drawn[key] {
			continue
		}
		d.drawn[key] = true
		if a.StageName != d.stage {
			d.stage = a.StageName
			out = append(out, "", d.lines.Stage(a.StageName))
		}
		if waits {
			out = append(out, d.lines.Approval(view.Approval{Action: a, Before: performed(s.Actions), Now: local.Clock{}.Now()})...)
			continue
		}
		out = append(out, d.lines.Action(a, nil)...)
	}
	return out
}

func (d *drawingNarrator) end(s shown) error {
	ending := view.Ending{Execution: s.Execution, Stages: len(s.Stages), Actions: len(s.Actions)}
	return printLines(d.process.stdout, append([]string{""}, d.lines.Ending(ending)...))
}
