package asl

// Pass is a state that only transforms: it assigns variables and shapes its output.
type Pass struct {
	Common
	Data
	Transition
}

// Type returns "Pass".
func (*Pass) Type() string { return "Pass" }

// Successors returns Next.
func (p *Pass) Successors() []string { return p.successors() }

func (p *Pass) fields(f *fields) {
	p.Common.fields(f)
	p.Data.fields(f)
	p.Transition.fields(f)
}
