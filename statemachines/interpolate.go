package statemachines

import (
	"regexp"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// executionID is the pipeline execution's identifier, wherever the machine was resumed.
const executionID = "$states.context.Execution.Input.pipelineExecutionId"

// value compiles a user's text with its #{} into a value of the machine: the text itself where nothing in it could be
// taken for more, else an expression.
func (s *scope) value(text string) string {
	if len(pipeline.References(text)) == 0 {
		return asl.Literal(text)
	}
	return asl.Expr(s.source(text))
}

// source compiles a user's text with its #{} into the source of an expression.
func (s *scope) source(text string) string {
	references := pipeline.References(text)
	if len(references) == 1 && references[0].Start == 0 && references[0].End == len(text) {
		return s.reference(text, references[0])
	}
	var terms []string
	end := 0
	for _, r := range references {
		if r.Start > end {
			terms = append(terms, asl.QuoteJSONata(text[end:r.Start]))
		}
		terms = append(terms, "("+s.reference(text, r)+")")
		end = r.End
	}
	if end < len(text) || len(terms) == 0 {
		terms = append(terms, asl.QuoteJSONata(text[end:]))
	}
	return strings.Join(terms, " & ")
}

// reference compiles one #{}. A value that does not exist when the action starts is an error that names it, and fails
// the action; so does a reference that Check would have refused.
func (s *scope) reference(text string, r pipeline.Reference) string {
	missing := "$error(" + asl.QuoteJSONata(text[r.Start:r.End]+" has no value") + ")"
	variable := s.variables[r.Namespace]
	switch {
	case r.Key == "":
		return missing
	case r.Namespace == namespacePipeline && r.Key == "PipelineExecutionId":
		return executionID
	case r.Namespace == namespaceVariables:
		variable = varVariables
	case variable == "":
		return missing
	}
	value := member("$"+variable, r.Key)
	return "$exists(" + value + ") ? " + value + " : " + missing
}

// word matches what JSONata reads as a field's name without quotes, if it is no keyword; quotable what it reads
// between backquotes and nothing else on the way takes for more.
var (
	word     = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	quotable = regexp.MustCompile(`^[A-Za-z0-9_@-]+$`)
	keywords = []string{"and", "or", "in", "true", "false", "null", "function"}
)

// member is the source that reads a member of an object whose name comes from a user.
func member(object, name string) string {
	switch {
	case word.MatchString(name) && !slices.Contains(keywords, name):
		return object + "." + name
	case quotable.MatchString(name):
		return object + ".`" + name + "`"
	default:
		return "$lookup(" + object + ", " + asl.QuoteJSONata(name) + ")"
	}
}

// configuration compiles an action's configuration. A key cannot be an expression: where one holds the beginning of a
// substitution, the whole object becomes an expression that has the same value.
func (s *scope) configuration(properties []pipeline.Property) any {
	if slices.ContainsFunc(properties, func(p pipeline.Property) bool { return strings.Contains(p.Key.Value, "${") }) {
		return asl.Expr(s.objectSource(properties))
	}
	object := make(asl.Object, 0, len(properties))
	for _, p := range properties {
		object = append(object, asl.Field(p.Key.Value, s.value(p.Value.Value)))
	}
	return object
}

func (s *scope) objectSource(properties []pipeline.Property) string {
	members := make([]string, 0, len(properties))
	for _, p := range properties {
		members = append(members, asl.QuoteJSONata(p.Key.Value)+": "+s.source(p.Value.Value))
	}
	return "{" + strings.Join(members, ", ") + "}"
}
