package task

import (
	"context"
	"fmt"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// evaluateRule says whether an action is to run: if not, it records the action as skipped and fails as RuleFailed.
func (h *Handlers) evaluateRule(ctx context.Context, in events.TaskInput) (any, error) {
	switch {
	case in.Rule != nil:
		return nil, action.Fail(action.ConfigurationError, "rule %q: the rules of conditions do not run here yet", in.Rule.Name)
	case in.When == nil:
		return nil, &Error{Name: "InvalidInput", Cause: "the payload names neither a rule nor an action"}
	}
	e, p, err := h.definitions.of(ctx, in.PipelineExecutionID)
	if err != nil {
		return nil, err
	}
	declaration, ok := declared(p, in.Stage, in.When.Action)
	if !ok || len(declaration.When) != len(in.When.Checks) {
		return nil, errUndeclared(e, in.Stage, in.When.Action)
	}
	for i, check := range in.When.Checks {
		holds, err := pipeline.Holds(check.Operator, check.Variable, check.Value)
		if err != nil {
			return nil, action.Fail(action.ConfigurationError, "when: %v", err)
		}
		if holds {
			continue
		}
		why := unmet(declaration.When[i].Variable.Value, check)
		skipped := execution.Action{
			ActionExecutionID:   execution.ActionExecutionID(in.PipelineExecutionID, in.Stage, in.When.Action, 1),
			PipelineExecutionID: in.PipelineExecutionID, StageName: in.Stage, ActionName: in.When.Action, Attempt: 1,
			Type: actionType(declaration), Region: declaration.Region.Value, Namespace: declaration.Namespace.Value, Summary: why,
		}
		if err := h.records.SkipAction(ctx, in, skipped); err != nil {
			return nil, err
		}
		return nil, &Error{Name: events.ErrorRuleFailed, Cause: why}
	}
	return empty{}, nil
}

// unmet says in one line why a check does not hold; written is the variable as the definition has it.
func unmet(written string, c events.VariableCheck) string {
	is := fmt.Sprintf("%s is %q", written, shortened(c.Variable))
	switch c.Operator {
	case "EQ":
		return fmt.Sprintf("%s, not %q", is, shortened(c.Value))
	case "CONTAINS":
		return fmt.Sprintf("%s and does not contain %q", is, shortened(c.Value))
	case "MATCHES":
		return fmt.Sprintf("%s and does not match %q", is, shortened(c.Value))
	default:
		return is
	}
}

// shortened keeps the beginning of a value that would not fit into a line.
func shortened(value string) string {
	const most = 60
	if runes := []rune(value); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return value
}
