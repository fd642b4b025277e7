package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
)

// lookup finds an execution by its identity or the beginning of it; without one, the latest.
func lookup(ctx context.Context, records *execution.Records, prefix string) (*execution.Execution, error) {
	all, err := executions(ctx, records)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, withHelp(fmt.Errorf("nothing has run here yet"), "run a pipeline: penstock run FILE")
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

// executions lists every execution of a state directory, newest first.
func executions(ctx context.Context, records *execution.Records) ([]*execution.Execution, error) {
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
