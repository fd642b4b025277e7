package asl

// State is one of *Task, *Choice, *Parallel, *Map, *Pass, *Wait, *Succeed and *Fail.
type State interface {
	// Type is the value of the state's "Type" field.
	Type() string
	// Successors are the names this state may go to by Next, Default, a rule or a catcher, in the order written.
	Successors() []string
	fields(f *fields)
}

// Common holds the fields that every state may have.
type Common struct {
	Comment       string
	QueryLanguage string
}

func (c *Common) fields(f *fields) {
	f.text("Comment", &c.Comment)
	f.queryLanguage(&c.QueryLanguage)
}

// Transition says where a state goes: to Next, or nowhere because of End. Exactly one is set.
type Transition struct {
	Next string
	End  bool
}

func (t *Transition) fields(f *fields) {
	f.text("Next", &t.Next)
	f.flag("End", &t.End)
}

func (t *Transition) successors() []string {
	if t.Next == "" {
		return nil
	}
	return []string{t.Next}
}

// Data holds what a state leaves behind: variables by Assign, and its output. A nil Output means the default
// (the input, or the result where there is one); JSON null is Null{}.
type Data struct {
	Assign Object
	Output any
}

func (d *Data) fields(f *fields) {
	f.object("Assign", &d.Assign)
	f.value("Output", &d.Output)
}

// Seconds is a whole number of seconds, or an expression {% %} that yields one. Its zero value means absent.
type Seconds struct {
	Value      int
	Expression string
}

// IsZero tells whether the field is absent.
func (s Seconds) IsZero() bool { return s == Seconds{} }

// newState maps a "Type" to an empty state.
func newState(typ string) State {
	switch typ {
	case "Task":
		return &Task{}
	case "Choice":
		return &Choice{}
	case "Parallel":
		return &Parallel{}
	case "Map":
		return &Map{}
	case "Pass":
		return &Pass{}
	case "Wait":
		return &Wait{}
	case "Succeed":
		return &Succeed{}
	case "Fail":
		return &Fail{}
	default:
		return nil
	}
}
