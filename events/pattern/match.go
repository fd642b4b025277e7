package pattern

import (
	"encoding/json"
	"fmt"
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
		open = c.narrow(open, fits, leaves)
		if len(open) == 0 {
			return false
		}
		if len(open) > 1 {
			open = forget(open, b[i+1:].standing(leaves))
		}
	}
	return true
}

// standing returns where the leaves of the conditions stand.
func (b branch) standing(leaves [][]leaf) []membership {
	var all []membership
	for _, c := range b {
		for _, l := range leaves[c.slot] {
			all = append(all, l.at)
		}
	}
	return all
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
func (c condition) narrow(open, fits []membership, leaves [][]leaf) []membership {
	var present index
	if c.absent {
		present = newIndex(branch{c}.standing(leaves), open)
	}
	fitting := newIndex(fits, open)
	var left []membership
	for _, m := range open {
		if c.absent && len(present.agreeing(m)) == 0 {
			left = append(left, m)
		}
		for _, at := range fitting.agreeing(m) {
			left = append(left, m.and(at))
		}
	}
	return left
}
