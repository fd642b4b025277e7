package asl_test

import (
	"fmt"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

// BenchmarkValidate1000 validates a machine of 1,000 Task states with Retry, Catch and Assign.
func BenchmarkValidate1000(b *testing.B) {
	m := large(1000)
	for b.Loop() {
		if problems := m.Validate(); len(problems) > 0 {
			b.Fatal(problems)
		}
	}
}

// BenchmarkDecode1000 reads the same machine.
func BenchmarkDecode1000(b *testing.B) {
	text, err := large(1000).Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := asl.Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func large(n int) *asl.StateMachine {
	m := &asl.StateMachine{QueryLanguage: asl.JSONata, StartAt: "State 1"}
	for i := range n {
		m.States.Add(fmt.Sprint("State ", i+1), &asl.Task{
			Resource:   "arn:aws:states:::lambda:invoke",
			Arguments:  asl.Object{asl.Field("FunctionName", "f"), asl.Field("Payload", asl.Expr("$states.input"))},
			Retry:      []asl.Retrier{{ErrorEquals: []string{"Lambda.TooManyRequestsException"}, IntervalSeconds: 2, BackoffRate: 2}},
			Catch:      []asl.Catcher{{ErrorEquals: []string{"States.ALL"}, Next: "Failed"}},
			Data:       asl.Data{Assign: asl.Object{asl.Field(fmt.Sprint("v", i), asl.Expr("$states.result.Payload"))}},
			Transition: asl.Transition{Next: fmt.Sprint("State ", i+2)},
		})
	}
	m.States.Add(fmt.Sprint("State ", n+1), &asl.Succeed{})
	m.States.Add("Failed", &asl.Fail{Error: "Failed"})
	return m
}
