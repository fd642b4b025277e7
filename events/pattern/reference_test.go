package pattern_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/events/pattern"
)

var (
	referenceRuns = flag.Int("reference.runs", 5000, "how many random patterns and events are compared with the naive matcher")
	referenceSeed = flag.Uint64("reference.seed", 1, "where they begin")
)

// The naive matcher says what a pattern means with as little thought as possible: it lists every leaf of the event with
// the array elements around it, tries every choice of one leaf for each path, and asks package regexp, math/big and net
// about values. It reads patterns that Compile accepts.

// naiveLeaf is a leaf, and the element it stands in for every array around it that holds objects or arrays.
type naiveLeaf struct {
	value any
	in    map[string]int
}

// naiveEvent has the leaves of an event by path.
type naiveEvent map[string][]naiveLeaf

// add adds the leaves of v: at is their path, and where says that with the array elements in it.
func (e naiveEvent) add(at, where string, v any, in map[string]int) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			path := name
			if at != "" {
				path = at + "." + name
			}
			e.add(path, where+"/"+name, member, in)
		}
	case []any:
		for i, item := range v {
			inside := in
			switch item.(type) {
			case map[string]any, []any:
				inside = maps.Clone(in)
				inside[where] = i
			}
			e.add(at, fmt.Sprintf("%s/%d", where, i), item, inside)
		}
	default:
		e[at] = append(e[at], naiveLeaf{v, in})
	}
}

// naiveBranches writes a pattern as alternatives, each a list of values by path.
func naiveBranches(at string, object map[string]any) []map[string][]any {
	all := []map[string][]any{{}}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		path := name
		if at != "" {
			path = at + "." + name
		}
		var more []map[string][]any
		switch v := object[name].(type) {
		case map[string]any:
			more = naiveBranches(path, v)
		case []any:
			more = []map[string][]any{{path: v}}
			if name == "$or" {
				more = nil
				for _, item := range v {
					inner, _ := item.(map[string]any)
					more = append(more, naiveBranches(at, inner)...)
				}
			}
		}
		var product []map[string][]any
		for _, a := range all {
			for _, b := range more {
				both := maps.Clone(a)
				maps.Copy(both, b)
				product = append(product, both)
			}
		}
		all = product
	}
	return all
}

func naiveMatch(rule, event map[string]any) bool {
	leaves := naiveEvent{}
	leaves.add("", "", event, map[string]int{})
	for _, branch := range naiveBranches("", rule) {
		if naiveChoose(slices.Sorted(maps.Keys(branch)), branch, leaves, nil) {
			return true
		}
	}
	return false
}

// naiveChoose tries every leaf for the first of the paths together with those chosen.
func naiveChoose(paths []string, branch map[string][]any, leaves naiveEvent, chosen []naiveLeaf) bool {
	if len(paths) == 0 {
		return true
	}
	present := false
	for _, l := range leaves[paths[0]] {
		if !naiveTogether(l, chosen) {
			continue
		}
		present = true
		if slices.ContainsFunc(branch[paths[0]], func(v any) bool { return naiveHolds(v, l.value) }) &&
			naiveChoose(paths[1:], branch, leaves, append(slices.Clone(chosen), l)) {
			return true
		}
	}
	absent := slices.ContainsFunc(branch[paths[0]], func(v any) bool {
		m, is := v.(map[string]any)
		return is && m["exists"] == false
	})
	return absent && !present && naiveChoose(paths[1:], branch, leaves, chosen)
}

func naiveTogether(l naiveLeaf, chosen []naiveLeaf) bool {
	for _, other := range chosen {
		for where, i := range l.in {
			if j, both := other.in[where]; both && i != j {
				return false
			}
		}
	}
	return true
}

func naiveHolds(want, got any) bool {
	expression, is := want.(map[string]any)
	if !is {
		return naiveEqual(want, got)
	}
	for name, operand := range expression {
		return naiveOperator(name, operand, got)
	}
	return false
}

func naiveEqual(want, got any) bool {
	if a, b := net.ParseIP(naiveText(want)), net.ParseIP(naiveText(got)); a != nil && b != nil {
		return a.Equal(b)
	}
	if a, b := naiveNumber(want), naiveNumber(got); a != nil && b != nil {
		return a.Cmp(b) == 0
	}
	return want == got
}

func naiveText(v any) string {
	s, _ := v.(string)
	return s
}

