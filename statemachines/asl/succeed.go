package asl

// Succeed is a state that ends its branch or machine well.
type Succeed struct {
	Common
	Output any // nil means the input; JSON null is Null{}
}

// Type returns "Succeed".
func (*Succeed) Type() string { return "Succeed" }

// Successors returns nothing.
func (*Succeed) Successors() []string { return nil }

func (s *Succeed) fields(f *fields) {
	s.Common.fields(f)
	f.value("Output", &s.Output)
}
