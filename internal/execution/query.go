package execution

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// Execution returns the record of one pipeline execution.
func (r *Records) Execution(ctx context.Context, id string) (*Execution, error) {
	e := &Execution{}
	err := r.get(ctx, executionKey(id), e, errorf(NotFound, "PipelineExecutionNotFoundException", "there is no pipeline execution %q", id))
	if err == nil {
		r.seen(e)
	}
	return e, err
}

// Action returns the record of one action execution.
func (r *Records) Action(ctx context.Context, executionID, actionExecutionID string) (*Action, error) {
	a := &Action{}
	return a, r.get(ctx, actionKey(executionID, actionExecutionID), a,
		errorf(NotFound, "ActionNotFoundException", "there is no action execution %q", actionExecutionID))
}

func (r *Records) get(ctx context.Context, key Key, into any, missing *Error) error {
	item, err := r.table.Get(ctx, key)
	if err != nil {
		return fmt.Errorf("read %s %s: %w", key.Partition, key.Sort, err)
	}
	if item.Revision == 0 {
		return missing
	}
	if err := json.Unmarshal(item.Value, into); err != nil {
		return fmt.Errorf("decode %s %s: %w", key.Partition, key.Sort, err)
	}
	return nil
}

// Stages returns the stages that an execution has entered, in the order of the pipeline.
func (r *Records) Stages(ctx context.Context, e *Execution) ([]*Stage, error) {
	stages, err := list[Stage](ctx, r, Query{Partition: executionPartition(e.PipelineExecutionID), Prefix: stagePrefix})
	slices.SortFunc(stages, func(a, b *Stage) int {
		return cmp.Compare(slices.Index(e.Stages, a.Name), slices.Index(e.Stages, b.Name))
	})
	return stages, err
}

// ListActionExecutions returns the action executions of one pipeline execution, in the order in which they began.
func (r *Records) ListActionExecutions(ctx context.Context, executionID string) ([]*Action, error) {
	actions, err := list[Action](ctx, r, Query{Partition: executionPartition(executionID), Prefix: actionPrefix})
	slices.SortStableFunc(actions, func(a, b *Action) int {
		return cmp.Or(a.StartTime.Compare(b.StartTime), cmp.Compare(a.StageName+"/"+a.ActionName, b.StageName+"/"+b.ActionName))
	})
	return actions, err
}

// ListPipelines returns the names of the registered pipelines, in order.
func (r *Records) ListPipelines(ctx context.Context) ([]string, error) {
	items, err := r.table.Query(ctx, Query{Partition: pipelinesPartition})
	if err != nil {
		return nil, fmt.Errorf("list pipelines: %w", err)
	}
	var names []string
	for _, item := range items {
		names = append(names, item.Sort)
	}
	return names, nil
}

// ListPipelineExecutions returns at most limit executions of a pipeline, newest first; limit 0 means all.
func (r *Records) ListPipelineExecutions(ctx context.Context, pipeline string, limit int) ([]*Execution, error) {
	return r.ListPipelineExecutionsBefore(ctx, pipeline, Claim{}, limit)
}

// ListPipelineExecutionsBefore returns at most limit executions of a pipeline that started before another one, newest
// first; before the zero Claim are all.
func (r *Records) ListPipelineExecutionsBefore(ctx context.Context, pipeline string, before Claim, limit int) ([]*Execution, error) {
	q := Query{Partition: pipelinePartition(pipeline), Prefix: executionPrefix, Limit: limit, Descending: true}
	if before != (Claim{}) {
		q.After = startedKey(pipeline, before.StartTime, before.PipelineExecutionID).Sort
	}
	ids, err := list[string](ctx, r, q)
	if err != nil {
		return nil, err
	}
	return r.executions(ctx, ids)
}

// OpenExecutions returns every execution that has not ended, of any pipeline.
func (r *Records) OpenExecutions(ctx context.Context) ([]*Execution, error) {
	ids, err := list[string](ctx, r, Query{Partition: openPartition})
	if err != nil {
		return nil, err
	}
	return r.executions(ctx, ids)
}

func (r *Records) executions(ctx context.Context, ids []*string) ([]*Execution, error) {
	var out []*Execution
	for _, id := range ids {
		e, err := r.Execution(ctx, *id)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func list[T any](ctx context.Context, r *Records, q Query) ([]*T, error) {
	items, err := r.table.Query(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list %s %s: %w", q.Partition, q.Prefix, err)
	}
	var out []*T
	for _, item := range items {
		value := new(T)
		if err := json.Unmarshal(item.Value, value); err != nil {
			return nil, fmt.Errorf("decode %s %s: %w", item.Partition, item.Sort, err)
		}
		out = append(out, value)
	}
	return out, nil
}
