package local

import (
	"context"
	"fmt"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Garbage is what nothing needs any more in a state directory. Records are never part of it, nor is what was deployed.
type Garbage struct {
	// Expired are the executions that lose something, by pipeline and newest first.
	Expired []Expired
	// Stray are artifacts that no record names: their process was killed before it wrote the record.
	Stray []Stored
	// Unfinished is how many bytes lie in folders of builds and in files that a killed process did not finish.
	Unfinished int64
	// Kept is how many executions keep artifacts, Open how many of all have not ended, and so may still be taken up.
	Kept, Open int
}

// Expired is an execution without whose artifacts, and logs where asked for, one can do. Logs is their size in bytes.
type Expired struct {
	*execution.Execution
	Artifacts []Stored
	Logs      int64
}

// Stored is an artifact in the state directory: its name, if a record has one, and how many bytes its file has.
type Stored struct {
	Name  string
	At    artifact.Location
	Bytes int64
}

// Bytes is the size of what the execution loses.
func (e Expired) Bytes() int64 { return size(e.Artifacts) + e.Logs }

func size(all []Stored) (total int64) {
	for _, s := range all {
		total += s.Bytes
	}
	return total
}

// Bytes is the size of all of it.
func (g *Garbage) Bytes() int64 {
	total := size(g.Stray) + g.Unfinished
	for _, e := range g.Expired {
		total += e.Bytes()
	}
	return total
}

// RemoveGarbage removes what FindGarbage has found. It can be killed at any moment: what it has left is found again.
func (p *Platform) RemoveGarbage(ctx context.Context, g *Garbage) error {
	err := p.sweep()
	for _, e := range g.Expired {
		if err == nil {
			err = p.removeStored(ctx, e.Artifacts)
		}
		if err == nil && e.Logs > 0 {
			err = p.logs.Remove(e.PipelineExecutionID)
		}
	}
	if err == nil {
		err = p.removeStored(ctx, g.Stray)
	}
	if err != nil {
		return fmt.Errorf("remove what is not needed from %s: %w", p.state.dir, err)
	}
	return nil
}

func (p *Platform) removeStored(ctx context.Context, all []Stored) error {
	for _, s := range all {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := p.objects.Remove(ctx, s.At); err != nil {
			return err
		}
	}
	return nil
}
