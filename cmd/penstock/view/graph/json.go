package graph

import "github.com/penstock-ci/penstock/pipeline"

// JSON is the twin of a picture for programs. Its members are named as the definition names them.
type JSON struct {
	Pipeline      string      `json:"pipeline"`
	PipelineType  string      `json:"pipelineType,omitempty"`
	ExecutionMode string      `json:"executionMode"`
	Triggers      []string    `json:"triggers,omitempty"`
	Stages        []StageJSON `json:"stages"`
}

// StageJSON is one stage; its actions are in the order in which they run.
type StageJSON struct {
	Name       string       `json:"name"`
	Conditions []string     `json:"conditions,omitempty"`
	Actions    []ActionJSON `json:"actions"`
}

// ActionJSON is one action.
type ActionJSON struct {
	Name            string   `json:"name"`
	ActionType      string   `json:"actionTypeId"`
	RunOrder        int      `json:"runOrder"`
	InputArtifacts  []string `json:"inputArtifacts"`
	OutputArtifacts []string `json:"outputArtifacts"`
	Namespace       string   `json:"namespace,omitempty"`
	When            []string `json:"when,omitempty"`
	VariablesRead   []string `json:"variablesRead,omitempty"`
}

// JSONOf is the JSON twin of Of.
func JSONOf(p *pipeline.Pipeline) JSON {
	d := Of(p)
	out := JSON{Pipeline: d.Name, PipelineType: d.Type, ExecutionMode: d.Mode, Triggers: d.Triggers, Stages: []StageJSON{}}
	for i, stage := range d.Stages {
		s := StageJSON{Name: stage.Name, Actions: []ActionJSON{}}
		for _, c := range stage.Conditions {
			s.Conditions = append(s.Conditions, c.String())
		}
		for _, group := range p.Stages[i].Groups() {
			for _, a := range group {
				s.Actions = append(s.Actions, actionJSON(a))
			}
		}
		out.Stages = append(out.Stages, s)
	}
	return out
}

func actionJSON(a *pipeline.Action) ActionJSON {
	action := actionOf(a)
	return ActionJSON{
		Name: action.Name, ActionType: a.ActionTypeID.String(), RunOrder: a.RunOrderOrDefault(),
		InputArtifacts: append([]string{}, action.Inputs...), OutputArtifacts: append([]string{}, action.Outputs...),
		Namespace: action.Namespace, When: action.When, VariablesRead: action.Reads,
	}
}
