package asl

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// maxDelaySeconds is Step Functions' limit on the field of that name: less than a leap year.
const maxDelaySeconds = 31622399

// state checks the fields of one state against each other.
func (v *validator) state(s State, at string) {
	if t := transitionOf(s); t != nil {
		v.transition(t, at)
	}
	v.markers(s, at)
	switch s := s.(type) {
	case *Task:
		v.task(s, at)
	case *Choice:
		v.choice(s, at)
	case *Parallel:
		v.parallel(s, at)
	case *Map:
		v.mapState(s, at)
	case *Wait:
		v.wait(s, at)
	}
	for _, branch := range inner(s, at) {
		v.scope(branch)
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
	v.credentials(t.Credentials, join(at, "Credentials"))
	v.arguments(t.Arguments, at)
	v.seconds(t.TimeoutSeconds, join(at, "TimeoutSeconds"))
	v.seconds(t.HeartbeatSeconds, join(at, "HeartbeatSeconds"))
	if t.TimeoutSeconds.Value > 0 && t.HeartbeatSeconds.Value >= t.TimeoutSeconds.Value {
		v.problems.add(join(at, "HeartbeatSeconds"), msgHeartbeat())
	}
	v.handlers(t.Retry, t.Catch, at)
}

func (v *validator) credentials(credentials Object, at string) {
	if credentials == nil {
		return
	}
	role, _ := credentials.Get("RoleArn")
	if text, _ := role.(string); text == "" {
		v.problems.add(join(at, "RoleArn"), msgWant("a role's ARN or an expression {% %}", role))
	}
	for _, m := range credentials {
		if m.Name != "RoleArn" {
			v.problems.add(join(at, m.Name), msgUnknownField(m.Name))
		}
	}
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
	v.atMost(s.Value, MaxSeconds, at)
}

// atMost checks a number against a limit of Step Functions.
func (v *validator) atMost(n, most int, at string) {
	if n > most {
		v.problems.add(at, msgAtMost(n, most))
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
}

func (v *validator) mapState(m *Map, at string) {
	if text, _ := m.Items.(string); m.Items != nil && !isArray(m.Items) && !IsExpression(text) {
		v.problems.add(join(at, "Items"), msgItems(m.Items))
	}
	v.bounded(m.MaxConcurrency, math.MaxInt32, join(at, "MaxConcurrency"))
	v.bounded(m.ToleratedFailureCount, math.MaxInt32, join(at, "ToleratedFailureCount"))
	v.bounded(m.ToleratedFailurePercentage, 100, join(at, "ToleratedFailurePercentage"))
	v.handlers(m.Retry, m.Catch, at)
}

func isArray(value any) bool {
	_, ok := value.([]any)
	return ok
}

// bounded checks a number from 0 to most, which may be an expression instead. Only a percentage may have a fraction.
func (v *validator) bounded(value any, most float64, at string) {
	n, isNumber := numberOf(value)
	text, isText := value.(string)
	switch {
	case value == nil || isText && IsExpression(text):
	case !isNumber || n < 0 || n > most || n != math.Trunc(n) && most != 100:
		v.problems.add(at, msgBounded(most, value))
	}
}

// numberOf reads a number that a definition holds, be it decoded or built.
func numberOf(value any) (float64, bool) {
	switch n := value.(type) {
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, true
	default:
		return 0, false
	}
}

func (v *validator) wait(w *Wait, at string) {
	if (w.Seconds == nil) == (w.Timestamp == "") {
		v.problems.add(at, msgWaitOne())
	}
	n, isNumber := numberOf(w.Seconds)
	text, _ := w.Seconds.(string)
	switch {
	case w.Seconds == nil || IsExpression(text):
	case !isNumber || n < 0 || n > MaxSeconds || n != math.Trunc(n):
		v.problems.add(join(at, "Seconds"), msgWant(fmt.Sprintf("a whole number from 0 to %d or an expression {%% %%}", MaxSeconds), w.Seconds))
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
	if r.MaxAttempts != nil {
		v.atMost(*r.MaxAttempts, MaxSeconds, join(at, "MaxAttempts"))
	}
	v.atMost(r.IntervalSeconds, MaxSeconds, join(at, "IntervalSeconds"))
	v.atMost(r.MaxDelaySeconds, maxDelaySeconds, join(at, "MaxDelaySeconds"))
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
