package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// chain is a machine of n states in a row: a Pass with one Assign expression, then a Choice with one condition, and
// so on.
func chain(n int) *asl.StateMachine {
	m := &asl.StateMachine{QueryLanguage: asl.JSONata, StartAt: "S0"}
	for i := range n {
		next := fmt.Sprintf("S%d", i+1)
		if i%2 == 0 {
			m.States.Add(fmt.Sprintf("S%d", i), &asl.Pass{
				Data:       asl.Data{Assign: asl.Object{asl.Field("n", asl.Expr("$states.input.start + "+fmt.Sprint(i)))}},
				Transition: asl.Transition{Next: next},
			})
			continue
		}
		m.States.Add(fmt.Sprintf("S%d", i), &asl.Choice{
			Choices: []asl.ChoiceRule{{Condition: asl.Expr("$n > 0"), Next: next}},
			Default: next,
		})
	}
	m.States.Add(fmt.Sprintf("S%d", n), &asl.Succeed{})
	return m
}

// fan is a machine of one Parallel with n branches of one Pass each.
func fan(n int) *asl.StateMachine {
	parallel := &asl.Parallel{Transition: asl.Transition{End: true}}
	for i := range n {
		name := fmt.Sprintf("B%d", i)
		b := asl.Branch{StartAt: name}
		b.States.Add(name, &asl.Pass{
			Data:       asl.Data{Output: asl.Object{asl.Field("branch", i), asl.Field("in", asl.Expr("$states.input.start"))}},
			Transition: asl.Transition{End: true},
		})
		parallel.Branches = append(parallel.Branches, b)
	}
	m := &asl.StateMachine{QueryLanguage: asl.JSONata, StartAt: "P"}
	m.States.Add("P", parallel)
	return m
}

func run(b *testing.B, m *asl.StateMachine) {
	b.Helper()
	e := newEngine(engine.Options{})
	defer e.Close()
	ctx := context.Background()
	n := 0
	for b.Loop() {
		n++
		name := fmt.Sprintf("run-%d", n)
		if err := e.Start(ctx, engine.Execution{Name: name, Machine: m, Input: []byte(`{"start": 1}`)}); err != nil {
			b.Fatal(err)
		}
		result, err := e.Wait(ctx, name)
		if err != nil || result.Status != engine.StatusSucceeded {
			b.Fatal(result, err)
		}
		e.Forget(name)
	}
}

func BenchmarkChain1000(b *testing.B) {
	run(b, chain(1000))
	b.ReportMetric(1001*float64(b.N)/b.Elapsed().Seconds(), "transitions/s")
}

func BenchmarkParallel50(b *testing.B) { run(b, fan(50)) }

func BenchmarkMap100(b *testing.B) {
	items := make([]any, 100)
	for i := range items {
		items[i] = i
	}
	processor := asl.ItemProcessor{Branch: asl.Branch{StartAt: "P"}}
	processor.States.Add("P", &asl.Pass{
		Data:       asl.Data{Output: asl.Object{asl.Field("item", asl.Expr("$states.input")), asl.Field("index", asl.Expr("$states.context.Map.Item.Index"))}},
		Transition: asl.Transition{End: true},
	})
	m := &asl.StateMachine{QueryLanguage: asl.JSONata, StartAt: "M"}
	m.States.Add("M", &asl.Map{Items: items, ItemProcessor: processor, Transition: asl.Transition{End: true}})
	run(b, m)
}
