package execution

import (
	"context"
	"encoding/json"
	"fmt"
)

// RegisterPipeline stores a definition as the newest version of its pipeline and returns it with its number. One that
// equals the newest version by digest is not stored again.
func (r *Records) RegisterPipeline(ctx context.Context, d Definition) (Definition, error) {
	latest, err := r.latestDefinition(ctx, d.PipelineName)
	if err != nil {
		return Definition{}, err
	}
	if latest.Digest == d.Digest {
		return latest, nil
	}
	d.Version = latest.Version + 1
	d.Registered = r.clock.Now().UTC()
	named := Key{pipelinesPartition, d.PipelineName}
	was, err := r.table.Get(ctx, named)
	if err != nil {
		return Definition{}, fmt.Errorf("read pipeline %s: %w", d.PipelineName, err)
	}
	pointer := digestKey(d.PipelineName, d.Digest)
	earlier, err := r.table.Get(ctx, pointer)
	if err != nil {
		return Definition{}, fmt.Errorf("read pipeline %s: %w", d.PipelineName, err)
	}
	var w writer
	w.put(Item{}, definitionKey(d.PipelineName, d.Version), d, false)
	w.put(earlier, pointer, d.Version, true)
	w.put(was, named, d.Version, true)
	if err := r.write(ctx, "", &w, nil); err != nil {
		return Definition{}, fmt.Errorf("register pipeline %s: %w", d.PipelineName, err)
	}
	return d, nil
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

// GetPipeline returns a registered version of a pipeline's definition, version 0 being the newest.
func (r *Records) GetPipeline(ctx context.Context, name string, version int) (Definition, error) {
	latest, err := r.latestDefinition(ctx, name)
	switch {
	case err != nil:
		return Definition{}, err
	case latest.Version == 0:
		return Definition{}, noPipeline(name)
	case version == 0 || version == latest.Version:
		return latest, nil
	}
	var d Definition
	err = r.get(ctx, definitionKey(name, version), &d, errorf(NotFound, "PipelineVersionNotFoundException",
		"pipeline %q has no version %d, its newest is %d", name, version, latest.Version))
	return d, err
}

func noPipeline(name string) *Error {
	return errorf(NotFound, "PipelineNotFoundException", "there is no pipeline %q", name)
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
