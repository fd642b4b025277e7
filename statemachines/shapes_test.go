package statemachines_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// shape is a way in which pipelines differ that the machine shows.
type shape struct {
	name string
	has  func(p *pipeline.Pipeline) bool
}

// everyShape wants definitions to have every shape between them.
func everyShape(t *testing.T, all []definition) {
	t.Helper()
	for _, s := range shapes() {
		count := 0
		for _, d := range all {
			if s.has(d.pipeline) {
				count++
			}
		}
		t.Logf("%3d %s", count, s.name)
		if count == 0 {
			t.Errorf("no pipeline has %s", s.name)
		}
	}
}

func shapesOf(p *pipeline.Pipeline) []string {
	var names []string
	for _, s := range shapes() {
		if s.has(p) {
			names = append(names, s.name)
		}
	}
	return names
}

// shapes are all of them: the comparison of engines covers each.
func shapes() []shape {
	return slices.Concat(shapesOfStages(), shapesOfActions(), shapesOfData())
}

func shapesOfStages() []shape {
	group := func(size func(int) bool) func(*pipeline.Pipeline) bool {
		return anyStage(func(s *pipeline.Stage) bool {
			return slices.ContainsFunc(s.Groups(), func(g []*pipeline.Action) bool { return size(len(g)) })
		})
	}
	return []shape{
		{"two stages", func(p *pipeline.Pipeline) bool { return len(p.Stages) == 2 }},
		{"three to five stages", func(p *pipeline.Pipeline) bool { return len(p.Stages) > 2 && len(p.Stages) < 6 }},
		{"six or more stages", func(p *pipeline.Pipeline) bool { return len(p.Stages) >= 6 }},
		{"lone action", group(func(n int) bool { return n == 1 })},
		{"group of two", group(func(n int) bool { return n == 2 })},
		{"group of three", group(func(n int) bool { return n == 3 })},
		{"group of four or more", group(func(n int) bool { return n >= 4 })},
		{"lone actions in a row in one stage", rows(func(before, after int) bool { return before == 1 && after == 1 })},
		{"group after a lone action", rows(func(before, after int) bool { return before == 1 && after > 1 })},
		{"lone action after a group", rows(func(before, after int) bool { return before > 1 && after == 1 })},
		{"group after a group", rows(func(before, after int) bool { return before > 1 && after > 1 })},
		{"conditions before a stage", anyStage(func(s *pipeline.Stage) bool { return s.BeforeEntry != nil })},
		{"conditions on success of a stage", anyStage(func(s *pipeline.Stage) bool { return s.OnSuccess != nil })},
		{"conditions on failure of a stage", anyStage(func(s *pipeline.Stage) bool { return s.OnFailure != nil })},
		{"conditions with several rules", anyStage(func(s *pipeline.Stage) bool {
			return slices.ContainsFunc(slices.Collect(maps.Values(rulesOf(s))), func(rules []pipeline.Rule) bool { return len(rules) > 1 })
		})},
		{"stages that may be skipped", anyStage(func(s *pipeline.Stage) bool {
			return s.BeforeEntry != nil && slices.ContainsFunc(s.BeforeEntry.Conditions, func(c pipeline.Condition) bool { return c.Result.Value == "SKIP" })
		})},
	}
}

// rows finds stages in which groups of two sizes follow one another.
func rows(sizes func(before, after int) bool) func(*pipeline.Pipeline) bool {
	return anyStage(func(s *pipeline.Stage) bool {
		groups := s.Groups()
		for i := 1; i < len(groups); i++ {
			if sizes(len(groups[i-1]), len(groups[i])) {
				return true
			}
		}
		return false
	})
}

