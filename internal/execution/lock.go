package execution

import (
	"context"
	"slices"
	"time"

	"github.com/penstock-ci/penstock/pipeline"
)

// StageLock is the record of the entry to one stage of a pipeline: at most one execution is in the stage, and others wait
// in front of it. An execution in mode PARALLEL takes no lock.
//
// Its commands are arrive and leave. Both only change the lock; what follows for other executions they return as effects,
// which are commands on those.
type StageLock struct {
	PipelineName string `json:"pipelineName"`
	StageName    string `json:"stageName"`
	// Holder is the execution in the stage, or the one that was told it may enter; nil where the stage is free.
	Holder *Claim `json:"holder,omitempty"`
	// Inbound are the executions that wait, in the order in which they enter: in mode SUPERSEDED at most one.
	Inbound []Claim `json:"inbound,omitempty"`
	// Newest is the execution that started last of all that have entered: in mode SUPERSEDED none overtakes it.
	Newest *Claim `json:"newest,omitempty"`
}

// Claim is an execution at the entry of a stage. Executions are older or newer by their start; where two started at the
// same instant, by their identity.
type Claim struct {
	PipelineExecutionID string    `json:"pipelineExecutionId"`
	StartTime           time.Time `json:"startTime"`
}

func (c Claim) is(other Claim) bool { return c.PipelineExecutionID == other.PipelineExecutionID }

func (c Claim) isNewerThan(other Claim) bool {
	if c.StartTime.Equal(other.StartTime) {
		return c.PipelineExecutionID > other.PipelineExecutionID
	}
	return c.StartTime.After(other.StartTime)
}

// Inbound says that an execution waits in front of a stage. TaskToken answers the Task state that waits with it.
type Inbound struct {
	StageName string    `json:"stageName"`
	Since     time.Time `json:"since"`
	TaskToken string    `json:"taskToken,omitempty"`
}

// admission is what a stage lock answers to an execution that arrives.
type admission struct {
	granted bool
	// supersededBy is the newer execution because of which the one that arrived may not wait.
	supersededBy string
	effects      []Effect
}

// arrive asks for the stage. In mode QUEUED executions enter in the order in which they arrive. In mode SUPERSEDED one
// waits: a newer one takes its place, an older one is superseded, also by one that is in the stage or has passed it.
func (l *StageLock) arrive(c Claim, mode string) admission {
	superseded := mode != pipeline.ModeQueued
	switch {
	case l.holds(c.PipelineExecutionID):
		return admission{granted: true}
	case superseded && l.Newest != nil && l.Newest.isNewerThan(c):
		return admission{supersededBy: l.Newest.PipelineExecutionID}
	case l.Holder == nil:
		l.admit(c)
		return admission{granted: true}
	case slices.ContainsFunc(l.Inbound, c.is):
		return admission{}
	case !superseded:
		l.Inbound = append(l.Inbound, c)
		return admission{}
	case len(l.Inbound) > 0 && l.Inbound[0].isNewerThan(c):
		return admission{supersededBy: l.Inbound[0].PipelineExecutionID}
	}
	var a admission
	for _, waiting := range l.Inbound {
		a.effects = append(a.effects, Effect{Supersede: &Supersession{
			PipelineExecutionID: waiting.PipelineExecutionID, StageName: l.StageName, By: c.PipelineExecutionID,
		}})
	}
	l.Inbound = []Claim{c}
	return a
}

// leave gives up the stage, or the place in front of it; where the stage gets free the next execution may enter.
func (l *StageLock) leave(executionID string) []Effect {
	l.Inbound = slices.DeleteFunc(l.Inbound, func(c Claim) bool { return c.PipelineExecutionID == executionID })
	if !l.holds(executionID) {
		return nil
	}
	l.Holder = nil
	if len(l.Inbound) == 0 {
		return nil
	}
	next := l.Inbound[0]
	l.Inbound = l.Inbound[1:]
	l.admit(next)
	return []Effect{{Grant: &StageGrant{PipelineExecutionID: next.PipelineExecutionID, StageName: l.StageName}}}
}