// naiveNumber is nil for what is no number or not compared.
func naiveNumber(v any) *big.Rat {
	n, is := v.(json.Number)
	if !is {
		return nil
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok || new(big.Rat).Abs(r).Cmp(big.NewRat(5e9, 1)) > 0 || !new(big.Rat).Mul(r, big.NewRat(1e6, 1)).IsInt() {
		return nil
	}
	return r
}

func naiveOperator(name string, operand, got any) bool {
	text, isText := got.(string)
	folded := func(s string) string { return "(?i:" + regexp.QuoteMeta(s) + ")" }
	find := func(expression string) bool {
		return isText && regexp.MustCompile("(?s)"+expression).MatchString(text)
	}
	switch name {
	case "exists":
		return operand == true
	case "exactly":
		return isText && got == operand
	case "prefix", "suffix":
		part := regexp.QuoteMeta(naiveText(operand))
		if m, is := operand.(map[string]any); is {
			part = folded(naiveText(m["equals-ignore-case"]))
		}
		if name == "prefix" {
			return find("^" + part)
		}
		return find(part + `\z`)
	case "equals-ignore-case":
		return find("^" + folded(naiveText(operand)) + `\z`)
	case "wildcard":
		pieces := regexp.MustCompile(`\\.|\*|[^\\*]+`).FindAllString(naiveText(operand), -1)
		for i, piece := range pieces {
			if pieces[i] = regexp.QuoteMeta(strings.TrimPrefix(piece, `\`)); piece == "*" {
				pieces[i] = ".*"
			}
		}
		return find("^" + strings.Join(pieces, "") + `\z`)
	case "cidr":
		_, block, err := net.ParseCIDR(naiveText(operand))
		ip := net.ParseIP(text)
		return err == nil && isText && ip != nil && block.Contains(ip)
	case "numeric":
		terms, _ := operand.([]any)
		return naiveRange(terms, naiveNumber(got))
	case "anything-but":
		return !naiveExcluded(operand, got)
	}
	panic("no operator " + name)
}

func naiveRange(terms []any, got *big.Rat) bool {
	for i := 0; got != nil && i < len(terms); i += 2 {
		c := got.Cmp(naiveNumber(terms[i+1]))
		holds := map[any]bool{"=": c == 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}
		if !holds[terms[i]] {
			return false
		}
	}
	return got != nil
}

func naiveExcluded(operand, got any) bool {
	switch v := operand.(type) {
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return naiveExcluded(item, got) })
	case map[string]any:
		for name, inner := range v {
			values, is := inner.([]any)
			if !is {
				values = []any{inner}
			}
			return slices.ContainsFunc(values, func(item any) bool { return naiveOperator(name, item, got) })
		}
	case json.Number:
		a, b := naiveNumber(v), naiveNumber(got)
		return a != nil && b != nil && a.Cmp(b) == 0
	}
	return operand == got
}

// generator makes patterns and events of few names and values, so that they often meet.
type generator struct{ *rand.Rand }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) name() string { return pick(g, "a", "a", "b", "b", "c", "c", "a.b") }

func (g generator) word() string {
	return pick(g, "", "a", "A", "ab", "aB", "abc", "b*", `b\`, "10.0.0.1", "10.0.1.1", "::1", "0:0::1", "ä", "Ä")
}

func (g generator) number() json.Number {
	return json.Number(pick(g, "0", "-0", "1", "1.0", "10e-1", "2", "2.5", "-1", "5e9", "0.000001", "0.0000001", "6000000000", "123456789012"))
}

func (g generator) scalar() any {
	switch g.IntN(6) {
	case 0:
		return pick[any](g, true, false, nil)
	case 1, 2:
		return g.number()
	}
	return g.word()
}

func (g generator) event(depth int) map[string]any {
	m := map[string]any{}
	for range 1 + g.IntN(3) {
		m[g.name()] = g.member(depth)
	}
	return m
}

func (g generator) member(depth int) any {
	switch n := g.IntN(10); {
	case depth > 0 && n < 3:
		return g.event(depth - 1)
	case depth > 0 && n < 7:
		items := []any{}
		for range g.IntN(4) {
			items = append(items, g.member(depth-1))
		}
		return items
	}
	return g.scalar()
}

// object is a pattern about a part of an event: mostly of names that are there.
func (g generator) object(depth int, about any) map[string]any {
	m := map[string]any{}
	for range 1 + g.IntN(2) {
		name, member := g.look(about)
		_, nested := member.(map[string]any)
		switch n := g.IntN(10); {
		case depth > 0 && (nested && n < 8 || n < 2):
			m[name] = g.object(depth-1, member)
		case depth > 0 && n < 3:
			m["$or"] = []any{g.object(depth-1, about), g.object(depth-1, about)}
		default:
			m[name] = g.values(member)
		}
	}
	return m
}

// look picks a member of an object, and of an array an element.
func (g generator) look(about any) (name string, member any) {
	name = g.name()
	if m, is := about.(map[string]any); is {
		if g.IntN(5) > 0 {
			name = pick(g, slices.Sorted(maps.Keys(m))...)
		}
		member = m[name]
	}
	for {
		items, is := member.([]any)
		if !is || len(items) == 0 {
			return name, member
		}
		member = pick(g, items...)
	}
}

func (g generator) values(about any) []any {
	switch about.(type) {
	case map[string]any, []any:
		about = g.scalar()
	}
	values := []any{}
	for range 1 + g.IntN(2) {
		values = append(values, pick[any](g, g.scalar(), g.expression(), g.expression(), about, about))
	}
	return values
}

func (g generator) expression() map[string]any {
	name := pick(g, "prefix", "suffix", "equals-ignore-case", "wildcard", "cidr", "numeric", "exists", "anything-but", "exactly")
	var operand any = g.word()
	switch name {
	case "prefix", "suffix":
		operand = pick[any](g, operand, map[string]any{"equals-ignore-case": operand})
	case "wildcard":
		operand = g.wildcard()
	case "cidr":
		operand = pick(g, "10.0.0.0/24", "10.0.1.1/8", "::/64", "0.0.0.0/0")
	case "exists":
		operand = pick(g, true, false)
	case "numeric":
		operand = pick(g, []any{pick(g, "=", "<", "<=", ">", ">="), json.Number(pick(g, "1", "2.5", "0", "5e9"))},
			[]any{pick(g, ">", ">="), json.Number("0"), pick(g, "<", "<="), json.Number("2")})
	case "anything-but":
		operand = pick[any](g, operand, []any{g.word(), g.word()}, json.Number("1"), []any{json.Number("1.0"), json.Number("2")},
			map[string]any{"prefix": []any{"a", "b"}}, map[string]any{"suffix": "b"}, map[string]any{"equals-ignore-case": g.word()},
			map[string]any{"wildcard": []any{g.wildcard()}})
	}
	return map[string]any{name: operand}
}

func (g generator) wildcard() string {
	return pick(g, "*", "a*", "*b", "*b*", "a*c", `b\*`, `b\\`, `*\**`, "1*.1", "")
}

func TestReference(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(*referenceSeed, 0))}
	matched := 0
	for range *referenceRuns {
		e := g.event(4)
		p := g.object(3, e)
		source, event := encode(t, p), encode(t, e)
		compiled := compile(t, source)
		want := naiveMatch(p, e)
		if want {
			matched++
		}
		if got := matches(t, compiled, event); got != want {
			t.Fatalf("%s matches %s: %t, and the naive matcher says %t", source, event, got, want)
		}
	}
	t.Logf("%d of %d match", matched, *referenceRuns)
	if matched < *referenceRuns/20 || matched > *referenceRuns*19/20 {
		t.Error("the generator makes too little sense")
	}
}

func encode(t testing.TB, v any) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// FuzzCompile holds that nothing makes Compile panic, that it refuses with a place, and that what it accepts can be
// matched.
func FuzzCompile(f *testing.F) {
	for _, name := range []string{"accepted.txt", "refused.txt"} {
		for _, line := range lines(read(f, name)) {
			f.Add([]byte(line))
		}
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		p, problems := pattern.Compile("pattern.json", source)
		if (p == nil) != problems.HasErrors() {
			t.Fatalf("%q: pattern %v, problems %v", source, p, problems)
		}
		for _, d := range problems {
			if !d.At.IsKnown() || d.Message == "" {
				t.Errorf("%q: no place or message: %+v", source, d)
			}
		}
		if p != nil {
			_, _ = p.Match([]byte(`{"a": [{"b": 1}, {"b": [null]}], "source": "x"}`))
		}
	})
}

// FuzzMatch holds that no event makes Match panic, and that a JSON object is never refused.
func FuzzMatch(f *testing.F) {
	for _, c := range valueCases(f) {
		f.Add(`{"a": `+c.values+`}`, `{"a": `+string(c.yes[0])+`}`)
	}
	f.Fuzz(func(t *testing.T, source, event string) {
		p, problems := pattern.Compile("pattern.json", []byte(source))
		if problems.HasErrors() {
			p = compile(t, `{"a": {"b": [{"exists": false}, 1], "c": ["x"]}}`)
		}
		var members map[string]json.RawMessage
		isObject := json.Unmarshal([]byte(event), &members) == nil && members != nil
		if _, err := p.Match([]byte(event)); (err == nil) != isObject {
			t.Errorf("%q: %v, and it is an object: %t", event, err, isObject)
		}
	})
}
