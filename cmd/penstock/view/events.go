package view

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/events"
)

// eventRow is an event as a list shows it.
type eventRow struct {
	time          time.Time
	of, name      string
	state, result string
}

var eventColumns = []column[eventRow]{
	{title: "TIME", cell: func(r eventRow) painted { return painted{text: r.time.Local().Format("15:04:05.000")} }},
	{title: "EVENT", cell: func(r eventRow) painted { return painted{text: r.of} }, rank: 1},
	{title: "OF", cell: func(r eventRow) painted { return painted{text: r.name} }, least: 12},
	{title: "STATE", cell: func(r eventRow) painted { return painted{r.state, eventPaint(r.state)} }},
	{title: "RESULT", cell: func(r eventRow) painted { return painted{text: r.result} }, least: 10, rank: 2},
}

// Events draws a list of events.
func (s Style) Events(all []events.Envelope) []string {
	rows := make([]eventRow, len(all))
	for i, e := range all {
		rows[i] = rowOfEvent(e)
	}
	return table(s, eventColumns, rows)
}

func rowOfEvent(e events.Envelope) eventRow {
	var d struct {
		Pipeline string `json:"pipeline"`
		Stage    string `json:"stage"`
		Action   string `json:"action"`
		State    string `json:"state"`
		Behind   string `json:"behind-execution-id"`
		Result   struct {
			Summary string `json:"external-execution-summary"`
		} `json:"execution-result"`
	}
	_ = json.Unmarshal(e.Detail, &d) // an event without such a detail has an empty row
	row := eventRow{time: e.Time, of: "Pipeline", name: d.Pipeline, state: d.State, result: firstLine(d.Result.Summary)}
	switch {
	case e.DetailType == events.PenstockInbound:
		row.of, row.name, row.state = "Stage", d.Stage, "INBOUND"
		if d.Behind != "" {
			row.result = "behind execution " + ShortID(d.Behind)
		}
	case d.Action != "":
		row.of, row.name = "Action", d.Stage+"/"+d.Action
	case d.Stage != "":
		row.of, row.name = "Stage", d.Stage
	}
	row.name = Clean(row.name)
	return row
}

func eventPaint(state string) paint {
	switch state {
	case "SUCCEEDED":
		return good
	case "STARTED", "RESUMED", "INBOUND", "STOPPING":
		return plain
	}
	return paintOf(strings.ToLower(state))
}
