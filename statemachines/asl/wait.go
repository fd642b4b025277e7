package asl

// Wait is a state that lets time pass: a number of seconds, or until a timestamp. Exactly one is set.
type Wait struct {
	Common
	Seconds   any    // a whole number or an expression {% %}; nil when absent
	Timestamp string // RFC 3339, or an expression {% %}
	Data
	Transition
}

// Type returns "Wait".
func (*Wait) Type() string { return "Wait" }

// Successors returns Next.
func (w *Wait) Successors() []string { return w.successors() }

func (w *Wait) fields(f *fields) {
	w.Common.fields(f)
	f.value("Seconds", &w.Seconds)
	f.text("Timestamp", &w.Timestamp)
	w.Data.fields(f)
	w.Transition.fields(f)
}
