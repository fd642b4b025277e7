package pipeline

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Operators of a VariableCheck.
const (
	operatorEQ       = "EQ"
	operatorNE       = "NE"
	operatorContains = "CONTAINS"
	operatorMatches  = "MATCHES"
)

// Holds says whether a check holds, in `when` of an action and in the rule VariableCheck: EQ and NE compare texts
// letter by letter, CONTAINS finds value anywhere in variable, and MATCHES wants value, a regular expression, to match
// the whole of variable. CodePipeline's expressions are Java's and these are Go's, which know no lookaround and no
// backreference.
//
// An operator that there is not and a value that is no regular expression are errors.
func Holds(operator, variable, value string) (bool, error) {
	switch operator {
	case operatorEQ:
		return variable == value, nil
	case operatorNE:
		return variable != value, nil
	case operatorContains:
		return strings.Contains(variable, value), nil
	case operatorMatches:
		return matches(value, variable)
	}
	return false, fmt.Errorf("check a variable: there is no operator %q", operator)
}

func matches(expression, text string) (bool, error) {
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return false, fmt.Errorf("check a variable: %q is not a regular expression: %w", expression, err)
	}
	compiled.Longest() // the longest of the leftmost matches is the whole text, where any match is
	return slices.Equal(compiled.FindStringIndex(text), []int{0, len(text)}), nil
}
