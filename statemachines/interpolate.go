package statemachines

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// executionID is the pipeline execution's identifier, wherever the machine was resumed.
const executionID = "$states.context.Execution.Input.pipelineExecutionId"

// value compiles a user's text with its #{} and placeholders into a value of the machine: the text itself where nothing
// in it could be taken for more, else an expression.
func (s *scope) value(text pipeline.Text) string {
	if text.IsKnown() && len(pipeline.References(text.Value)) == 0 {
		return asl.Literal(text.Value)
	}
	return asl.Expr(s.source(text))
}

// source compiles a user's text with its #{} and placeholders into the source of an expression.
func (s *scope) source(text pipeline.Text) string {
	parts := s.stretches(text)
	if len(parts) == 1 && parts[0].start == 0 && parts[0].end == len(text.Value) {
		return parts[0].source
	}
	var terms []string
	end := 0
	for _, p := range parts {
		if p.start > end {
			terms = append(terms, asl.QuoteJSONata(text.Value[end:p.start]))
		}
		terms = append(terms, "("+p.source+")")
		end = p.end
	}
	if end < len(text.Value) || len(terms) == 0 {
		terms = append(terms, asl.QuoteJSONata(text.Value[end:]))
	}
	return strings.Join(terms, " & ")
}

// stretch is a part of a text that an expression gives its value, from byte start to byte end.
type stretch struct {
	start, end int
	source     string
}

// stretches returns the references and placeholders of a text in order. A placeholder inside a reference is the
// reference's, which has no value then.
func (s *scope) stretches(text pipeline.Text) []stretch {
	var parts []stretch
	for _, r := range pipeline.References(text.Value) {
		parts = append(parts, stretch{r.Start, r.End, s.reference(text.Value, r)})
	}
	for _, p := range text.Placeholders {
		inside := func(r stretch) bool { return r.start < p.End && p.Start < r.end }
		if !slices.ContainsFunc(parts, inside) {
			parts = append(parts, stretch{p.Start, p.End, "$" + varPlaceholders + "." + s.placeholders[p.Name]})
		}
	}
	slices.SortFunc(parts, func(a, b stretch) int { return a.start - b.start })
	return parts
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
	word     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`) })
	quotable = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_@-]+$`) })
	keywords = []string{"and", "or", "in", "true", "false", "null", "function"}
)

// member is the source that reads a member of an object whose name comes from a user.
func member(object, name string) string {
	switch {
	case word().MatchString(name) && !slices.Contains(keywords, name):
		return object + "." + name
	case quotable().MatchString(name):
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
		object = append(object, asl.Field(p.Key.Value, s.value(p.Value)))
	}
	return object
}

func (s *scope) objectSource(properties []pipeline.Property) string {
	members := make([]string, 0, len(properties))
	for _, p := range properties {
		members = append(members, asl.QuoteJSONata(p.Key.Value)+": "+s.source(p.Value))
	}
	return "{" + strings.Join(members, ", ") + "}"
}
