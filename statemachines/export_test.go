package statemachines

import "github.com/penstock-ci/penstock/pipeline"

// CompileInto is Compile where a machine may write only so many history events: pipelines of a few actions come in parts.
func CompileInto(p *pipeline.Pipeline, mostEvents int) ([]Part, error) {
	most := capacity
	most.events = mostEvents
	f, err := compileWithin(p, most, passFigures)
	if err != nil {
		return nil, err
	}
	return f.result(), nil
}
