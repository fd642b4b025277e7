package view

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

// ExecutionRow is what a list of executions shows of one. Sources are its source actions.
type ExecutionRow struct {
	*execution.Execution
	Sources []*execution.Action
	// Running says that a process runs it, where it is open.
	Running bool

	took time.Duration
}

// executionColumns: what is needed to find an execution again stays longest, and what is left of a wide terminal says
// where the execution came from.
var executionColumns = []column[ExecutionRow]{
	{title: "EXECUTION", cell: func(r ExecutionRow) painted { return painted{ShortID(r.PipelineExecutionID), bold} }},
	{title: "PIPELINE", cell: func(r ExecutionRow) painted { return painted{text: Clean(r.PipelineName)} }, least: 12},
	{title: "VER", cell: func(r ExecutionRow) painted { return painted{text: version(r.PipelineVersion)} }, rank: 4},
	{title: "STATUS", cell: func(r ExecutionRow) painted {
		return painted{Status(r.Execution, r.Running), openPaint(string(r.Status), r.Running)}
	}},
	{title: "STAGE", cell: func(r ExecutionRow) painted { return painted{text: Clean(r.CurrentStage)} }, least: 10, rank: 1},
	{title: "STARTED", cell: func(r ExecutionRow) painted { return painted{text: shortTime(r.StartTime)} }, rank: 2},
	{title: "TOOK", cell: func(r ExecutionRow) painted { return painted{text: Duration(r.took)} }, rank: 3},
	{title: "TRIGGER", cell: func(r ExecutionRow) painted { return painted{text: trigger(r.Trigger)} }, least: 23, rank: 5},
	{title: "REVISION", cell: func(r ExecutionRow) painted { return painted{text: revisions(r.Sources)} }, least: 16, rank: 6},
}

// version is empty where nobody says which it is: what a platform lists does not.
func version(v int) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("v%d", v)
}

// Executions draws a list of executions.
func (s Style) Executions(rows []ExecutionRow) []string {
	rows = slices.Clone(rows)
	for i, r := range rows {
		rows[i].took = s.took(r.StartTime, r.LastUpdateTime, r.Ended())
	}
	return table(s, executionColumns, rows)
}

// Interrupted is said of what is open in a directory that nobody owns: nothing runs it.
const Interrupted = "Interrupted"

// Status is an execution's status in the API's word, or Interrupted where it is open and nothing runs it.
func Status(e *execution.Execution, running bool) string {
	if !e.Ended() && !running {
		return Interrupted
	}
	return string(e.Status)
}

// openPaint is the colour of what may be open.
func openPaint(status string, running bool) paint {
	if running && (status == "InProgress" || status == "Stopping") {
		return busy
	}
	return paintOf(status)
}

// paintOf is the colour of a status of the API, of whatever has one.
func paintOf(status string) paint {
	switch status {
	case "Succeeded":
		return good
	case "Superseded", "Skipped", "":
		return dim
	}
	return bad // failed, stopped, or interrupted
}

// shortTime is a local time that people read; in JSON it is whole.
func shortTime(t time.Time) string { return t.Local().Format("Jan _2 15:04") }

func trigger(t execution.Trigger) string {
	if t.Detail == "" {
		return Clean(t.Type)
	}
	if text := pushed(t.Detail); text != "" {
		return Clean(t.Type + ": " + text)
	}
	return Clean(t.Type + ": " + ofARN(t.Detail))
}

// pushed is what a WebhookV2 trigger tells of: the branch or the tag that was pushed, or the pull request. It is empty for the
// details of others.
func pushed(detail string) string {
	var told struct {
		Repository  string `json:"full-repository-name"`
		Branch      string `json:"branch-name"`
		Tag         string `json:"tag-name"`
		PullRequest string `json:"pull-request-event"`
	}
	if !strings.HasPrefix(detail, "{") || json.Unmarshal([]byte(detail), &told) != nil || told.Repository == "" {
		return ""
	}
	switch {
	case told.PullRequest != "":
		return "pull request " + told.PullRequest + " into " + told.Branch + " of " + told.Repository
	case told.Tag != "":
		return "tag " + told.Tag + " of " + told.Repository
	}
	return told.Branch + " of " + told.Repository
}

// ofARN is what an ARN names, such as user/ann: what is before it, the account's pipelines have in common. Other texts stay.
func ofARN(text string) string {
	const resource, parts = 5, 6
	if fields := strings.SplitN(text, ":", parts); fields[0] == "arn" && len(fields) == parts {
		return fields[resource]
	}
	return text
}

func revisions(sources []*execution.Action) string {
	text := ""
	for _, a := range sources {
		if text != "" {
			text += ", "
		}
		text += Revision(a)
	}
	return text
}
