package asl

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a definition.
type Problem struct {
	Path    string // where, such as States.Build.Catch[0].Next
	Message string // what, in one sentence without a full stop
	Line    int    // in the text, from 1; 0 where no text is known, see Locate
	Column  int    // in bytes, from 1
}

// Problems is everything that is wrong with a definition, as an error.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

func (p Problem) String() string {
	if p.Path == "" {
		return p.Message
	}
	return p.Path + ": " + p.Message
}

func (p *Problems) add(path, message string) { *p = append(*p, Problem{Path: path, Message: message}) }

func (p Problems) sorted() Problems {
	slices.SortStableFunc(p, func(a, b Problem) int { return cmp.Compare(a.Path, b.Path) })
	return slices.Compact(p)
}

// join appends a member's name to a path; a name that is not a plain word is quoted.
func join(path, name string) string {
	if strings.ContainsAny(name, ".\"\\") || name == "" {
		name = strconv.Quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func msgMissing() string { return "is missing" }

func msgUnknownField(name string) string { return fmt.Sprintf("unknown field %q", name) }

func msgJSONPathField(instead string) string {
	return "belongs to JSONPath mode, which is not supported: JSONata mode has " + instead
}

func msgDistributedField() string { return "belongs to distributed Map, which is not supported" }

func msgMarkers(text string) string {
	return msgWant("an expression that starts with {% and ends with %}, or a text that does neither", text)
}

func msgWant(want string, got any) string {
	text, err := MarshalValue(got)
	if err != nil || len(text) > 60 {
		return "must be " + want
	}
	return fmt.Sprintf("must be %s, not %s", want, text)
}

func msgQueryLanguage(got string) string {
	return fmt.Sprintf("query language %q is not supported, only %q is", got, JSONata)
}

func msgNoQueryLanguage() string {
	return `is in JSONPath mode, which is not supported: set "QueryLanguage": "JSONata" here or on the machine`
}

func msgStateType(typ any) string {
	if typ == nil {
		return msgMissing()
	}
	return msgWant("one of Task, Choice, Parallel, Map, Pass, Wait, Succeed, Fail", typ)
}

func msgNoSuchState(name string) string { return fmt.Sprintf("there is no state %q here", name) }

func msgNameTooLong(n int) string {
	return fmt.Sprintf("the name has %d characters, at most %d are allowed", n, MaxNameLength)
}

func msgNameTwice(first string) string {
	return fmt.Sprintf("the name is taken by %s: names are unique in the whole machine", first)
}

func msgNoStates() string { return "must have at least one state" }

func msgNoRules() string { return "must have at least one rule" }

func msgMapMode(got string) string {
	return fmt.Sprintf("the mode %q of a Map is not supported, only %q is", got, inline)
}

func msgBounded(most float64, got any) string {
	return msgWant(fmt.Sprintf("a number from 0 to %.0f or an expression {%% %%}", most), got)
}

func msgItems(got any) string { return msgWant("an array or an expression {% %}", got) }

func msgNoBranches() string { return "must have at least one branch" }

func msgNextAndEnd() string { return `must have either "Next" or "End": true, not both` }

func msgNoNextNorEnd() string { return `must have "Next" or "End": true` }

func msgNoEnd() string { return "no path from this state ends the machine" }

func msgUnreachable() string { return "no state leads to this state" }

func msgErrorEqualsEmpty() string { return "must name at least one error" }

func msgAllAlone() string { return `"States.ALL" must stand alone` }

func msgAllLast() string { return `"States.ALL" must be in the last one` }

func msgPositive(n int) string { return fmt.Sprintf("must be positive, not %d", n) }

func msgAtMost(n, most int) string { return fmt.Sprintf("must be at most %d, not %d", most, n) }

func msgTooLarge(n int) string {
	return fmt.Sprintf("the definition has %d bytes, at most %d are allowed", n, MaxDefinitionBytes)
}

func msgNameEmpty() string { return "the name of a state must not be empty" }

func msgAtLeastOne(n float64) string { return fmt.Sprintf("must be at least 1, not %v", n) }

func msgNotNegative(n int) string { return fmt.Sprintf("must not be negative, not %d", n) }

func msgJitter(got string) string { return fmt.Sprintf("must be FULL or NONE, not %q", got) }

func msgMaxDelay() string { return `must be greater than "IntervalSeconds"` }

func msgHeartbeat() string { return `must be smaller than "TimeoutSeconds"` }

func msgCondition(got any) string { return msgWant("an expression {% %} or a boolean", got) }

func msgArguments(got any) string { return msgWant("an object or an expression {% %}", got) }

func msgWaitOne() string { return `must have either "Seconds" or "Timestamp"` }

func msgVariableName(name string) string {
	return fmt.Sprintf("%q is not a variable name: a letter, then letters, digits and underscores, at most 80 in all", name)
}

func msgVariableReserved(name string) string {
	return fmt.Sprintf("the variable name %q is reserved", name)
}

func msgOuterVariable(name, where string) string {
	return fmt.Sprintf("the variable %q belongs to an outer scope (%s): a branch may read it but not assign it", name, where)
}

func msgUnknownPlaceholder(name string) string {
	return fmt.Sprintf("there is no value for the placeholder ${%s}", name)
}
