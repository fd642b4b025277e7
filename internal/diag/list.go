package diag

import "slices"

// Limit is how many diagnostics are shown at once.
const Limit = 100

// List collects diagnostics. The zero List is empty and ready.
type List []Diagnostic

// Add appends diagnostics.
func (l *List) Add(diagnostics ...Diagnostic) { *l = append(*l, diagnostics...) }

// Sorted returns a copy ordered by place, then severity, then code, without repetitions: what has the same place,
// code and message is there once, as it was added first.
func (l List) Sorted() List {
	sorted := slices.Clone(l)
	slices.SortStableFunc(sorted, compare)
	return slices.CompactFunc(sorted, func(a, b Diagnostic) bool {
		return a.Code == b.Code && a.At.Start == b.At.Start && a.Message == b.Message
	})
}

func compare(a, b Diagnostic) int {
	if c := a.At.Start.before(b.At.Start); c != 0 {
		return c
	}
	if a.Severity != b.Severity {
		return int(a.Severity - b.Severity)
	}
	switch {
	case a.Code < b.Code:
		return -1
	case a.Code > b.Code:
		return 1
	}
	return 0
}

// Head returns at most Limit diagnostics and how many were left off. Errors win over warnings, and warnings over
// notes, so that no error is ever hidden behind something milder; the order stays.
func (l List) Head() (head List, more int) {
	if len(l) <= Limit {
		return l, 0
	}
	room := Limit
	var keep [Note + 1]int
	for severity := Error; severity <= Note; severity++ {
		keep[severity] = min(room, l.count(severity))
		room -= keep[severity]
	}
	for _, d := range l {
		if keep[d.Severity] > 0 {
			keep[d.Severity]--
			head = append(head, d)
		}
	}
	return head, len(l) - len(head)
}

// Errors counts the diagnostics of severity Error.
func (l List) Errors() int { return l.count(Error) }

// Warnings counts the diagnostics of severity Warning.
func (l List) Warnings() int { return l.count(Warning) }

// HasErrors reports whether there is a diagnostic of severity Error.
func (l List) HasErrors() bool { return l.Errors() > 0 }

func (l List) count(severity Severity) int {
	n := 0
	for i := range l {
		if l[i].Severity == severity {
			n++
		}
	}
	return n
}
