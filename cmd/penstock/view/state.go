package view

import (
	"fmt"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

// stateRow is a stage or an action in the state of a pipeline. What never began has no status.
type stateRow struct {
	name, status, execution, summary string
	paint                            paint
	when                             time.Time
}

var stateColumns = []column[stateRow]{
	{title: "STAGE, ACTION", cell: func(r stateRow) painted { return painted{text: r.name} }, least: 12},
	{title: "STATUS", cell: func(r stateRow) painted { return painted{r.status, r.paint} }},
	{title: "EXECUTION", cell: func(r stateRow) painted { return painted{text: r.execution} }, rank: 2},
	{title: "WHEN", cell: stateWhen, rank: 3},
	{title: "SUMMARY", cell: func(r stateRow) painted { return painted{text: r.summary} }, least: 10, rank: 1},
}

func stateWhen(r stateRow) painted {
	if r.when.IsZero() {
		return painted{}
	}
	return painted{text: shortTime(r.when)}
}

// State draws the state of a pipeline. An action names its execution where that is not the stage's.
func (s Style) State(state execution.PipelineState) []string {
	var rows []stateRow
	for _, st := range state.Stages {
		stage := s.stageRow(st)
		rows = append(rows, stage)
		for _, c := range st.Inbound {
			rows = append(rows, stateRow{name: "  (waiting)", status: "Inbound", paint: busy, execution: ShortID(c.PipelineExecutionID), when: c.StartTime})
		}
		for _, a := range st.Actions {
			row := s.actionRow(a)
			if row.execution == stage.execution {
				row.execution = ""
			}
			rows = append(rows, row)
		}
	}
	title := Fit(fmt.Sprintf("%s  v%d", Clean(state.PipelineName), state.Version), s.width())
	return append([]string{s.in(bold, title), ""}, table(s, stateColumns, rows)...)
}

const never = "-"

func (s Style) stageRow(st execution.StageState) stateRow {
	row := stateRow{name: Clean(st.Name), status: never}
	if latest := st.Latest; latest != nil {
		row.status, row.paint = string(latest.Status), openPaint(string(latest.Status), s.Running)
		if !s.Running && (latest.Status == execution.StageInProgress || latest.Status == execution.StageStopping) {
			row.status = Interrupted
		}
		row.execution, row.when = ShortID(latest.PipelineExecutionID), latest.LastUpdateTime
	}
	return row
}

func (s Style) actionRow(a execution.ActionState) stateRow {
	row := stateRow{name: "  " + Clean(a.Name), status: never}
	if latest := a.Latest; latest != nil {
		row.status, row.paint = string(latest.Status), openPaint(string(latest.Status), s.Running)
		if !latest.Ended() && !s.Running {
			row.status = Interrupted
		}
		row.execution, row.when = ShortID(latest.PipelineExecutionID), latest.LastUpdateTime
		row.summary = summaryOf(latest)
	}
	return row
}

// summaryOf says in one line what came of an action: why it failed or did nothing, else what it found or did.
func summaryOf(a *execution.Action) string {
	switch {
	case a.Error != nil:
		return firstLine(a.Error.Message)
	case a.Skipped:
		return "skipped: " + firstLine(a.Summary)
	case a.Type.Category == "Source" && a.Revision != nil, a.Type.Category == "Approval":
		return Detail(a)
	case a.Summary != "":
		return firstLine(a.Summary)
	}
	return Clean(a.ExternalExecutionID)
}
