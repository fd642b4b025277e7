package asl

import (
	"encoding/json"
	"slices"
)

// state checks the fields of one state against each other.
func (v *validator) state(s State, at string) {
	if t := transitionOf(s); t != nil {
		v.transition(t, at)
	}
	switch s := s.(type) {
	case *Task:
		v.task(s, at)
	case *Choice:
		v.choice(s, at)
	case *Parallel:
		v.parallel(s, at)
	case *Wait:
		v.wait(s, at)
	}
}

func (v *validator) transition(t *Transition, at string) {
	switch {
	case t.Next != "" && t.End:
		v.problems.add(at, msgNextAndEnd())
	case t.Next == "" && !t.End:
		v.problems.add(at, msgNoNextNorEnd())
	}
}

func (v *validator) task(t *Task, at string) {
	if t.Resource == "" {
		v.problems.add(join(at, "Resource"), msgMissing())
	}
	v.arguments(t.Arguments, at)
	v.seconds(t.TimeoutSeconds, join(at, "TimeoutSeconds"))
	v.seconds(t.HeartbeatSeconds, join(at, "HeartbeatSeconds"))
	if t.TimeoutSeconds.Value > 0 && t.HeartbeatSeconds.Value >= t.TimeoutSeconds.Value {
		v.problems.add(join(at, "HeartbeatSeconds"), msgHeartbeat())
	}
	v.handlers(t.Retry, t.Catch, at)
}

func (v *validator) arguments(arguments any, at string) {
	switch a := arguments.(type) {
	case nil, Object, map[string]any:
	case string:
		if !IsExpression(a) {
			v.problems.add(join(at, "Arguments"), msgArguments(a))
		}
	default:
		v.problems.add(join(at, "Arguments"), msgArguments(a))
	}
}

func (v *validator) seconds(s Seconds, at string) {
	if s.Value < 0 {
		v.problems.add(at, msgPositive(s.Value))
	}
}

func (v *validator) choice(c *Choice, at string) {
	if len(c.Choices) == 0 {
		v.problems.add(join(at, "Choices"), msgNoRules())
	}
	for i := range c.Choices {
		rule := join(at, index("Choices", i))
		if !isCondition(c.Choices[i].Condition) {
			v.problems.add(join(rule, "Condition"), msgCondition(c.Choices[i].Condition))
		}
		if c.Choices[i].Next == "" {
			v.problems.add(join(rule, "Next"), msgMissing())
		}
	}
}

func isCondition(condition any) bool {
	text, isText := condition.(string)
	_, isBool := condition.(bool)
	return isBool || isText && IsExpression(text)
}

func (v *validator) parallel(p *Parallel, at string) {
	if len(p.Branches) == 0 {
		v.problems.add(join(at, "Branches"), msgNoBranches())
	}
	v.handlers(p.Retry, p.Catch, at)
	for i := range p.Branches {
		b := &p.Branches[i]
		v.scope(scope{path: join(at, index("Branches", i)), startAt: b.StartAt, states: b.States})
	}
}

func (v *validator) wait(w *Wait, at string) {
	if (w.Seconds == nil) == (w.Timestamp == "") {
		v.problems.add(at, msgWaitOne())
	}
	if number, ok := w.Seconds.(json.Number); ok {
		if n, err := number.Int64(); err != nil || n < 0 {
			v.problems.add(join(at, "Seconds"), msgWant("a whole number that is not negative", number))
		}
	}
}

func (v *validator) handlers(retry []Retrier, catch []Catcher, at string) {
	for i := range retry {
		v.retrier(&retry[i], join(at, index("Retry", i)))
		v.errorEquals(retry[i].ErrorEquals, i == len(retry)-1, join(at, index("Retry", i)))
	}
	for i := range catch {
		v.errorEquals(catch[i].ErrorEquals, i == len(catch)-1, join(at, index("Catch", i)))
		if catch[i].Next == "" {
			v.problems.add(join(at, index("Catch", i))+".Next", msgMissing())
		}
	}
}

func (v *validator) errorEquals(names []string, last bool, at string) {
	at = join(at, "ErrorEquals")
	if len(names) == 0 {
		v.problems.add(at, msgErrorEqualsEmpty())
	}
	if !slices.Contains(names, "States.ALL") {
		return
	}
	if len(names) > 1 {
		v.problems.add(at, msgAllAlone())
	}
	if !last {
		v.problems.add(at, msgAllLast())
	}
}

func (v *validator) retrier(r *Retrier, at string) {
	if r.IntervalSeconds < 0 {
		v.problems.add(join(at, "IntervalSeconds"), msgPositive(r.IntervalSeconds))
	}
	if r.MaxAttempts != nil && *r.MaxAttempts < 0 {
		v.problems.add(join(at, "MaxAttempts"), msgNotNegative(*r.MaxAttempts))
	}
	if r.BackoffRate != 0 && r.BackoffRate < 1 {
		v.problems.add(join(at, "BackoffRate"), msgAtLeastOne(r.BackoffRate))
	}
	if r.MaxDelaySeconds != 0 && r.MaxDelaySeconds <= max(r.IntervalSeconds, 1) {
		v.problems.add(join(at, "MaxDelaySeconds"), msgMaxDelay())
	}
	if r.JitterStrategy != "" && r.JitterStrategy != "FULL" && r.JitterStrategy != "NONE" {
		v.problems.add(join(at, "JitterStrategy"), msgJitter(r.JitterStrategy))
	}
}
