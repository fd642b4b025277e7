package engine

import (
	"math"
	"time"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// waitState is a Wait: exactly one of its fields is set.
type waitState struct {
	seconds, timestamp *template
}

// maxWait keeps a wait within what time.Duration holds; Step Functions' own limit on an execution is one year.
const maxWait = 99999999

func (c *compiler) wait(def *asl.Wait) behaviour {
	if def.Seconds != nil {
		return &waitState{seconds: c.template("Seconds", def.Seconds)}
	}
	return &waitState{timestamp: c.template("Timestamp", def.Timestamp)}
}

func (s *waitState) begin(x *execution, f *frame) {
	x.view = view{x: x, frame: f}
	d, fail := s.duration(x, f)
	if fail != nil {
		x.fail(f, fail)
		return
	}
	f.wait = x.arm(f, pendingWait, d)
}

func (s *waitState) duration(x *execution, f *frame) (time.Duration, *failure) {
	if s.timestamp != nil {
		return s.until(x, f)
	}
	v, fail := x.evaluate(f, s.seconds)
	if fail != nil {
		return 0, fail
	}
	n, ok := jsonata.Number(v.Native())
	if !ok || n != math.Trunc(n) || n < 0 || n > maxWait {
		return 0, x.typed(f, s.seconds, "integer", v)
	}
	return time.Duration(n) * time.Second, nil
}

func (s *waitState) until(x *execution, f *frame) (time.Duration, *failure) {
	text, fail := x.evaluateText(f, s.timestamp)
	if fail != nil {
		return 0, fail
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return 0, &failure{
			name: ErrorQueryEvaluation, cause: causeInState(f, causeTimestamp(text)),
			location: "Timestamp", parsed: true,
		}
	}
	return max(at.Sub(x.now), 0), nil
}
