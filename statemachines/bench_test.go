package statemachines_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

// BenchmarkCompile compiles pipelines of growing size; ns/action stays level where compiling is linear in actions. A
// thousand actions are CodePipeline's limit and more than one machine may hold: every pass runs, the last one refuses.
func BenchmarkCompile(b *testing.B) {
	for _, size := range []int{10, 100, 1000} {
		p := wide(size)
		b.Run(fmt.Sprintf("%d actions", size), func(b *testing.B) {
			for b.Loop() {
				var limit *statemachines.LimitError
				if _, err := statemachines.Compile(p); err != nil && !errors.As(err, &limit) {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/action")
		})
	}
}

// wide is a pipeline whose stages have ten actions, in groups of two, each reading what a source made.
func wide(size int) *pipeline.Pipeline {
	text := func(s string) pipeline.Text { return pipeline.Text{Value: s} }
	p := &pipeline.Pipeline{Name: text("wide"), Stages: []pipeline.Stage{{
		Name: text("Source"),
		Actions: []pipeline.Action{{
			Name: text("Checkout"), Namespace: text("Src"), ActionTypeID: actionType("Source", "S3"),
			OutputArtifacts: []pipeline.OutputArtifact{{Name: text("Source")}},
		}},
	}}}
	for i := range size - 1 {
		values := "#{Src.VersionId}"
		if i >= 10 {
			values += fmt.Sprintf(" #{ns-%d.V}", i-10)
		}
		if i%10 == 0 {
			p.Stages = append(p.Stages, pipeline.Stage{Name: text(fmt.Sprintf("Stage%d", i/10))})
		}
		stage := &p.Stages[len(p.Stages)-1]
		stage.Actions = append(stage.Actions, pipeline.Action{
			Name: text(fmt.Sprintf("Action%d", i)), RunOrder: pipeline.Number{Set: true, Value: 1 + i%10/2},
			Namespace: text(fmt.Sprintf("ns-%d", i)), ActionTypeID: actionType("Build", "CodeBuild"),
			InputArtifacts:  []pipeline.Text{text("Source")},
			OutputArtifacts: []pipeline.OutputArtifact{{Name: text(fmt.Sprintf("Out%d", i))}},
			Configuration: []pipeline.Property{
				{Key: text("ProjectName"), Value: text("project")},
				{Key: text("EnvironmentVariables"), Value: text(`[{"name":"A","value":"` + values + `"}]`)},
			},
		})
	}
	return p
}
