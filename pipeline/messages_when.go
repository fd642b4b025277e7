package pipeline

import (
	"errors"
	"regexp/syntax"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Wording about the conditions of actions, and about checks of variables wherever they stand.

// insteadOfWhen is what to do where there is no member for the condition of an action.
const insteadOfWhen = "move the action to a stage with a beforeEntry condition, result SKIP and rule VariableCheck, or use the authoring form"

func onlyInAuthoringForm(a *placedAction, form Form) diag.Diagnostic {
	what := "the API has no such member"
	if form == FormTemplate {
		what = "CloudFormation has no such property"
	}
	return withHelp(failure("only-in-authoring-form", a.When[0].At, "%s has when, and %s", a.title(), what),
		"%s", insteadOfWhen)
}

func sourceHasWhen(a *placedAction) diag.Diagnostic {
	return withHelp(failure("source-has-when", a.When[0].At, "the source %s has when, and everything else needs its artifacts",
		a.title()), "filter what starts the pipeline with triggers, or give a later stage a condition")
}

func constantCheck(v Text, what string) diag.Diagnostic {
	return withHelp(failure("constant-check", v.At, "the %s compares %s, which never changes", what, quote(v.Value)),
		"compare a variable: #{namespace.key}")
}

func emptyCheck(c VariableCheck) diag.Diagnostic {
	return withHelp(failure("empty-value", c.Value.At, "check value is empty, and %s needs a text", c.Operator.Value),
		"%s and %s compare with an empty text", operatorEQ, operatorNE)
}

func invalidExpression(expression Text, err error) diag.Diagnostic {
	reason := err.Error()
	var problem *syntax.Error
	if errors.As(err, &problem) {
		reason = string(problem.Code)
		if problem.Expr != expression.Value {
			reason += ", " + quote(problem.Expr)
		}
	}
	return withHelp(failure("invalid-regular-expression", expression.At, "%s is not a regular expression: %s",
		quote(expression.Value), reason),
		"%s takes the expressions of Go, without lookaround and backreferences", operatorMatches)
}
