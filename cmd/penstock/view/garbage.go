package view

import (
	"fmt"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Garbage is what nothing needs any more. Stray are artifacts that no record names; sizes are in bytes.
type Garbage struct {
	Rows                   []GarbageRow
	Stray                  int
	StrayBytes, Unfinished int64
}

// GarbageRow is what one execution loses: a number of artifacts, and logs. Bytes is the size of both.
type GarbageRow struct {
	*execution.Execution
	Artifacts   int
	Logs, Bytes int64
}

var garbageColumns = []column[GarbageRow]{
	{title: "EXECUTION", cell: func(r GarbageRow) painted { return painted{ShortID(r.PipelineExecutionID), bold} }},
	{title: "PIPELINE", cell: func(r GarbageRow) painted { return painted{text: Clean(r.PipelineName)} }, least: 12},
	{title: "STATUS", cell: func(r GarbageRow) painted { return painted{string(r.Status), paintOf(string(r.Status))} }, rank: 1},
	{title: "STARTED", cell: func(r GarbageRow) painted { return painted{text: shortTime(r.StartTime)} }, rank: 2},
	{title: "ARTIFACTS", cell: func(r GarbageRow) painted { return painted{text: fmt.Sprint(r.Artifacts)} }, rank: 3},
	{title: "LOGS", cell: func(r GarbageRow) painted { return painted{text: someBytes(r.Logs)} }, rank: 4},
	{title: "SIZE", cell: func(r GarbageRow) painted { return painted{text: Bytes(r.Bytes)} }},
}

func someBytes(n int64) string {
	if n == 0 {
		return ""
	}
	return Bytes(n)
}

// Garbage draws it, an execution a line, and below what belongs to none.
func (s Style) Garbage(g Garbage) []string {
	var lines []string
	if len(g.Rows) > 0 {
		lines = append(table(s, garbageColumns, g.Rows), "")
	}
	if g.Stray > 0 {
		lines = append(lines, count(g.Stray, "artifact")+" that no record names, "+Bytes(g.StrayBytes))
	}
	if g.Unfinished > 0 {
		lines = append(lines, "what killed processes left unfinished, "+Bytes(g.Unfinished))
	}
	return lines
}

// KeptWithArtifacts counts the executions that can still be retried, rolled back to, or gone on from.
func KeptWithArtifacts(n int) string {
	if n == 1 {
		return "1 execution keeps its artifacts"
	}
	return fmt.Sprintf("%d executions keep their artifacts", n)
}
