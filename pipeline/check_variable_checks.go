package pipeline

import (
	"regexp"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkVariableChecks finds checks whose answer is known before they are asked: those that compare a constant, or look
// for nothing, or match by what is no regular expression.
func checkVariableChecks(d *definition, list *diag.List) {
	for a := range d.performers() {
		if a.condition == nil {
			checkWhen(list, a.When)
		} else if a.ActionTypeID.Provider.Value == "VariableCheck" {
			checkVariableCheckRule(d, list, a)
		}
	}
}

func checkWhen(list *diag.List, checks []VariableCheck) {
	for _, c := range checks {
		if isLiteral(c.Variable) {
			list.Add(constantCheck(c.Variable, "check"))
		}
		operator, empty := c.Operator.Value, c.Value.IsSet() && c.Value.Value == ""
		switch {
		case empty && (operator == operatorContains || operator == operatorMatches):
			list.Add(emptyCheck(c))
		case operator == operatorMatches && isLiteral(c.Value):
			checkExpression(list, c.Value, diag.Error)
		}
	}
}

// checkVariableCheckRule is milder than checkWhen: CodePipeline takes a rule that compares a constant, and its
// expressions are Java's.
func checkVariableCheckRule(d *definition, list *diag.List, r *placedAction) {
	if v := settingOf(r, "Variable"); isLiteral(v) {
		list.Add(as(diag.Warning, constantCheck(v, "rule")))
	}
	if v := settingOf(r, "Value"); settingOf(r, "Operator").Value == operatorMatches && isLiteral(v) {
		checkExpression(list, v, d.options.severity(diag.Warning))
	}
}

func checkExpression(list *diag.List, expression Text, severity diag.Severity) {
	if _, err := regexp.Compile(expression.Value); err != nil {
		list.Add(as(severity, invalidExpression(expression, err)))
	}
}
