package pattern

import "slices"

// leaf is a value of an event that has no parts.
type leaf struct {
	kind kind
	text string // of a string; the letters of anything else
	at   membership
}

// flattener collects the leaves of an event that a pattern asks for, and passes everything else.
type flattener struct {
	reader
	pattern *Pattern
	path    []byte
	here    membership
	arrays  int32
	leaves  [][]leaf // by slot
}

// flatten returns the leaves of an event, which is a valid JSON object, by the slots of the pattern's paths.
func (p *Pattern) flatten(event []byte) [][]leaf {
	f := flattener{reader: newReader(event), pattern: p, leaves: make([][]leaf, len(p.slots))}
	f.object(false)
	return f.leaves
}

func (f *flattener) object(nested bool) {
	base := len(f.path)
	for f.open(); f.more(); {
		f.path = f.path[:base]
		if nested {
			f.path = append(f.path, '.')
		}
		f.path = append(f.path, f.quoted()...)
		slot, asked := f.pattern.slots[string(f.path)]
		switch {
		case asked:
			f.value(slot)
		case f.pattern.parents[string(f.path)]:
			f.value(none)
		default:
			f.skip()
		}
	}
	f.path = f.path[:base]
}

// none is the slot of a path that is only on the way to others.
const none = -1

func (f *flattener) value(slot int) {
	switch f.kind() {
	case object:
		f.object(true)
	case array:
		f.array(slot)
	default:
		f.leaf(slot)
	}
}

func (f *flattener) array(slot int) {
	id := f.arrays
	f.arrays++
	depth := len(f.here)
	f.open()
	for i := int32(0); f.more(); i++ {
		if k := f.kind(); k == object || k == array {
			f.here = append(f.here, element{id, i})
		}
		f.value(slot)
		f.here = f.here[:depth]
	}
}

func (f *flattener) leaf(slot int) {
	k := f.kind()
	if slot == none {
		f.skip()
		return
	}
	f.leaves[slot] = append(f.leaves[slot], leaf{kind: k, text: string(f.scalar()), at: slices.Clone(f.here)})
}
