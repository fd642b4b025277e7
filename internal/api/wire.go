package api

import (
	"math"
	"strconv"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

// timestamp is a time on the wire: epoch seconds with milliseconds, a JSON number.
type timestamp struct{ time.Time }

// MarshalJSON writes 1427245911.525.
func (t timestamp) MarshalJSON() ([]byte, error) {
	const perSecond = 1000
	return strconv.AppendFloat(nil, float64(t.UnixMilli())/perSecond, 'f', -1, 64), nil
}

// UnmarshalJSON reads that.
func (t *timestamp) UnmarshalJSON(text []byte) error {
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err == nil {
		t.Time = time.UnixMilli(int64(math.Round(seconds * 1000)))
	}
	return err
}

type trigger struct {
	Type   string `json:"triggerType"`
	Detail string `json:"triggerDetail"`
}

// standard is the executionType of an execution that is no rollback.
const standard = "STANDARD"

// claimOf is the place of an execution in the order of starts.
func claimOf(e *execution.Execution) execution.Claim {
	return execution.Claim{PipelineExecutionID: e.PipelineExecutionID, StartTime: e.StartTime}
}
