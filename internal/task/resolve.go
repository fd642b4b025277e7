package task

import (
	"context"
	"fmt"

	"github.com/penstock-ci/penstock/events"
)

// resolver puts the values of variables that a machine carries by reference into its texts.
type resolver struct {
	ctx         context.Context
	handlers    *Handlers
	executionID string
	err         error
}

// resolve completes the texts of an input. A reference to a variable that no record of this execution has is an error.
func (h *Handlers) resolve(ctx context.Context, in *events.TaskInput) error {
	r := resolver{ctx: ctx, handlers: h, executionID: in.PipelineExecutionID}
	if a := in.Action; a != nil {
		r.settings(a.Configuration)
		r.texts(a.Commands)
		for i := range a.EnvironmentVariables {
			r.text(&a.EnvironmentVariables[i].Value)
		}
	}
	if in.Rule != nil {
		r.settings(in.Rule.Configuration)
		r.texts(in.Rule.Commands)
	}
	if in.When != nil {
		for i := range in.When.Checks {
			r.text(&in.When.Checks[i].Variable)
			r.text(&in.When.Checks[i].Value)
		}
	}
	return r.err
}

// settings completes a configuration, in which values may be JSON.
func (r *resolver) settings(values map[string]string) {
	for key, value := range values {
		if r.err == nil {
			values[key], r.err = events.ResolveSetting(value, r.value)
		}
	}
}

func (r *resolver) texts(texts []string) {
	for i := range texts {
		r.text(&texts[i])
	}
}

func (r *resolver) text(text *string) {
	if r.err == nil {
		*text, r.err = events.ResolveVariables(*text, r.value)
	}
}

func (r *resolver) value(v events.VariableReference) (string, error) {
	if v.ActionExecutionID == r.executionID {
		return r.given(v.Name)
	}
	a, err := r.handlers.records.Action(r.ctx, r.executionID, v.ActionExecutionID)
	if err != nil {
		return "", fmt.Errorf("read output variable %q: %w", v.Name, err)
	}
	value, ok := a.OutputVariables[v.Name]
	if !ok {
		return "", &Error{Name: "InvalidInput", Cause: fmt.Sprintf("action %s of stage %s has set no output variable %q", a.ActionName, a.StageName, v.Name)}
	}
	return value, nil
}

// given is the value of a variable of the pipeline.
func (r *resolver) given(name string) (string, error) {
	e, err := r.handlers.records.Execution(r.ctx, r.executionID)
	if err != nil {
		return "", fmt.Errorf("read variable %q: %w", name, err)
	}
	value, ok := e.Variables[name]
	if !ok {
		return "", &Error{Name: "InvalidInput", Cause: fmt.Sprintf("the pipeline execution has no variable %q", name)}
	}
	return value, nil
}
