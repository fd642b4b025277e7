package pattern

import "encoding/binary"

// membership says in which element of which arrays a leaf stands: only arrays whose element is an object or an array,
// outermost first. Arrays are numbered as they begin in the event, so the numbers of a membership rise.
type membership []element

type element struct{ array, index int32 }

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

// within returns the part of a membership that is about the arrays given, and as keys of maps which arrays those are
// and which elements of them.
func (m membership) within(given map[int32]bool) (part membership, arrays, elements string) {
	var a, e []byte
	for _, at := range m {
		if given[at.array] {
			part = append(part, at)
			a = binary.AppendVarint(a, int64(at.array))
			e = binary.AppendVarint(e, int64(at.index))
		}
	}
	return part, string(a), string(e)
}

func arraysOf(all []membership) map[int32]bool {
	arrays := map[int32]bool{}
	for _, m := range all {
		for _, e := range m {
			arrays[e.array] = true
		}
	}
	return arrays
}

// index finds which of many memberships agree with others, without a look at every pair.
type index struct {
	all    []membership
	common map[int32]bool                     // arrays that both sides know: only these can be disagreed about
	groups map[string]map[string][]membership // by which of those a membership knows, and by its elements of them
}

// newIndex is for looking up the others in all. With nothing to disagree about it stays empty.
func newIndex(all, others []membership) index {
	x := index{all: all, common: arraysOf(others)}
	if len(x.common) == 0 {
		return x
	}
	x.groups = map[string]map[string][]membership{}
	for _, m := range all {
		_, arrays, elements := m.within(x.common)
		if x.groups[arrays] == nil {
			x.groups[arrays] = map[string][]membership{}
		}
		x.groups[arrays][elements] = append(x.groups[arrays][elements], m)
	}
	return x
}

// agreeing returns those that agree with one of the others.
func (x index) agreeing(m membership) []membership {
	if x.groups == nil {
		return x.all
	}
	var found []membership
	for arrays, group := range x.groups {
		known := map[int32]bool{}
		for key := []byte(arrays); len(key) > 0; {
			array, size := binary.Varint(key)
			known[int32(array)], key = true, key[size:]
		}
		if _, same, elements := m.within(known); same == arrays {
			found = append(found, group[elements]...)
			continue
		}
		for _, candidates := range group { // m knows fewer arrays than they: it agrees with several elements
			for _, candidate := range candidates {
				if m.agrees(candidate) {
					found = append(found, candidate)
				}
			}
		}
	}
	return found
}

// forget drops arrays that nothing ahead stands in, and what is the same then. Without that, what is open would multiply
// with every array that has nothing to do with the others.
func forget(open, ahead []membership) []membership {
	needed := arraysOf(ahead)
	var kept []membership
	seen := map[[2]string]bool{}
	for _, m := range open {
		part, arrays, elements := m.within(needed)
		if key := [2]string{arrays, elements}; !seen[key] {
			seen[key] = true
			kept = append(kept, part)
		}
	}
	return kept
}
