package asl

// Validate returns everything that is wrong with the machine's structure, sorted by place: StartAt and every Next and
// Default exist, every state is reachable and can end, names fit and are unique in the whole machine, and each state's
// own fields agree with each other, and the whole fits into what Step Functions allows. It does not read expressions. A
// nil result means none.
func (m *StateMachine) Validate() Problems {
	v := validator{names: map[string]string{}}
	if m.TimeoutSeconds < 0 {
		v.problems.add("TimeoutSeconds", msgPositive(m.TimeoutSeconds))
	}
	v.problems = append(v.problems, m.missingQueryLanguage()...)
	v.atMost(m.TimeoutSeconds, MaxSeconds, "TimeoutSeconds")
	if text, err := m.MarshalJSON(); err == nil && len(text) > MaxDefinitionBytes { // what cannot be written, Encode reports
		v.problems.add("", msgTooLarge(len(text)))
	}
	v.scope(scope{startAt: m.StartAt, states: m.States})
	return v.problems.sorted()
}

// validator collects problems; names maps each state name to the path of its first use.
type validator struct {
	names    map[string]string
	problems Problems
}

// scope is one "States" object: the machine's own or that of a branch. outer maps the variables of enclosing scopes to the
// path of a state that assigns them.
type scope struct {
	path    string
	startAt string
	states  States
	outer   map[string]string
}

// inner are the scopes inside a state: the branches of a Parallel, the ItemProcessor of a Map.
func inner(s State, at string) []scope {
	switch s := s.(type) {
	case *Parallel:
		scopes := make([]scope, len(s.Branches))
		for i := range s.Branches {
			b := &s.Branches[i]
			scopes[i] = scope{path: join(at, index("Branches", i)), startAt: b.StartAt, states: b.States}
		}
		return scopes
	case *Map:
		return []scope{{path: join(at, "ItemProcessor"), startAt: s.ItemProcessor.StartAt, states: s.ItemProcessor.States}}
	default:
		return nil
	}
}

func (s scope) stateAt(name string) string { return join(join(s.path, "States"), name) }

func (v *validator) scope(s scope) {
	if len(s.states) == 0 {
		v.problems.add(join(s.path, "States"), msgNoStates())
		return
	}
	index := make(map[string]State, len(s.states))
	for _, named := range s.states {
		index[named.Name] = named.State
	}
	v.exists(index, s.startAt, join(s.path, "StartAt"))
	for _, named := range s.states {
		at := s.stateAt(named.Name)
		v.name(named.Name, at)
		v.references(named.State, index, at)
		v.state(named.State, at)
	}
	v.reachable(s, index)
	v.canEnd(s)
	v.variables(s)
}

func (v *validator) name(name, at string) {
	if name == "" {
		v.problems.add(at, msgNameEmpty())
	}
	if n := len([]rune(name)); n > MaxNameLength {
		v.problems.add(at, msgNameTooLong(n))
	}
	if first, taken := v.names[name]; taken {
		v.problems.add(at, msgNameTwice(first))
		return
	}
	v.names[name] = at
}

func (v *validator) exists(index map[string]State, name, at string) {
	if _, ok := index[name]; !ok {
		v.problems.add(at, msgNoSuchState(name))
	}
}

// references checks every name that a state may go to.
func (v *validator) references(s State, index map[string]State, at string) {
	for _, ref := range references(s) {
		if ref.name != "" {
			v.exists(index, ref.name, at+"."+ref.field)
		}
	}
}

// reference is a state's name and the field that holds it.
type reference struct{ field, name string }

func references(s State) []reference {
	switch s := s.(type) {
	case *Task:
		return append(catcherReferences(s.Catch), reference{"Next", s.Next})
	case *Parallel:
		return append(catcherReferences(s.Catch), reference{"Next", s.Next})
	case *Map:
		return append(catcherReferences(s.Catch), reference{"Next", s.Next})
	case *Pass:
		return []reference{{"Next", s.Next}}
	case *Wait:
		return []reference{{"Next", s.Next}}
	case *Choice:
		refs := []reference{{"Default", s.Default}}
		for i := range s.Choices {
			refs = append(refs, reference{index("Choices", i) + ".Next", s.Choices[i].Next})
		}
		return refs
	default:
		return nil
	}
}

func catcherReferences(catchers []Catcher) []reference {
	refs := make([]reference, 0, len(catchers)+1)
	for i := range catchers {
		refs = append(refs, reference{index("Catch", i) + ".Next", catchers[i].Next})
	}
	return refs
}

// reachable reports states that no path from StartAt visits.
func (v *validator) reachable(s scope, index map[string]State) {
	if _, ok := index[s.startAt]; !ok {
		return
	}
	seen := map[string]bool{s.startAt: true}
	for todo := []string{s.startAt}; len(todo) > 0; {
		state := index[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		if state == nil {
			continue
		}
		for _, next := range state.Successors() {
			if !seen[next] {
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	for _, named := range s.states {
		if !seen[named.Name] {
			v.problems.add(s.stateAt(named.Name), msgUnreachable())
		}
	}
}

// canEnd reports states from which no path ends the machine, walking the transitions backwards from those that do.
func (v *validator) canEnd(s scope) {
	before := map[string][]string{}
	var todo []string
	ends := map[string]bool{}
	for _, named := range s.states {
		for _, next := range named.State.Successors() {
			before[next] = append(before[next], named.Name)
		}
		if isEnd(named.State) {
			ends[named.Name] = true
			todo = append(todo, named.Name)
		}
	}
	for len(todo) > 0 {
		name := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, previous := range before[name] {
			if !ends[previous] {
				ends[previous] = true
				todo = append(todo, previous)
			}
		}
	}
	for _, named := range s.states {
		if !ends[named.Name] {
			v.problems.add(s.stateAt(named.Name), msgNoEnd())
		}
	}
}

func isEnd(s State) bool {
	switch s := s.(type) {
	case *Succeed, *Fail:
		return true
	case *Choice:
		return s.Default == "" // no rule holds: the execution ends with States.NoChoiceMatched
	default:
		t := transitionOf(s)
		return t != nil && t.End
	}
}

func transitionOf(s State) *Transition {
	switch s := s.(type) {
	case *Task:
		return &s.Transition
	case *Parallel:
		return &s.Transition
	case *Map:
		return &s.Transition
	case *Pass:
		return &s.Transition
	case *Wait:
		return &s.Transition
	default:
		return nil
	}
}
