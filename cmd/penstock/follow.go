package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/logs"
	"github.com/penstock-ci/penstock/pipeline"
)

// tailLines is how many of the last lines of a failed action's log are shown.
const tailLines = 12

// drawing turns the news of one run into lines on a screen. One goroutine uses it.
type drawing struct {
	records  *execution.Records
	run      *execution.Execution
	pipeline *pipeline.Pipeline
	lines    view.Lines
	screen   screen
	logs     *logs.Logs // of an earlier process, where the run is taken up
	out      io.Writer  // for what comes after the screen
	again    string     // how another run is started, where one is taken up
	// approval is told of an approval that opened.
	approval func(a *execution.Action)

	begun    map[string]bool // actionExecutionIds that are drawn: a run that is taken up tells of some again
	drawn    map[string]bool // those whose end is
	stage    string          // the stage whose header stands on the screen
	current  string          // the stage that runs
	open     []string
	rows     map[string]*view.Row // by actionExecutionId
	tails    map[[2]string][]string
	deployed []view.DeployedFile
	stops    bool
}

func newDrawing(records *execution.Records, run *execution.Execution, lines view.Lines, s screen) *drawing {
	return &drawing{
		records: records, run: run, lines: lines, screen: s,
		rows: map[string]*view.Row{}, tails: map[[2]string][]string{}, begun: map[string]bool{}, drawn: map[string]bool{},
	}
}

// take draws what is new.
func (d *drawing) take(ctx context.Context, all []local.News) error {
	for _, n := range all {
		switch {
		case !n.About(d.run.PipelineExecutionID):
		case n.Line != nil:
			d.log(n.Line)
		default:
			if err := d.event(ctx, n.Event); err != nil {
				return err
			}
		}
	}
	d.show()
	return nil
}

func (d *drawing) event(ctx context.Context, e *events.Envelope) error {
	detail := detailOf(e)
	switch e.DetailType {
	case events.PenstockInbound:
		d.screen.Print(append([]string{""}, view.Wrap(waiting(detail), d.lines.Width)...))
	case events.StageExecutionStateChange:
		if detail.State == started {
			d.current = detail.Stage
		}
	case events.ActionExecutionStateChange:
		a, err := d.records.Action(ctx, detail.ExecutionID, detail.ActionExecutionID)
		if err != nil {
			return err
		}
		if detail.State == started {
			d.begins(a)
		} else {
			return d.ends(ctx, a)
		}
	}
	return nil
}

func (d *drawing) begins(a *execution.Action) {
	if d.begun[a.ActionExecutionID] {
		return
	}
	d.begun[a.ActionExecutionID] = true
	d.open = append(d.open, a.ActionExecutionID)
	d.rows[a.ActionExecutionID] = &view.Row{Action: a}
	if a.IsApproval() {
		d.approval(a)
	}
}

func (d *drawing) ends(ctx context.Context, a *execution.Action) error {
	if d.drawn[a.ActionExecutionID] {
		return nil
	}
	d.begun[a.ActionExecutionID], d.drawn[a.ActionExecutionID] = true, true
	d.open = slices.DeleteFunc(d.open, func(id string) bool { return id == a.ActionExecutionID })
	delete(d.rows, a.ActionExecutionID)
	d.show()
	if a.Status == execution.ActionFailed {
		all, err := d.records.ListActionExecutions(ctx, d.run.PipelineExecutionID)
		if err != nil {
			return err
		}
		a = explained(a, d.pipeline, all)
	}
	d.screen.Print(append(d.header(a.StageName), d.lines.Action(a, d.tails[[2]string{a.StageName, a.ActionName}])...))
	return nil
}

// header is the line above the first action of a stage.
func (d *drawing) header(stage string) []string {
	if d.stage == stage {
		return nil
	}
	d.stage = stage
	return []string{"", d.lines.Stage(stage)}
}

func (d *drawing) log(line *logs.Line) {
	name := [2]string{line.Stage, line.Action}
	d.tails[name] = addTail(d.tails[name], line.Text)
	for _, row := range d.rows {
		a := row.Action
		if progress := view.Progress(line.Text); progress != "" && a.StageName == line.Stage && a.ActionName == line.Action && !a.IsApproval() {
			row.Log = progress
		}
	}
	if file, ok := deployedFile(line.Stage, line.Action, line.Text); ok {
		d.deployed = append(d.deployed, file)
	}
}

// addTail keeps the last lines of what an action printed.
func addTail(tail []string, line string) []string {
	switch {
	case view.BeginsTail(line):
		return nil
	case !view.IsOutput(line):
		return tail
	}
	if tail = append(tail, line); len(tail) > tailLines {
		tail = slices.Delete(tail, 0, 1)
	}
	return tail
}

// deployedFile reads the line that an S3 deploy action logs for each file: upload: s3://bucket/key  size.
func deployedFile(stage, action, line string) (view.DeployedFile, bool) {
	rest, ok := strings.CutPrefix(line, "upload: ")
	if !ok || !strings.HasPrefix(rest, "s3://") {
		return view.DeployedFile{}, false
	}
	url, size, _ := strings.Cut(rest, "  ")
	return view.DeployedFile{Stage: stage, Action: action, URL: url, Size: strings.TrimSpace(size)}, true
}

// show redraws what runs.
func (d *drawing) show() {
	s := view.Screen{Since: d.run.StartTime}
	if d.current != "" && d.current != d.stage {
		s.Header = d.current
	}
	for _, id := range d.open {
		s.Rows = append(s.Rows, *d.rows[id])
	}
	switch i := slices.Index(d.run.Stages, d.current); {
	case d.stops:
		s.Footer = "stopping; Ctrl-C again leaves at once"
	case i >= 0:
		s.Footer = fmt.Sprintf("stage %d of %d   Ctrl-C stops the run", i+1, len(d.run.Stages))
	}
	d.screen.Show(s)
}

// waiting says that a run waits in front of a stage.
func waiting(detail eventDetail) string {
	line := "waiting to enter stage " + detail.Stage
	if detail.Behind != "" {
		line += ", where execution " + view.ShortID(detail.Behind) + " is"
	}
	return line
}

// block is what there is to know about an approval that waits.
func (d *drawing) block(ctx context.Context, a *execution.Action) ([]string, error) {
	before, err := d.records.ListActionExecutions(ctx, d.run.PipelineExecutionID)
	before = slices.DeleteFunc(before, func(b *execution.Action) bool { return b.ActionExecutionID == a.ActionExecutionID })
	return d.lines.Approval(view.Approval{Action: a, Before: before, Now: time.Now()}), err
}

// tell prints what there is to know about an approval that another shell answers.
func (d *drawing) tell(ctx context.Context, a *execution.Action) error {
	block, err := d.block(ctx, a)
	if err == nil {
		d.screen.Print(append(d.header(a.StageName), block...))
	}
	return err
}

// ask puts the question about an approval on the screen.
func (d *drawing) ask(ctx context.Context, a *execution.Action, answer func(yes bool)) error {
	block, err := d.block(ctx, a)
	if err != nil {
		return err
	}
	prompt := fmt.Sprintf("Approve %s/%s? [y/n]", a.StageName, a.ActionName)
	d.screen.Ask(view.Question{Action: a, Block: block, Prompt: prompt}, answer)
	return nil
}
