package pipeline

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
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

// storesSlot is a map of Region to artifact store.
type storesSlot struct{ into *[]ArtifactStore }

func (s storesSlot) present() bool { return len(*s.into) > 0 }

func (s storesSlot) read(list *diag.List, what member, v *value) {
	if !expectKind(list, what, v, mappingKind) {
		return
	}
	for _, e := range distinct(list, v.entries) {
		store := ArtifactStore{Region: e.key}
		if storeStructure.read(list, e.value, &store) {
			*s.into = append(*s.into, store)
		}
	}
}

func (s storesSlot) limits(list *diag.List, what member) {
	for i := range *s.into {
		regionName.check(list, what.of("Region"), (*s.into)[i].Region)
		storeStructure.limits(list, &(*s.into)[i])
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

// typeIDSlot is an action type or a rule type: a mapping, or in the authoring form Category/Owner/Provider/Version
// or Category/Provider in one string.
type typeIDSlot struct {
	into *ActionTypeID
	of   *structure[ActionTypeID]
}

func (s typeIDSlot) present() bool { return s.into.At.IsKnown() }

func (s typeIDSlot) read(list *diag.List, what member, v *value) {
	if v.kind != stringKind || v.tag != "" {
		s.of.read(list, v, s.into)
		return
	}
	whole := Text{Value: v.text, At: v.at}
	parts := split(whole)
	s.into.At = v.at
	switch len(parts) {
	case 4:
		s.into.Category, s.into.Owner, s.into.Provider, s.into.Version = parts[0], parts[1], parts[2], parts[3]
	case 3:
		s.into.Category, s.into.Owner, s.into.Provider = parts[0], parts[1], parts[2]
		s.into.Version = Text{"1", v.at}
	case 2:
		s.into.Category, s.into.Provider = parts[0], parts[1]
		s.into.Owner, s.into.Version = Text{ownerOf(parts[0].Value, parts[1].Value), v.at}, Text{"1", v.at}
	default:
		list.Add(malformedTypeID(whole, what))
		s.into.At = diag.Range{}
	}
}

func (s typeIDSlot) limits(list *diag.List, _ member) { s.of.limits(list, s.into) }

func (s typeIDSlot) write(out []byte) []byte { return s.of.write(out, s.into) }

// split cuts a text at its slashes, every part with its place.
func split(t Text) []Text {
	var parts []Text
	for start := 0; ; {
		length := strings.IndexByte(t.Value[start:], '/')
		if length < 0 {
			return append(parts, Text{t.Value[start:], within(t, start, len(t.Value))})
		}
		parts = append(parts, Text{t.Value[start : start+length], within(t, start, start+length)})
		start += length + 1
	}
}

// within returns the place of the bytes from start to end of a text: its whole place when the text was written with
// escapes or over several lines.
func within(t Text, start, end int) diag.Range {
	if t.At.Start.Line != t.At.End.Line || utf8.RuneCountInString(t.Value) != t.At.End.Column-t.At.Start.Column {
		return t.At
	}
	return t.At.Within(utf8.RuneCountInString(t.Value[:start]), utf8.RuneCountInString(t.Value[start:end]))
}