func (l *StageLock) admit(c Claim) {
	l.Holder = &c
	if l.Newest == nil || c.isNewerThan(*l.Newest) {
		l.Newest = &c
	}
}

func (l *StageLock) holds(executionID string) bool {
	return l.Holder != nil && l.Holder.PipelineExecutionID == executionID
}

// StageGrant is the command that an execution, which waits in front of a stage and was given its lock, enters it.
type StageGrant struct {
	PipelineExecutionID string `json:"pipelineExecutionId"`
	StageName           string `json:"stageName"`
}

// Supersession is the command that an execution, which waits in front of a stage, has lost its place to a newer one.
type Supersession struct {
	PipelineExecutionID string `json:"pipelineExecutionId"`
	StageName           string `json:"stageName"`
	By                  string `json:"by"`
}

// claim is the execution at the entry of a stage.
func (e *Execution) claim() Claim { return Claim{e.PipelineExecutionID, e.StartTime} }

// locked names the stages whose locks a command on an execution may change: of the stage that the execution is in, of the
// one that it waits for, and of the one that the command is about.
func (e *Execution) locked(stage string) []string {
	if e.Mode == pipeline.ModeParallel {
		return nil
	}
	names := []string{e.CurrentStage, stage}
	if e.Inbound != nil {
		names = append(names, e.Inbound.StageName)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(e.Stages, name) })
}

// lock is the lock of a stage, new where none has been taken yet.
func (s *state) lock(stage string) *StageLock {
	l := s.locks[stage]
	if l == nil {
		l = &StageLock{PipelineName: s.execution.PipelineName, StageName: stage}
		s.locks[stage] = l
	}
	return l
}

// leaveStage gives up the stage that the execution is in, and its place in front of another.
func (s *state) leaveStage() {
	for _, name := range sorted(s.locks) {
		s.effects = append(s.effects, s.locks[name].leave(s.execution.PipelineExecutionID)...)
	}
	s.execution.Inbound = nil
}

// StageLock returns the lock of a stage, which is empty where no execution has come there.
func (r *Records) StageLock(ctx context.Context, pipelineName, stage string) (*StageLock, error) {
	l := &StageLock{PipelineName: pipelineName, StageName: stage}
	err := r.get(ctx, lockKey(pipelineName, stage), l, errorf(NotFound, "", "no execution has come to stage %q yet", stage))
	if CodeOf(err) == NotFound {
		err = nil
	}
	return l, err
}

// grant does a StageGrant: the execution enters. One that has ended in the meantime passes the lock on.
func (r *Records) grant(ctx context.Context, g StageGrant) error {
	return r.changeStages(ctx, g.PipelineExecutionID, g.StageName, func(s *state) error {
		reduceGrant(s, g.StageName)
		return nil
	})
}

func reduceGrant(s *state, stage string) {
	e, l := s.execution, s.lock(stage)
	switch {
	case !l.holds(e.PipelineExecutionID):
	case e.Status == ExecutionInProgress && e.waitsFor(stage):
		s.enter(stage, e.Inbound.TaskToken)
	case e.Ended():
		s.effects = append(s.effects, l.leave(e.PipelineExecutionID)...)
	}
}

func (e *Execution) waitsFor(stage string) bool {
	return e.Inbound != nil && e.Inbound.StageName == stage
}

// supersede does a Supersession. An execution that does not wait any more was stopped, and stays so.
func (r *Records) supersede(ctx context.Context, x Supersession) error {
	return r.changeStages(ctx, x.PipelineExecutionID, x.StageName, func(s *state) error {
		if s.execution.Status == ExecutionInProgress && s.execution.waitsFor(x.StageName) {
			s.supersede(s.execution.Inbound.TaskToken, x.By)
		}
		return nil
	})
}
