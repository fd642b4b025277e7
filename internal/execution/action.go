package execution

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/penstock-ci/penstock/events"
)

// External is what is known of an external execution: the action that waits for it, or an event about it that came
// before its action was known.
type External struct {
	PipelineExecutionID string `json:"pipelineExecutionId,omitempty"`
	ActionExecutionID   string `json:"actionExecutionId,omitempty"`
	Parked              bool   `json:"parked,omitempty"`
}

// BeginAction records an action execution before its provider is called, in a write that holds only while the
// execution is in progress and the caller is its current machine execution. A repeated call returns the record that
// is there, with the newer task token.
func (r *Records) BeginAction(ctx context.Context, in events.TaskInput, begin Action) (*Action, error) {
	id := begin.ActionExecutionID
	s, err := r.change(ctx, begin.PipelineExecutionID, scope{actions: []string{id}}, func(s *state) error {
		return reduceBegin(s, in, begin)
	})
	if err != nil {
		return nil, err
	}
	return s.actions[id], nil
}

func reduceBegin(s *state, in events.TaskInput, begin Action) error {
	a := s.actions[begin.ActionExecutionID]
	if a != nil && a.Status == ActionAbandoned {
		return mayAct(s.execution, in.MachineExecution)
	}
	if a != nil {
		if !s.execution.isActing(in.MachineExecution) {
			return mayAct(s.execution, in.MachineExecution)
		}
		a.TaskToken = begin.TaskToken
		if a.Ended() {
			s.answer(a)
		}
		return nil
	}
	if err := mayAct(s.execution, in.MachineExecution); err != nil {
		return err
	}
	begin.PipelineVersion = s.execution.PipelineVersion
	begin.Region = cmp.Or(begin.Region, s.region) // an action that names none is in its pipeline's
	begin.Status = ActionInProgress
	begin.StartTime, begin.LastUpdateTime = s.now, s.now
	s.actions[begin.ActionExecutionID] = &begin
	s.publishAction(&begin)
	return nil
}

// SkipAction records that an action has nothing to do, because a condition of its own does not hold: it is given its end
// without a beginning. A repeated call changes nothing.
func (r *Records) SkipAction(ctx context.Context, in events.TaskInput, skipped Action) error {
	id := skipped.ActionExecutionID
	_, err := r.change(ctx, in.PipelineExecutionID, scope{actions: []string{id}}, func(s *state) error {
		return reduceSkipAction(s, in, skipped)
	})
	return err
}

func reduceSkipAction(s *state, in events.TaskInput, skipped Action) error {
	if err := mayAct(s.execution, in.MachineExecution); err != nil || s.actions[skipped.ActionExecutionID] != nil {
		return err
	}
	skipped.PipelineVersion = s.execution.PipelineVersion
	skipped.Skipped, skipped.StartTime = true, s.now
	s.actions[skipped.ActionExecutionID] = &skipped
	s.endAction(&skipped, ActionSucceeded, nil)
	return nil
}

// Wait records that an action goes on outside, under an external execution id. An event about that id may have come
// before and is consumed by this: so the caller looks at the work once, afterwards.
func (r *Records) Wait(ctx context.Context, a *Action, externalID, url string) error {
	_, err := r.change(ctx, a.PipelineExecutionID, scope{actions: []string{a.ActionExecutionID}, external: []string{externalID}},
		func(s *state) error {
			reduceWait(s, s.actions[a.ActionExecutionID], externalID, url)
			return nil
		})
	return err
}

func reduceWait(s *state, a *Action, externalID, url string) {
	early := s.external[externalID] != nil && s.external[externalID].Parked
	s.external[externalID] = &External{PipelineExecutionID: a.PipelineExecutionID, ActionExecutionID: a.ActionExecutionID}
	if a.Ended() {
		return // work that was lost and started again can be over before this is recorded again
	}
	a.ExternalExecutionID, a.ExternalExecutionURL = externalID, url
	a.NextCheck = a.nextCheck(s.now)
	if soon := s.now.Add(soonest); early && soon.Before(a.NextCheck) {
		a.NextCheck = soon // no other event may come, and what the caller looks at may lag behind the one that came
	}
}

// parkedFor is how long an event is kept that came before its action was known. Most are about work that is nobody's
// here; an action records what it waits for within minutes of its start.
const parkedFor = 24 * time.Hour

