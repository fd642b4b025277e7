package asl

// Parallel is a state that runs its branches at the same time. Its result is the list of their outputs.
type Parallel struct {
	Common
	Branches  []Branch
	Arguments any // each branch's input; nil means the state's input
	Retry     []Retrier
	Catch     []Catcher
	Data
	Transition
}

// Type returns "Parallel".
func (*Parallel) Type() string { return "Parallel" }

// Successors returns Next, then each catcher's Next.
func (p *Parallel) Successors() []string { return append(p.successors(), catchersNext(p.Catch)...) }

func (p *Parallel) fields(f *fields) {
	p.Common.fields(f)
	f.required("Branches")
	list(f, "Branches", &p.Branches)
	f.value("Arguments", &p.Arguments)
	list(f, "Retry", &p.Retry)
	list(f, "Catch", &p.Catch)
	p.Data.fields(f)
	p.Transition.fields(f)
}
