package pipeline

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/template"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// textSlot is a string.
type textSlot struct {
	into  *Text
	limit *limit
}

func scalar(into *Text, l *limit) slot { return textSlot{into, l} }

func (s textSlot) present() bool { return s.into.IsSet() }

func (s textSlot) read(list *diag.List, what member, v *tree.Value) {
	*s.into, _ = readText(list, what, v)
}

func (s textSlot) limits(list *diag.List, what member) { s.limit.check(list, what, *s.into) }

func (s textSlot) write(out []byte) []byte { return appendText(out, *s.into) }

// readText reads a string; numbers and booleans keep the letters that they were written with.
func readText(list *diag.List, what member, v *tree.Value) (Text, bool) {
	if v.Tag == "" && v.IsScalar() {
		return v.Scalar(), true
	}
	if t, ok := template.Substitution(v); ok {
		return t, true
	}
	expectKind(list, what, v, tree.String)
	return Text{}, false
}

// numberSlot is an integer. Canonically an absent one is its default, if it has one.
type numberSlot struct {
	into     *Number
	min, max int
	def      int
}

func (s numberSlot) present() bool { return s.into.Set || s.def != 0 }

func (s numberSlot) read(list *diag.List, what member, v *tree.Value) {
	if v.Tag != "" || !v.IsScalar() {
		expectKind(list, what, v, tree.Number)
		return
	}
	if len(v.Placeholders) > 0 {
		list.Add(unknownHere(v.At, what, v.Placeholders[0].Name))
		return
	}
	n, err := strconv.Atoi(v.Text)
	if err != nil {
		list.Add(notInteger(v, what, s.min, s.max))
		return
	}
	*s.into = Number{Value: n, Set: true, At: v.At}
}

func (s numberSlot) limits(list *diag.List, what member) {
	if n := *s.into; n.Set && (n.Value < s.min || n.Value > s.max) {
		list.Add(numberOutOfRange(n, what, s.min, s.max))
	}
}

func (s numberSlot) write(out []byte) []byte {
	if !s.into.Set {
		return strconv.AppendInt(out, int64(s.def), 10)
	}
	return strconv.AppendInt(out, int64(s.into.Value), 10)
}

// textsSlot is a list of strings.
type textsSlot struct {
	into  *[]Text
	most  int
	limit *limit
	least int // entries of a list that is there: 0 or 1
}

func (s textsSlot) present() bool { return len(*s.into) > 0 }

func (s textsSlot) read(list *diag.List, what member, v *tree.Value) {
	if !expectKind(list, what, v, tree.Sequence) || !expectEntries(list, what, v, s.least) {
		return
	}
	for _, item := range v.Items {
		if t, ok := readText(list, what.of("item"), item); ok {
			*s.into = append(*s.into, t)
		}
	}
}

func (s textsSlot) limits(list *diag.List, what member) {
	if n := len(*s.into); n > s.most {
		list.Add(tooMany((*s.into)[0].At, what, n, s.most))
	}
	for _, t := range *s.into {
		s.limit.check(list, what.of("item"), t)
	}
}

func (s textsSlot) write(out []byte) []byte {
	return appendList(out, *s.into, func(out []byte, t *Text) []byte { return appendText(out, *t) })
}

// listSlot is a list of structures.
type listSlot[T any] struct {
	into *[]T
	of   *structure[T]
	most int // items allowed; 0 is any number

	least int // entries of a list that is there: 0 or 1
}

func listOf[T any](into *[]T, of *structure[T], most int) slot { return listSlot[T]{into, of, most, 0} }

// someOf is listOf for a list that is not empty where it is there.
func someOf[T any](into *[]T, of *structure[T], most int) slot { return listSlot[T]{into, of, most, 1} }

func (s listSlot[T]) present() bool { return len(*s.into) > 0 }

func (s listSlot[T]) read(list *diag.List, what member, v *tree.Value) {
	if !expectKind(list, what, v, tree.Sequence) || !expectEntries(list, what, v, s.least) {
		return
	}
	*s.into = slices.Grow(*s.into, len(v.Items))
	for _, item := range v.Items {
		var t T
		if s.of.read(list, what.spelling, item, &t) {
			*s.into = append(*s.into, t)
		}
	}
}

func (s listSlot[T]) limits(list *diag.List, what member) {
	items := *s.into
	if n := len(items); s.most > 0 && n > s.most {
		list.Add(tooMany(*s.of.at(&items[0]), what, n, s.most))
	}
	for i := range items {
		s.of.limits(list, what.spelling, &items[i])
	}
}