// Waiting returns the action that waits for an external execution. Where none is known yet the event is parked, and
// the error is NotFound: whoever records that id looks at once.
func (r *Records) Waiting(ctx context.Context, externalID string) (*Action, error) {
	for range maxAttempts {
		item, err := r.table.Get(ctx, externalKey(externalID))
		if err != nil {
			return nil, err
		}
		if item.Revision > 0 {
			var x External
			if err := json.Unmarshal(item.Value, &x); err != nil {
				return nil, err
			}
			if !x.Parked {
				return r.Action(ctx, x.PipelineExecutionID, x.ActionExecutionID)
			}
			break
		}
		var w writer
		w.put(item, externalKey(externalID), External{Parked: true}, false)
		w.expire(r.clock.Now().Add(parkedFor))
		if err := r.write(ctx, "", &w, nil); err == nil || CodeOf(err) != Conflict {
			if err != nil {
				return nil, err
			}
			break
		}
	}
	return nil, errorf(NotFound, "", "no action waits for external execution %q yet", externalID)
}

// Result is how an action ended. Error is nil for success.
type Result struct {
	OutputArtifacts      []Artifact
	OutputVariables      map[string]string
	ExternalExecutionID  string
	ExternalExecutionURL string
	Summary              string
	Revision             *Revision
	UpdatedBy            string
	Error                *ErrorDetails
}

// EndAction records how an action ended and answers the task token that waits for it. An action that has ended keeps
// its first end.
func (r *Records) EndAction(ctx context.Context, a *Action, result Result) (*Action, error) {
	s, err := r.change(ctx, a.PipelineExecutionID, scope{actions: []string{a.ActionExecutionID}}, func(s *state) error {
		reduceEnd(s, s.actions[a.ActionExecutionID], result)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.actions[a.ActionExecutionID], nil
}

func reduceEnd(s *state, a *Action, result Result) {
	if a.Ended() {
		return
	}
	a.OutputVariables = result.OutputVariables
	a.Summary = result.Summary
	a.Revision = result.Revision
	a.UpdatedBy = result.UpdatedBy
	a.NextCheck = time.Time{}
	if result.ExternalExecutionID != "" {
		a.ExternalExecutionID = result.ExternalExecutionID
		a.ExternalExecutionURL = result.ExternalExecutionURL
	}
	if result.Error != nil {
		s.endAction(a, ActionFailed, result.Error)
	} else {
		a.OutputArtifacts = result.OutputArtifacts
		s.endAction(a, ActionSucceeded, nil)
	}
	s.answer(a)
}

func (s *state) endAction(a *Action, status ActionStatus, details *ErrorDetails) {
	a.Status = status
	a.Error = details
	a.LastUpdateTime = s.now
	s.publishAction(a)
}

// answer completes the task token of an action that has ended.
func (s *state) answer(a *Action) {
	if a.TaskToken != "" {
		s.effects = append(s.effects, Effect{Answer: a.taskAnswer()})
	}
}

// taskAnswer answers the task token of an action that has ended.
func (a *Action) taskAnswer() *TaskAnswer {
	if a.Error != nil {
		return &TaskAnswer{Token: a.TaskToken, Error: a.Error.Code, Cause: a.Error.Cause()}
	}
	encoded, err := json.Marshal(a.TaskOutput())
	if err != nil {
		panic("execution: a task output of strings does not encode: " + err.Error())
	}
	return &TaskAnswer{Token: a.TaskToken, Output: encoded}
}

// maxCause is how many characters of a failure a machine carries. The 50 actions of a group may all fail, and what a group puts
// out has 256 KiB.
const maxCause = 1_000

// Cause is what the machine is told of a failure: the record has the whole message.
func (d *ErrorDetails) Cause() string {
	if characters := []rune(d.Message); len(characters) > maxCause {
		return string(characters[:maxCause-1]) + "…"
	}
	return d.Message
}

// TaskOutput is what the machine is told of an action that succeeded: its artifacts by name, and of its output
// variables those that the machine reads.
func (a *Action) TaskOutput() events.TaskOutput {
	out := events.TaskOutput{OutputArtifacts: map[string]events.ArtifactReference{}, OutputVariables: a.Carried(a.WantedVariables)}
	for _, x := range a.OutputArtifacts {
		out.OutputArtifacts[x.Name] = a.reference(x)
	}
	return out
}

func (a *Action) reference(x Artifact) events.ArtifactReference {
	return events.ArtifactReference{Name: x.Name, ActionExecutionID: a.ActionExecutionID, SHA256: x.SHA256}
}

// Reference is how a machine refers to an output artifact.
func (a *Action) Reference(name string) (events.ArtifactReference, bool) {
	x, ok := a.Artifact(name)
	return a.reference(x), ok
}

// Carried are output variables as a machine carries them: those of the names that the action has set, a long value as a
// reference to this record.
func (a *Action) Carried(names []string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		if value, ok := a.OutputVariables[name]; ok {
			out[name] = events.InlineVariable(events.VariableReference{ActionExecutionID: a.ActionExecutionID, Name: name}, value)
		}
	}
	return out
}

// Duration is how long the action took, or has taken until now.
func (a *Action) Duration(now time.Time) time.Duration {
	if a.Ended() {
		now = a.LastUpdateTime
	}
	return now.Sub(a.StartTime)
}