func shapesOfActions() []shape {
	all := []shape{
		{"several sources", func(p *pipeline.Pipeline) bool { return len(p.Stages[0].Actions) > 1 }},
		{"action type that calls back", anyAction(func(a *pipeline.Action) bool {
			row, known := pipeline.LookupActionType(a.ActionTypeID)
			return known && row.CallsBack()
		})},
		{"action type that answers at once", anyAction(func(a *pipeline.Action) bool {
			row, known := pipeline.LookupActionType(a.ActionTypeID)
			return known && !row.CallsBack()
		})},
		{"condition of an action", anyAction(func(a *pipeline.Action) bool { return len(a.When) > 0 })},
		{"custom action type", anyAction(func(a *pipeline.Action) bool {
			_, known := pipeline.LookupActionType(a.ActionTypeID)
			return !known
		})},
	}
	for _, category := range []string{"Source", "Build", "Test", "Deploy", "Approval", "Invoke", "Compute"} {
		all = append(all, shape{"category " + category, anyAction(func(a *pipeline.Action) bool {
			return a.ActionTypeID.Category.Value == category
		})})
	}
	return all
}

func shapesOfData() []shape {
	return []shape{
		{"several input artifacts", anyAction(func(a *pipeline.Action) bool { return len(a.InputArtifacts) > 1 })},
		{"several output artifacts", anyAction(func(a *pipeline.Action) bool { return len(a.OutputArtifacts) > 1 })},
		{"outputs of a group", anyStage(func(s *pipeline.Stage) bool {
			return slices.ContainsFunc(s.Groups(), func(g []*pipeline.Action) bool {
				return len(g) > 1 && slices.ContainsFunc(g, func(a *pipeline.Action) bool { return len(a.OutputArtifacts) > 0 })
			})
		})},
		{"variables of a namespace", reads(func(r pipeline.Reference) bool {
			return r.Namespace != "variables" && r.Namespace != "codepipeline"
		})},
		{"variables of the pipeline", reads(func(r pipeline.Reference) bool { return r.Namespace == "variables" })},
		{"variables of the execution", reads(func(r pipeline.Reference) bool { return r.Namespace == "codepipeline" })},
		{"placeholders of a template", anyAction(func(a *pipeline.Action) bool {
			return slices.ContainsFunc(a.Configuration, func(c pipeline.Property) bool { return len(c.Value.Placeholders) > 0 })
		})},
		{"settings beside ASCII", anyAction(func(a *pipeline.Action) bool {
			return slices.ContainsFunc(a.Configuration, func(c pipeline.Property) bool {
				return strings.ContainsFunc(c.Value.Value, func(r rune) bool { return r > unicode.MaxASCII })
			})
		})},
		{"names that are shortened", func(p *pipeline.Pipeline) bool {
			return slices.ContainsFunc(actionsOf(p), func(id string) bool { return len([]rune(id)) > asl.MaxNameLength })
		}},
		{"references in commands", anyAction(func(a *pipeline.Action) bool {
			return slices.ContainsFunc(a.Commands, refers)
		})},
		{"references in variables of the environment", anyAction(func(a *pipeline.Action) bool {
			return slices.ContainsFunc(a.EnvironmentVariables, func(v pipeline.EnvironmentVariable) bool { return refers(v.Value) })
		})},
		{"no settings", anyAction(func(a *pipeline.Action) bool { return len(a.Configuration) == 0 })},
	}
}

// anyStage finds pipelines with a stage.
func anyStage(has func(*pipeline.Stage) bool) func(*pipeline.Pipeline) bool {
	return func(p *pipeline.Pipeline) bool {
		for i := range p.Stages {
			if has(&p.Stages[i]) {
				return true
			}
		}
		return false
	}
}

// anyAction finds pipelines with an action.
func anyAction(has func(*pipeline.Action) bool) func(*pipeline.Pipeline) bool {
	return anyStage(func(s *pipeline.Stage) bool {
		for i := range s.Actions {
			if has(&s.Actions[i]) {
				return true
			}
		}
		return false
	})
}

func refers(text pipeline.Text) bool { return len(pipeline.References(text.Value)) > 0 }

// reads finds settings with a reference.
func reads(has func(pipeline.Reference) bool) func(*pipeline.Pipeline) bool {
	return anyAction(func(a *pipeline.Action) bool {
		return slices.ContainsFunc(a.Configuration, func(c pipeline.Property) bool {
			return slices.ContainsFunc(pipeline.References(c.Value.Value), has)
		})
	})
}
