package asl

// Fail is a state that ends the machine as failed. Error and Cause may be expressions {% %}.
type Fail struct {
	Common
	Error string
	Cause string
}

// Type returns "Fail".
func (*Fail) Type() string { return "Fail" }

// Successors returns nothing.
func (*Fail) Successors() []string { return nil }

func (s *Fail) fields(f *fields) {
	s.Common.fields(f)
	f.text("Error", &s.Error)
	f.text("Cause", &s.Cause)
}
