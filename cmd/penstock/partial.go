package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// partFlags say which part of a pipeline runs.
type partFlags struct {
	until       string // a stage
	from, stage string // an execution, and the stage to begin with
}

func (f *partFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.until, "until", "", "go no further than `STAGE`")
	cmd.Flags().StringVar(&f.stage, "stage", "", "begin with `STAGE`, and reuse what an earlier execution made before it")
	cmd.Flags().StringVar(&f.from, "from", "", "with --stage, reuse what `EXECUTION` made; else the newest that came so far")
}

// validate refuses stages that the pipeline does not have, and revisions where no source is fetched.
func (f *partFlags) validate(cmd *cobra.Command, p *pipeline.Pipeline, revisions bool) error {
	names := stageNames(p)
	for _, flag := range [][2]string{{"until", f.until}, {"stage", f.stage}} {
		name := flag[1]
		if name == "" || slices.Contains(names, name) {
			continue
		}
		message := fmt.Sprintf("pipeline %q has no stage %q for --%s", p.Name.Value, name, flag[0])
		if nearest, ok := diag.Nearest(name, names); ok {
			return usage(cmd, message, fmt.Sprintf("did you mean %q?", nearest))
		}
		return usage(cmd, message, "it has "+strings.Join(names, ", "))
	}
	switch {
	case f.stage != "" && f.stage != names[0] && revisions:
		return usage(cmd, fmt.Sprintf("--revision has no part in a run that begins with stage %s: nothing is fetched", f.stage), "leave one of them out")
	case f.from != "" && f.stage == "":
		return usage(cmd, "--from needs the stage to begin with", "add --stage STAGE, one of "+strings.Join(names, ", "))
	case f.until != "" && f.stage != "" && slices.Index(names, f.until) < slices.Index(names, f.stage):
		return usage(cmd, fmt.Sprintf("--until %s comes before --stage %s", f.until, f.stage), "the stages are "+strings.Join(names, ", "))
	}
	return nil
}

// last is the stage to go no further than; empty where that is the last of the pipeline.
func (f *partFlags) last(p *pipeline.Pipeline) string {
	if names := stageNames(p); f.until == names[len(names)-1] {
		return ""
	}
	return f.until
}

// among are those of some actions, STAGE/ACTION, whose stage is in the part.
func (f *partFlags) among(p *pipeline.Pipeline, actions []string) []string {
	names := stageNames(p)
	if f.stage != "" {
		names = names[slices.Index(names, f.stage):]
	}
	if f.until != "" {
		names = names[:slices.Index(names, f.until)+1]
	}
	return slices.DeleteFunc(slices.Clone(actions), func(action string) bool {
		stage, _, _ := strings.Cut(action, "/")
		return !slices.Contains(names, stage)
	})
}

func stageNames(p *pipeline.Pipeline) []string {
	var names []string
	for i := range p.Stages {
		names = append(names, p.Stages[i].Name.Value)
	}
	return names
}

// reuse finds the execution that is reused, where a stage to begin with is given.
func (f *partFlags) reuse(ctx context.Context, records *execution.Records, p *pipeline.Pipeline) (*execution.Reuse, error) {
	if f.from != "" {
		e, err := lookup(ctx, records, f.from)
		if err != nil {
			return nil, err
		}
		return &execution.Reuse{PipelineExecutionID: e.PipelineExecutionID, StageName: f.stage}, nil
	}
	all, err := records.ListPipelineExecutions(ctx, p.Name.Value, 0)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if f.comesFrom(e) {
			return &execution.Reuse{PipelineExecutionID: e.PipelineExecutionID, StageName: f.stage}, nil
		}
	}
	return nil, withHelp(fmt.Errorf("no execution of %s has come to stage %s yet", p.Name.Value, f.stage), "run the pipeline without --stage")
}

// comesFrom says whether an execution came to the stage.
func (f *partFlags) comesFrom(e *execution.Execution) bool {
	wanted := slices.Index(e.Stages, f.stage)
	return wanted >= 0 && (slices.Index(e.Stages, e.CurrentStage) >= wanted || wanted == 0 ||
		slices.Index(e.Stages, e.CurrentStage) == wanted-1 && (e.ReachedUntil() || e.Inbound != nil))
}

// explainReuse says what to do where an execution cannot be reused.
func (r *running) explainReuse(err error) error {
	var e *execution.Error
	if r.request.part.stage == "" || !errors.As(err, &e) || e.Name != execution.StageNotRetryable {
		return err
	}
	return withHelp(err, "begin with an earlier stage, or see what ran: %s", r.prepared.place.command(r.process, "executions"))
}

// performed are the action executions that a run has performed itself.
func performed(all []*execution.Action) []*execution.Action {
	return slices.DeleteFunc(slices.Clone(all), func(a *execution.Action) bool { return a.ReusedFrom != "" })
}

// reusing says what a run reuses.
func reusing(from *execution.Reuse) string {
	return fmt.Sprintf("what comes before stage %s is that of execution %s", from.StageName, view.ShortID(from.PipelineExecutionID))
}
