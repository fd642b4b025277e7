package statemachines

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/penstock-ci/penstock/pipeline"
)

// Variables of every machine. Each namespace that is read has one more, whose name begins with namespacePrefix.
const (
	varVariables = "variables" // values of the pipeline's variables
	varArtifacts = "artifacts" // references to artifacts, by name
	varFailures  = "failures"  // failed actions of the stage
	varEnded     = "ended"     // error and cause by which the execution ended early

	varPlaceholders = "placeholders" // what a template leaves open, there only where a machine reads it

	namespacePrefix = "ns_"
)

// Namespaces that no action may have.
const (
	namespacePipeline  = "codepipeline"
	namespaceVariables = "variables"
)

// plainNamespace matches the namespaces that make a variable's name as they are: with the prefix at most 80 characters.
var plainNamespace = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_]{1,77}$`) })

// scope is what the expressions of a machine read. What nothing reads is neither asked of a handler nor assigned.
type scope struct {
	order     []string            // namespaces of actions that are read, in the order of the definition
	variables map[string]string   // such a namespace -> the variable that holds its values
	keys      map[string][]string // such a namespace -> the output variables that are read, sorted
	artifacts map[string]bool     // the artifacts that are read

	open         []string          // names of the placeholders that are read, in the order of the definition
	placeholders map[string]string // such a name -> the member of varPlaceholders that holds its value
}

// scopeOf finds what the stages of a part read, wherever in the pipeline it comes from.
func scopeOf(p plan, of part) scope {
	s := scope{variables: map[string]string{}, keys: map[string][]string{}, artifacts: map[string]bool{}, placeholders: map[string]string{}}
	references := map[string]map[string]bool{}
	for i := of.first; i <= of.last; i++ {
		for u := range p.stages[i].units() {
			for _, input := range u.inputs {
				s.artifacts[input.Value] = true
			}
			for text := range u.texts() {
				collect(references, text.Value)
				s.leaveOpen(text)
			}
		}
	}
	for namespace, keys := range references {
		if _, known := p.namespaces[namespace]; known {
			s.order = append(s.order, namespace)
			s.keys[namespace] = slices.Sorted(maps.Keys(keys))
		}
	}
	slices.SortFunc(s.order, func(a, b string) int { return p.namespaces[a] - p.namespaces[b] })
	s.nameVariables()
	return s
}

// leaveOpen gives the placeholders of a text members of varPlaceholders.
func (s *scope) leaveOpen(text pipeline.Text) {
	for _, p := range text.Placeholders {
		if _, known := s.placeholders[p.Name]; !known {
			s.open = append(s.open, p.Name)
			s.placeholders[p.Name] = "p" + strconv.Itoa(len(s.open))
		}
	}
}

func collect(references map[string]map[string]bool, text string) {
	for _, r := range pipeline.References(text) {
		if r.Key == "" {
			continue
		}
		if references[r.Namespace] == nil {
			references[r.Namespace] = map[string]bool{}
		}
		references[r.Namespace][r.Key] = true
	}
}

// nameVariables gives plain namespaces their own name first, so that a number never takes one of them.
func (s *scope) nameVariables() {
	taken := map[string]bool{}
	for _, namespace := range s.order {
		if plainNamespace().MatchString(namespace) {
			s.variables[namespace] = namespacePrefix + namespace
			taken[namespacePrefix+namespace] = true
		}
	}
	n := 1
	for _, namespace := range s.order {
		if s.variables[namespace] != "" {
			continue
		}
		for taken[namespacePrefix+strconv.Itoa(n)] {
			n++
		}
		s.variables[namespace] = namespacePrefix + strconv.Itoa(n)
		n++
	}
}

// readsArtifacts says whether something takes an output artifact of this unit.
func (s *scope) readsArtifacts(u *unit) bool {
	return slices.ContainsFunc(u.outputs, func(o pipeline.OutputArtifact) bool { return s.artifacts[o.Name.Value] })
}

// readsVariables says whether some #{} reads an output variable of this unit.
func (s *scope) readsVariables(u *unit) bool { return len(s.keys[u.namespace]) > 0 }
