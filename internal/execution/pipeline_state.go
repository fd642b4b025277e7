package execution

import (
	"context"
	"time"

	"github.com/penstock-ci/penstock/pipeline"
)

// PipelineState is what GetPipelineState answers: the stages of a pipeline's latest registered definition, each with
// what happened last in it. Updated is when that definition was registered.
type PipelineState struct {
	PipelineName string
	Version      int
	Updated      time.Time
	Stages       []StageState
}

// StageState is one stage and its latest stage execution, nil where no pipeline execution has entered it.
type StageState struct {
	Name    string
	Latest  *Stage
	Actions []ActionState
	// Inbound are the executions that wait in front of the stage.
	Inbound []Claim
}

// ActionState is one action and its latest action execution, nil where it never began. That may be of an earlier
// pipeline execution than the stage's latest.
type ActionState struct {
	Name   string
	Latest *Action
}

// GetPipelineState returns the state of a registered pipeline; one that is not registered is NotFound.
func (r *Records) GetPipelineState(ctx context.Context, name string) (PipelineState, error) {
	d, err := r.GetPipeline(ctx, name, 0)
	if err != nil {
		return PipelineState{}, err
	}
	p, _ := pipeline.Parse(name, d.Source) // it was checked before it was registered
	s := PipelineState{PipelineName: name, Version: d.Version, Updated: d.Registered, Stages: declared(p)}
	executions, err := r.ListPipelineExecutions(ctx, name, 0)
	if err != nil {
		return PipelineState{}, err
	}
	for i := range s.Stages {
		lock, err := r.StageLock(ctx, name, s.Stages[i].Name)
		if err != nil {
			return PipelineState{}, err
		}
		s.Stages[i].Inbound = lock.Inbound
	}
	for _, e := range executions {
		if s.complete() {
			break // whatever started earlier is no longer the latest of anything
		}
		if err := r.fill(ctx, &s, e); err != nil {
			return PipelineState{}, err
		}
	}
	return s, nil
}

func declared(p *pipeline.Pipeline) []StageState {
	var stages []StageState
	for i := range p.Stages {
		st := StageState{Name: p.Stages[i].Name.Value}
		for j := range p.Stages[i].Actions {
			st.Actions = append(st.Actions, ActionState{Name: p.Stages[i].Actions[j].Name.Value})
		}
		stages = append(stages, st)
	}
	return stages
}

// complete says whether everything has its latest execution.
func (s *PipelineState) complete() bool {
	for _, st := range s.Stages {
		if st.Latest == nil {
			return false
		}
		for _, a := range st.Actions {
			if a.Latest == nil {
				return false
			}
		}
	}
	return true
}

// fill adds what an execution did where none that started later did anything. Executions do not overtake one another,
// so the one that started last is also the one that entered a stage last; where they do, in mode PARALLEL, CodePipeline
// does not answer for its state either.
func (r *Records) fill(ctx context.Context, s *PipelineState, e *Execution) error {
	stages, err := r.Stages(ctx, e)
	if err != nil {
		return err
	}
	actions, err := r.ListActionExecutions(ctx, e.PipelineExecutionID)
	if err != nil {
		return err
	}
	entered, latest := map[string]*Stage{}, map[[2]string]*Action{}
	for _, st := range stages {
		entered[st.Name] = st
	}
	for _, a := range actions { // in the order in which they began: the last attempt stays
		if a.ReusedFrom != "" {
			continue
		}
		latest[[2]string{a.StageName, a.ActionName}] = a
	}
	for i := range s.Stages {
		st := &s.Stages[i]
		if st.Latest == nil {
			st.Latest = entered[st.Name]
		}
		for j := range st.Actions {
			if a := &st.Actions[j]; a.Latest == nil {
				a.Latest = latest[[2]string{st.Name, a.Name}]
			}
		}
	}
	return nil
}