func (s listSlot[T]) write(out []byte) []byte { return appendList(out, *s.into, s.of.write) }

// someOrOneSlot is a list of structures that is not empty. One of them alone stands for a list of one.
type someOrOneSlot[T any] struct{ listSlot[T] }

func someOrOneOf[T any](into *[]T, of *structure[T], most int) slot {
	return someOrOneSlot[T]{listSlot[T]{into, of, most, 1}}
}

func (s someOrOneSlot[T]) read(list *diag.List, what member, v *tree.Value) {
	if v.Kind != tree.Sequence {
		v = &tree.Value{Kind: tree.Sequence, At: v.At, Items: []*tree.Value{v}}
	}
	s.listSlot.read(list, what, v)
}

// partSlot is a structure that may be absent.
type partSlot[T any] struct {
	into **T
	of   *structure[T]
}

func part[T any](into **T, of *structure[T]) slot { return partSlot[T]{into, of} }

func (s partSlot[T]) present() bool { return *s.into != nil }

func (s partSlot[T]) read(list *diag.List, what member, v *tree.Value) {
	t := new(T)
	if s.of.read(list, what.spelling, v, t) {
		*s.into = t
	}
}

func (s partSlot[T]) limits(list *diag.List, what member) { s.of.limits(list, what.spelling, *s.into) }

func (s partSlot[T]) write(out []byte) []byte { return s.of.write(out, *s.into) }

// expectEntries reports a list that the API wants to have an entry, and has none.
func expectEntries(list *diag.List, what member, v *tree.Value, least int) bool {
	if len(v.Items) < least {
		list.Add(emptyList(v.At, what))
		return false
	}
	return true
}

// propertiesSlot is a map of strings. Canonically its keys are sorted: the API gives their order no meaning.
type propertiesSlot struct {
	into       *[]Property
	key, value *limit
}

func (s propertiesSlot) present() bool { return len(*s.into) > 0 }

func (s propertiesSlot) read(list *diag.List, what member, v *tree.Value) {
	if !expectKind(list, what, v, tree.Mapping) {
		return
	}
	for _, e := range tree.Distinct(list, v.Entries) {
		if e.Value.Kind == tree.Null && e.Value.Tag == "" {
			continue
		}
		if _, ok := template.Substitution(e.Value); e.Value.Tag == "" && !e.Value.IsScalar() && !ok {
			list.Add(configurationIsText(e))
			unread := Text{At: e.Value.At, Placeholders: []tree.Placeholder{{}}} // so that nobody misses it
			*s.into = append(*s.into, Property{Key: e.Key, Value: unread})
			continue
		}
		if t, ok := readText(list, what.of(quote(e.Key.Value)), e.Value); ok {
			*s.into = append(*s.into, Property{Key: e.Key, Value: t})
		}
	}
}

func (s propertiesSlot) limits(list *diag.List, what member) {
	for _, p := range *s.into {
		s.key.check(list, what.of("key"), p.Key)
		s.value.check(list, what.of(quote(p.Key.Value)), p.Value)
	}
}

func (s propertiesSlot) write(out []byte) []byte {
	sorted := slices.SortedFunc(slices.Values(*s.into), func(a, b Property) int {
		return strings.Compare(a.Key.Value, b.Key.Value)
	})
	out = append(out, '{')
	for i, p := range sorted {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(append(appendJSON(out, p.Key.Value), ':'), p.Value)
	}
	return append(out, '}')
}

func appendList[T any](out []byte, items []T, write func([]byte, *T) []byte) []byte {
	out = append(out, '[')
	for i := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = write(out, &items[i])
	}
	return append(out, ']')
}

// appendText appends a text: a JSON string, or where it has placeholders {"Fn::Sub": "..."}, which every form reads.
func appendText(out []byte, t Text) []byte {
	if t.IsKnown() {
		return appendJSON(out, t.Value)
	}
	return append(appendJSON(append(out, `{"Fn::Sub":`...), template.Substitutable(t)), '}')
}

// appendJSON appends a JSON string, with "<", ">" and "&" as they are.
func appendJSON(out []byte, text string) []byte {
	if isPlain(text) {
		return append(append(append(out, '"'), text...), '"')
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return append(out, `""`...) // cannot happen: every string has a JSON form
	}
	return append(out, strings.TrimSuffix(b.String(), "\n")...)
}

// isPlain reports whether JSON writes the text as it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
