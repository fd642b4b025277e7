package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/execution"
)

// lookup finds an execution by its identity or the beginning of it; without one, the latest.
func lookup(ctx context.Context, records runs, prefix string) (*execution.Execution, error) {
	all, err := executions(ctx, records)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, nothingRan()
	}
	if prefix == "" {
		return all[0], nil
	}
	matches := slices.DeleteFunc(slices.Clone(all), func(e *execution.Execution) bool {
		return !strings.HasPrefix(e.PipelineExecutionID, strings.ToLower(prefix))
	})
	switch len(matches) {
	case 0:
		return nil, withHelp(fmt.Errorf("there is no execution %q here", prefix), "the latest are %s", names(all))
	case 1:
		return matches[0], nil
	}
	return nil, withHelp(fmt.Errorf("%d executions begin with %q", len(matches), prefix), "name one of %s", names(matches))
}

var errNothingRan = errors.New("nothing has run here yet")

func nothingRan() error { return withHelp(errNothingRan, "run a pipeline: penstock run FILE") }

// lookupExecutions lists the executions of one pipeline, or where none is named of all, newest first. There is one.
func lookupExecutions(ctx context.Context, records runs, name string) ([]*execution.Execution, error) {
	all, err := executions(ctx, records)
	if err != nil {
		return nil, err
	}
	if name != "" {
		if _, _, err := lookupPipeline(ctx, records, name); err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(e *execution.Execution) bool { return e.PipelineName != name })
	}
	if len(all) == 0 {
		return nil, nothingRan()
	}
	return all, nil
}

// lookupPipeline finds a registered pipeline by its name, or where none is given the one that ran last; others are
// those beside it.
func lookupPipeline(ctx context.Context, records runs, name string) (found string, others []string, err error) {
	registered, err := records.ListPipelines(ctx)
	if err != nil {
		return "", nil, err
	}
	if len(registered) == 0 {
		return "", nil, nothingRan()
	}
	if name == "" {
		if name, err = latestPipeline(ctx, records, registered); err != nil {
			return "", nil, err
		}
	}
	others = slices.DeleteFunc(slices.Clone(registered), func(other string) bool { return other == name })
	if len(others) < len(registered) {
		return name, others, nil
	}
	err = fmt.Errorf("there is no pipeline %q here", name)
	if nearest, ok := diag.Nearest(name, registered); ok {
		return "", nil, withHelp(err, "did you mean %q?", nearest)
	}
	return "", nil, withHelp(err, "those that ran here are %s", strings.Join(registered, ", "))
}

// latestPipeline is the pipeline that ran last; where a process ended before anything ran, the first one.
func latestPipeline(ctx context.Context, records runs, registered []string) (string, error) {
	all, err := executions(ctx, records)
	if err != nil || len(all) == 0 {
		return registered[0], err
	}
	return all[0].PipelineName, nil
}

// executions lists every execution of a side, newest first.
func executions(ctx context.Context, records runs) ([]*execution.Execution, error) {
	pipelines, err := records.ListPipelines(ctx)
	if err != nil {
		return nil, err
	}
	var all []*execution.Execution
	for _, name := range pipelines {
		found, err := records.ListPipelineExecutions(ctx, name, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b *execution.Execution) int { return b.StartTime.Compare(a.StartTime) })
	return all, nil
}

const mostNames = 5

// names lists a few executions in short.
func names(list []*execution.Execution) string {
	var out []string
	for _, e := range list[:min(len(list), mostNames)] {
		out = append(out, view.ShortID(e.PipelineExecutionID)+" ("+e.PipelineName+", "+string(e.Status)+")")
	}
	return strings.Join(out, ", ")
}
