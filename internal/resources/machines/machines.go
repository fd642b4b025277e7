// Package machines compiles the state machines of a pipeline for package resources. It is apart from that: functions take
// names and policies from there, and compile nothing.
package machines

import (
	"fmt"

	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

// Compile is a resources.Compile. The error tells what cannot be compiled.
func Compile(d *pipeline.Pipeline) ([]resources.Part, error) {
	compiled, err := statemachines.Compile(d)
	if err != nil {
		return nil, fmt.Errorf("compile pipeline %q: %w", d.Name.Value, err)
	}
	parts := make([]resources.Part, 0, len(compiled))
	for i, part := range compiled {
		definition, err := part.Machine.MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("write state machine %d of pipeline %q: %w", i+1, d.Name.Value, err)
		}
		parts = append(parts, resources.Part{Stages: part.Stages, Definition: definition})
	}
	return parts, nil
}
