package pipeline

import (
	"math"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

const (
	maxInt  = math.MaxInt32
	maxTags = 50
)

// modeSlot is the execution mode: canonically always there.
type modeSlot struct{ textSlot }

func (s modeSlot) present() bool { return true }

func (s modeSlot) limits(list *diag.List, what member) {
	if s.into.IsSet() {
		s.textSlot.limits(list, what)
	}
}

func (s modeSlot) write(out []byte) []byte {
	if !s.into.IsSet() {
		return appendJSON(out, ModeSuperseded)
	}
	return s.textSlot.write(out)
}

// versionSlot is the pipeline's version, which the service counts: it is read and never written.
type versionSlot struct{ numberSlot }

func (s versionSlot) present() bool { return false }

// read checks the bounds at once: what is never present is not checked later.
func (s versionSlot) read(list *diag.List, what member, v *tree.Value) {
	s.numberSlot.read(list, what, v)
	s.limits(list, what)
}

// storesSlot is a map of Region to artifact store.
type storesSlot struct{ into *[]ArtifactStore }

func (s storesSlot) present() bool { return len(*s.into) > 0 }

func (s storesSlot) read(list *diag.List, what member, v *tree.Value) {
	if what.spelling == upperCamel {
		listOf(s.into, &regionalStoreStructure, 0).read(list, what, v)
		return
	}
	if !expectKind(list, what, v, tree.Mapping) {
		return
	}
	for _, e := range tree.Distinct(list, v.Entries) {
		store := ArtifactStore{Region: e.Key}
		if storeStructure.read(list, what.spelling, e.Value, &store) {
			*s.into = append(*s.into, store)
		}
	}
}

func (s storesSlot) limits(list *diag.List, what member) {
	if what.spelling == upperCamel {
		listOf(s.into, &regionalStoreStructure, 0).limits(list, what)
		return
	}
	for i := range *s.into {
		regionName.check(list, what.of("Region"), (*s.into)[i].Region)
		storeStructure.limits(list, what.spelling, &(*s.into)[i])
	}
}

func (s storesSlot) write(out []byte) []byte {
	sorted := slices.SortedFunc(slices.Values(*s.into), func(a, b ArtifactStore) int {
		return strings.Compare(a.Region.Value, b.Region.Value)
	})
	out = append(out, '{')
	for i := range sorted {
		if i > 0 {
			out = append(out, ',')
		}
		out = storeStructure.write(append(appendJSON(out, sorted[i].Region.Value), ':'), &sorted[i])
	}
	return append(out, '}')
}

// storeSlot is the store in an entry of CloudFormation's list of stores.
type storeSlot struct{ into *ArtifactStore }

func (s storeSlot) present() bool { return s.into.Type.IsSet() || s.into.Location.IsSet() }

func (s storeSlot) read(list *diag.List, what member, v *tree.Value) {
	storeStructure.read(list, what.spelling, v, s.into)
}

func (s storeSlot) limits(list *diag.List, what member) {
	storeStructure.limits(list, what.spelling, s.into)
}

func (s storeSlot) write(out []byte) []byte { return storeStructure.write(out, s.into) }

// typeIDSlot is an action type or a rule type: a mapping, or in the authoring form Category/Owner/Provider/Version
// or Category/Provider in one string.
type typeIDSlot struct {
	into *ActionTypeID
	of   *structure[ActionTypeID]
}

// present does not ask for a place alone: a definition that was built in Go has none.
func (s typeIDSlot) present() bool {
	id := s.into
	return id.At.IsKnown() || id.Category.IsSet() || id.Owner.IsSet() || id.Provider.IsSet() || id.Version.IsSet()
}

func (s typeIDSlot) read(list *diag.List, what member, v *tree.Value) {
	if v.Kind != tree.String || v.Tag != "" || what.spelling == upperCamel {
		s.of.read(list, what.spelling, v, s.into)
		return
	}
	whole := Text{Value: v.Text, At: v.At}
	parts := split(whole)
	s.into.At = v.At
	switch len(parts) {
	case 4:
		s.into.Category, s.into.Owner, s.into.Provider, s.into.Version = parts[0], parts[1], parts[2], parts[3]
	case 3:
		s.into.Category, s.into.Owner, s.into.Provider = parts[0], parts[1], parts[2]
		s.into.Version = Text{Value: "1", At: v.At}
	case 2:
		s.into.Category, s.into.Provider = parts[0], parts[1]
		s.into.Owner, s.into.Version = Text{Value: ownerOf(parts[0].Value, parts[1].Value), At: v.At}, Text{Value: "1", At: v.At}
	default:
		list.Add(malformedTypeID(whole, what))
		s.into.At = diag.Range{}
	}
}

func (s typeIDSlot) limits(list *diag.List, what member) { s.of.limits(list, what.spelling, s.into) }

func (s typeIDSlot) write(out []byte) []byte { return s.of.write(out, s.into) }

// split cuts a text at its slashes, every part with its place.
func split(t Text) []Text {
	var parts []Text
	for start := 0; ; {
		length := strings.IndexByte(t.Value[start:], '/')
		if length < 0 {
			return append(parts, Text{Value: t.Value[start:], At: within(t, start, len(t.Value))})
		}
		parts = append(parts, Text{Value: t.Value[start : start+length], At: within(t, start, start+length)})
		start += length + 1
	}
}

// within returns the place of the bytes from start to end of a text: its whole place when the text was written with
// escapes or over several lines.
func within(t Text, start, end int) diag.Range { return t.Part(start, end) }
