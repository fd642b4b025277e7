package main

import (
	"encoding/json"

	"github.com/penstock-ci/penstock/events"
)

// eventDetail is what drawing needs of the details of the state-change events.
type eventDetail struct {
	ExecutionID       string `json:"execution-id"`
	Stage             string `json:"stage"`
	ActionExecutionID string `json:"action-execution-id"`
	State             string `json:"state"`
	Behind            string `json:"behind-execution-id"`
}

const started = "STARTED"

// detailOf reads the detail of an event; one of another shape has no execution ID.
func detailOf(e *events.Envelope) eventDetail {
	var d eventDetail
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return eventDetail{}
	}
	return d
}
