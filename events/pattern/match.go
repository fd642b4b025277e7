package pattern

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"
)

// Match reports whether the pattern matches an event, in EventBridge's JSON. The error says why the event is none.
// Match may be called by several goroutines at once.
func (p *Pattern) Match(event []byte) (bool, error) {
	if !json.Valid(event) {
		return false, fmt.Errorf("read the event: %w", json.Unmarshal(event, new(json.RawMessage)))
	}
	if r := newReader(event); r.kind() != object {
		return false, fmt.Errorf("read the event: it is %s, and an event is an object", r.kind())
	}
	leaves := p.flatten(event)
	for _, b := range p.branches {
		if b.matches(leaves) {
			return true, nil
		}
	}
	return false, nil
}

// branch is what is left of a pattern when one object of every $or is chosen: conditions that must all hold, in the
// order of their paths.
type branch []condition

// condition is what a pattern says about one path.
type condition struct {
	path   string
	slot   int         // of the leaves
	values []predicate // one of them holds
	absent bool        // or there is no leaf: {"exists": false}
}

// predicate is one value of a pattern.
type predicate func(leaf) bool

// matches looks for a leaf for each condition, so that no two of them stand in different elements of the same array. It
// keeps every membership that the conditions so far leave open. A leaf is absent if none agrees with those: what the
// conditions behind say does not count, as in event-ruler, which takes them in the same order.
func (b branch) matches(leaves [][]leaf) bool {
	open := []membership{nil}
	for i, c := range b {
		fits := c.fitting(leaves[c.slot])
		if len(fits) == 0 && !c.absent {
			return false
		}
		open = c.narrow(open, fits, leaves[c.slot])
		if len(open) == 0 {
			return false
		}
		if len(open) > 1 {
			open = forget(open, b[i+1:], leaves)
		}
	}
	return true
}

// fitting returns where the leaves stand that have one of the condition's values.
func (c condition) fitting(leaves []leaf) []membership {
	var fits []membership
	for _, l := range leaves {
		for _, holds := range c.values {
			if holds(l) {
				fits = append(fits, l.at)
				break
			}
		}
	}
	return fits
}

// narrow returns the memberships that are left when the condition holds too.
func (c condition) narrow(open, fits []membership, leaves []leaf) []membership {
	var left []membership
	for _, m := range open {
		if c.absent && !slices.ContainsFunc(leaves, func(l leaf) bool { return m.agrees(l.at) }) {
			left = append(left, m)
		}
		for _, at := range fits {
			if m.agrees(at) {
				left = append(left, m.and(at))
			}
		}
	}
	return left
}

// agrees reports whether two memberships name no different elements of the same array.
func (m membership) agrees(n membership) bool {
	for len(m) > 0 && len(n) > 0 {
		switch {
		case m[0].array < n[0].array:
			m = m[1:]
		case m[0].array > n[0].array:
			n = n[1:]
		case m[0].index != n[0].index:
			return false
		default:
			m, n = m[1:], n[1:]
		}
	}
	return true
}

// and joins two memberships that agree.
func (m membership) and(n membership) membership {
	both := make(membership, 0, len(m)+len(n))
	for len(m) > 0 && len(n) > 0 {
		switch {
		case m[0].array < n[0].array:
			both, m = append(both, m[0]), m[1:]
		case m[0].array > n[0].array:
			both, n = append(both, n[0]), n[1:]
		default:
			both, m, n = append(both, m[0]), m[1:], n[1:]
		}
	}
	return append(append(both, m...), n...)
}

// forget drops arrays that no leaf of the conditions ahead stands in, and what is the same then. Without that, what
// is open would multiply with every array that has nothing to do with the others.
func forget(open []membership, ahead branch, leaves [][]leaf) []membership {
	needed := map[int32]bool{}
	for _, c := range ahead {
		for _, l := range leaves[c.slot] {
			for _, e := range l.at {
				needed[e.array] = true
			}
		}
	}
	var kept []membership
	seen := map[string]bool{}
	for _, m := range open {
		var short membership
		var key []byte
		for _, e := range m {
			if needed[e.array] {
				short = append(short, e)
				key = binary.AppendVarint(binary.AppendVarint(key, int64(e.array)), int64(e.index))
			}
		}
		if !seen[string(key)] {
			seen[string(key)] = true
			kept = append(kept, short)
		}
	}
	return kept
}
