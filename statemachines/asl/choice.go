package asl

// Choice is a state that goes where the first rule with a true condition says, or to Default.
// Its own Assign and Output apply to Default only.
type Choice struct {
	Common
	Choices []ChoiceRule
	Default string
	Data
}

// ChoiceRule is one member of "Choices". Its Assign and Output apply when it is the one taken.
type ChoiceRule struct {
	Comment   string
	Condition any // an expression {% %}, or a boolean
	Next      string
	Data
}

// Type returns "Choice".
func (*Choice) Type() string { return "Choice" }

// Successors returns each rule's Next, then Default.
func (c *Choice) Successors() []string {
	var names []string
	for i := range c.Choices {
		names = append(names, c.Choices[i].Next)
	}
	if c.Default != "" {
		names = append(names, c.Default)
	}
	return names
}

func (c *Choice) fields(f *fields) {
	c.Common.fields(f)
	f.required("Choices")
	list(f, "Choices", &c.Choices)
	f.text("Default", &c.Default)
	c.Data.fields(f)
}

func (r *ChoiceRule) fields(f *fields) {
	f.text("Comment", &r.Comment)
	f.required("Condition")
	f.value("Condition", &r.Condition)
	f.required("Next")
	f.text("Next", &r.Next)
	r.Data.fields(f)
}
