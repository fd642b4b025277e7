package execution

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// DigestOf is the digest of a definition: of its source, and of the machines that it was compiled into.
func DigestOf(source []byte, machines []StateMachine) string {
	sum := sha256.New()
	part := func(text []byte) {
		fmt.Fprintln(sum, len(text))
		sum.Write(text)
	}
	part(source)
	for _, m := range machines {
		part(m.Definition)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// RegisterPipeline stores a definition as the newest version of its pipeline and returns it with its number. One that is
// the newest already, with the same role, machines and webhooks, is not stored again; one that was the newest earlier
// becomes it again under another number, so that a deployment can be rolled back. A registration touches no execution:
// each goes on with the definition that it recorded.
func (r *Records) RegisterPipeline(ctx context.Context, d Definition) (Definition, error) {
	var err error
	for range maxAttempts {
		var registered Definition
		if registered, err = r.register(ctx, d); err == nil || CodeOf(err) != Conflict {
			return registered, err
		}
	}
	return Definition{}, err
}

func (r *Records) register(ctx context.Context, d Definition) (Definition, error) {
	named, _, err := r.listed(ctx, d.PipelineName)
	if err != nil {
		return Definition{}, err
	}
	latest, err := r.latestDefinition(ctx, d.PipelineName)
	if err != nil {
		return Definition{}, err
	}
	if named.Revision > 0 && latest.means(d) {
		return latest, nil
	}
	d.Version = latest.Version + 1
	d.Registered = r.clock.Now().UTC()
	pointer := digestKey(d.PipelineName, d.Digest)
	earlier, err := r.table.Get(ctx, pointer)
	if err != nil {
		return Definition{}, fmt.Errorf("read pipeline %s: %w", d.PipelineName, err)
	}
	var w writer
	w.put(Item{}, definitionKey(d.PipelineName, d.Version), d, false)
	w.put(earlier, pointer, d.Version, true)
	w.put(named, named.Key, d.Version, true)
	if err := r.write(ctx, "", &w, nil); err != nil {
		return Definition{}, fmt.Errorf("register pipeline %s: %w", d.PipelineName, err)
	}
	return d, nil
}

// means says whether two definitions are the same but for their number and time.
func (d Definition) means(other Definition) bool {
	sameMachine := func(a, b StateMachine) bool { return a.ARN == b.ARN }
	return d.Digest == other.Digest && d.RoleARN == other.RoleARN &&
		slices.EqualFunc(d.Machines, other.Machines, sameMachine) && slices.EqualFunc(d.Webhooks, other.Webhooks, Webhook.means)
}

// listed returns the item that lists a pipeline, and the number of its newest version; 0 where it is not listed, because
// it was never registered or is deleted.
func (r *Records) listed(ctx context.Context, name string) (Item, int, error) {
	item, err := r.table.Get(ctx, Key{pipelinesPartition, name})
	if err != nil {
		return item, 0, fmt.Errorf("read pipeline %s: %w", name, err)
	}
	item.Key = Key{pipelinesPartition, name}
	if item.Revision == 0 {
		return item, 0, nil
	}
	version := 0
	if err := json.Unmarshal(item.Value, &version); err != nil {
		return item, 0, fmt.Errorf("decode %s %s: %w", item.Partition, item.Sort, err)
	}
	return item, version, nil
}

func (r *Records) latestDefinition(ctx context.Context, pipeline string) (Definition, error) {
	items, err := r.table.Query(ctx, Query{
		Partition: pipelinePartition(pipeline), Prefix: definitionPrefix, Limit: 1, Descending: true,
	})
	if err != nil {
		return Definition{}, fmt.Errorf("read pipeline %s: %w", pipeline, err)
	}
	if len(items) == 0 {
		return Definition{}, nil
	}
	return decodeDefinition(items[0])
}

// GetPipeline returns a registered version of a pipeline's definition, version 0 being the newest. One that is deleted is
// NotFound; the executions that it had find their definitions by digest.
func (r *Records) GetPipeline(ctx context.Context, name string, version int) (Definition, error) {
	_, newest, err := r.listed(ctx, name)
	switch {
	case err != nil:
		return Definition{}, err
	case newest == 0:
		return Definition{}, noPipeline(name)
	case version == 0:
		version = newest
	}
	var d Definition
	err = r.get(ctx, definitionKey(name, version), &d, errorf(NotFound, "PipelineVersionNotFoundException",
		"pipeline %q has no version %d, its newest is %d", name, version, newest))
	return d, err
}

func noPipeline(name string) *Error {
	return errorf(NotFound, "PipelineNotFoundException", "there is no pipeline %q", name)
}

// deletedReason is why executions of a pipeline that is deleted are stopped.
const deletedReason = "the pipeline was deleted"

// DeletePipeline takes a pipeline from the lists and stops its open executions, abandoning their actions, which it returns
// so that the caller ends their work. What has run stays readable by its identity, and a later registration goes on with
// the next version. Deleting a pipeline that is not there is no error. Where an execution could not be stopped the others
// are, and calling it again stops the rest.
func (r *Records) DeletePipeline(ctx context.Context, name string) ([]*Action, error) {
	item, newest, err := r.listed(ctx, name)
	if err != nil {
		return nil, err
	}
	if newest > 0 {
		err := r.table.Write(ctx, []Write{{Key: item.Key, IfRevision: item.Revision, Kind: Delete}})
		if err != nil {
			return nil, fmt.Errorf("delete pipeline %s: %w", name, err)
		}
	}
	open, err := r.OpenExecutions(ctx)
	if err != nil {
		return nil, err
	}
	open = slices.DeleteFunc(open, func(e *Execution) bool { return e.PipelineName != name })
	// The newest first: they wait for older ones, and must not be let in when these go.
	slices.SortFunc(open, func(a, b *Execution) int { return b.StartTime.Compare(a.StartTime) })
	var all []*Action
	var errs []error
	for _, e := range open {
		abandoned, err := r.StopPipelineExecution(ctx, e.PipelineExecutionID, StopTrigger{Reason: deletedReason, Abandon: true})
		all = append(all, abandoned...)
		if err != nil && CodeOf(err) != Conflict {
			errs = append(errs, err)
		}
	}
	return all, errors.Join(errs...)
}

// Definition returns the registered version of a pipeline's definition that has this digest.
func (r *Records) Definition(ctx context.Context, pipeline, digest string) (Definition, error) {
	pointer, err := r.table.Get(ctx, digestKey(pipeline, digest))
	if err != nil {
		return Definition{}, fmt.Errorf("read pipeline %s: %w", pipeline, err)
	}
	if pointer.Revision == 0 {
		return Definition{}, errorf(NotFound, "PipelineVersionNotFoundException",
			"pipeline %q has no registered definition with digest %s", pipeline, digest)
	}
	var version int
	if err := json.Unmarshal(pointer.Value, &version); err != nil {
		return Definition{}, fmt.Errorf("decode %s %s: %w", pointer.Partition, pointer.Sort, err)
	}
	item, err := r.table.Get(ctx, definitionKey(pipeline, version))
	if err != nil {
		return Definition{}, fmt.Errorf("read pipeline %s version %d: %w", pipeline, version, err)
	}
	return decodeDefinition(item)
}

func decodeDefinition(item Item) (Definition, error) {
	var d Definition
	if err := json.Unmarshal(item.Value, &d); err != nil {
		return Definition{}, fmt.Errorf("decode %s %s: %w", item.Partition, item.Sort, err)
	}
	return d, nil
}
