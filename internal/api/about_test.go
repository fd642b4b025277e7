package api

import "testing"

// Each operation that does something has a path, and none has two.
func TestOperationsHavePaths(t *testing.T) {
	for name, op := range operations {
		_, named := about[name]
		if op.do != nil && named == jobResults[name] {
			t.Errorf("%s: it is in about: %t, and a job's result: %t", name, named, jobResults[name])
		}
	}
	for name, members := range about {
		op, known := operations[name]
		if !known {
			t.Errorf("%s is no operation", name)
		}
		for _, m := range members {
			if op.do != nil && !op.requires(m) {
				t.Errorf("%s: its input does not require %s", name, m)
			}
		}
	}
}

func (o operation) requires(name string) bool {
	for _, m := range o.input.members {
		if m.name == name {
			return m.required
		}
	}
	return false
}
