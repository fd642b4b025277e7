package asl

import (
	"regexp"
	"sync"
)

// variableName is what Step Functions allows, an identifier of Unicode's; it is also what a JSONata $name can read
// without quotes.
var variableName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[\p{L}\p{Nl}][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]{0,79}$`)
})

// variables checks the names that states assign, and that no branch assigns a name of an enclosing scope.
func (v *validator) variables(s scope) {
	if s.path != "" {
		return // checked from the top, where the outer names are known
	}
	v.assigned(s)
}

func (v *validator) assigned(s scope) {
	own := map[string]string{}
	for name, at := range s.outer {
		own[name] = at
	}
	for _, named := range s.states {
		at := s.stateAt(named.Name)
		for _, assign := range assigns(named.State) {
			for _, m := range assign.object {
				v.variable(m.Name, at+"."+assign.field, s.outer)
				if _, known := own[m.Name]; !known {
					own[m.Name] = at
				}
			}
		}
	}
	for _, named := range s.states {
		for _, branch := range inner(named.State, s.stateAt(named.Name)) {
			branch.outer = own
			v.assigned(branch)
		}
	}
}

func (v *validator) variable(name, at string, outer map[string]string) {
	switch where, isOuter := outer[name]; {
	case !variableName().MatchString(name):
		v.problems.add(at, msgVariableName(name))
	case name == "states":
		v.problems.add(at, msgVariableReserved(name))
	case isOuter:
		v.problems.add(at, msgOuterVariable(name, where))
	}
}

// assignment is an Assign object and the field that holds it.
type assignment struct {
	field  string
	object Object
}

func assigns(s State) []assignment {
	switch s := s.(type) {
	case *Task:
		return append(catcherAssigns(s.Catch), assignment{"Assign", s.Assign})
	case *Parallel:
		return append(catcherAssigns(s.Catch), assignment{"Assign", s.Assign})
	case *Map:
		return append(catcherAssigns(s.Catch), assignment{"Assign", s.Assign})
	case *Pass:
		return []assignment{{"Assign", s.Assign}}
	case *Wait:
		return []assignment{{"Assign", s.Assign}}
	case *Choice:
		list := []assignment{{"Assign", s.Assign}}
		for i := range s.Choices {
			list = append(list, assignment{index("Choices", i) + ".Assign", s.Choices[i].Assign})
		}
		return list
	default:
		return nil
	}
}

func catcherAssigns(catchers []Catcher) []assignment {
	list := make([]assignment, 0, len(catchers)+1)
	for i := range catchers {
		list = append(list, assignment{index("Catch", i) + ".Assign", catchers[i].Assign})
	}
	return list
}

// missingQueryLanguage reports each state that would run in JSONPath mode: neither it nor the machine says JSONata.
func (m *StateMachine) missingQueryLanguage() Problems {
	var problems Problems
	if l := m.QueryLanguage; l != "" && l != JSONata && l != jsonPath {
		problems.add("QueryLanguage", msgQueryLanguage(l))
	}
	if m.QueryLanguage != JSONata {
		jsonPathStates(scope{states: m.States}, &problems)
	}
	return problems
}

const jsonPath = "JSONPath"

func jsonPathStates(s scope, problems *Problems) {
	for _, named := range s.states {
		at := s.stateAt(named.Name)
		if queryLanguageOf(named.State) != JSONata {
			problems.add(at, msgNoQueryLanguage())
		}
		for _, branch := range inner(named.State, at) {
			jsonPathStates(branch, problems)
		}
	}
}

func queryLanguageOf(s State) string {
	switch s := s.(type) {
	case *Task:
		return s.QueryLanguage
	case *Choice:
		return s.QueryLanguage
	case *Parallel:
		return s.QueryLanguage
	case *Map:
		return s.QueryLanguage
	case *Pass:
		return s.QueryLanguage
	case *Wait:
		return s.QueryLanguage
	case *Succeed:
		return s.QueryLanguage
	case *Fail:
		return s.QueryLanguage
	default:
		return ""
	}
}
