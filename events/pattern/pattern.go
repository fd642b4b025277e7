package pattern

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/penstock-ci/penstock/internal/diag"
)

const (
	// MaxCharacters is the quota "Event pattern size" of an account, blanks included. It can be raised on request.
	MaxCharacters = 2048
	// MaxCombinations is how many combinations of the objects of $or EventBridge accepts: the product of the lengths
	// of every $or.
	MaxCombinations = 1000
)

// Pattern is a compiled event pattern. It does not change.
type Pattern struct {
	branches []branch
	slots    map[string]int  // where the leaves of a path are
	parents  map[string]bool // paths that lead to one of those
}

// Compile reads an event pattern in JSON. The list has everything that PutRule would refuse, with its place in the file
// of that name; the pattern is nil then.
func Compile(file string, source []byte) (*Pattern, diag.List) {
	c := &compiler{file: file, source: source, combinations: 1}
	if n := utf8.RuneCount(source); n > MaxCharacters {
		c.report(tooLong(c.place(0, 0), n))
		return nil, c.list
	}
	if err := json.Unmarshal(source, new(json.RawMessage)); err != nil {
		c.report(notJSON(c.syntax(err)))
		return nil, c.list
	}
	r := newReader(source)
	branches := c.pattern(r.value())
	if c.list.HasErrors() {
		return nil, c.list.Sorted()
	}
	return newPattern(branches), nil
}

func newPattern(branches []branch) *Pattern {
	p := &Pattern{branches: branches, slots: map[string]int{}, parents: map[string]bool{}}
	for _, b := range branches {
		slices.SortFunc(b, func(c, d condition) int { return cmp.Compare(c.path, d.path) })
		for i := range b {
			b[i].slot = p.slot(b[i].path)
		}
	}
	return p
}

func (p *Pattern) slot(path string) int {
	if slot, known := p.slots[path]; known {
		return slot
	}
	for i := range len(path) {
		if path[i] == '.' {
			p.parents[path[:i]] = true
		}
	}
	p.slots[path] = len(p.slots)
	return p.slots[path]
}

// compiler reads a pattern as branches.
type compiler struct {
	file         string
	source       []byte
	list         diag.List
	combinations int
}

func (c *compiler) report(d diag.Diagnostic) { c.list.Add(d) }

func (c *compiler) place(begin, end int) diag.Range { return place(c.file, c.source, begin, end) }

func (c *compiler) at(v *value) diag.Range { return c.place(v.begin, v.end) }

func (c *compiler) pattern(v *value) []branch {
	if v.kind != object {
		c.report(notObject(c.at(v), v.kind))
		return nil
	}
	return c.object([]branch{nil}, "", v, false)
}

// object adds the conditions of an object, whose members lie below prefix, to each branch. inOr says that an $or is
// around it.
func (c *compiler) object(branches []branch, prefix string, v *value, inOr bool) []branch {
	if len(v.items) == 0 {
		c.report(emptyObject(c.at(v), strings.TrimSuffix(prefix, ".")))
	}
	for i, n := range v.names {
		member, path := v.items[i], prefix+n.text
		switch {
		case n.text == or && isOr(member):
			branches = c.or(branches, prefix, member)
			continue
		case inOr && slices.Contains(reserved, n.text):
			c.report(reservedName(c.place(n.begin, n.end), n.text))
			continue
		}
		switch member.kind {
		case object:
			branches = c.object(branches, path+".", member, inOr)
		case array:
			branches = with(branches, c.condition(path, member))
		default:
			c.report(notList(c.at(member), path, c.shown(member)))
		}
	}
	return branches
}

const or = "$or"

// isOr tells the operator from a field of that name, which patterns older than the operator may have: the operator has
// a list with an object in it that is not a match expression.
func isOr(v *value) bool {
	return v.kind == array && slices.ContainsFunc(v.items, func(item *value) bool {
		return item.kind == object && !slices.ContainsFunc(item.names, func(n name) bool { return slices.Contains(reserved, n.text) })
	})
}

// or makes of each branch one for every object of the list.
func (c *compiler) or(branches []branch, prefix string, v *value) []branch {
	if len(v.items) < 2 {
		c.report(lonelyOr(c.at(v)))
	}
	c.combinations *= len(v.items)
	if c.combinations > MaxCombinations {
		c.report(tooManyCombinations(c.at(v)))
		c.combinations = MaxCombinations + 1 // and no product of them overflows
		return branches
	}
	var all []branch
	for _, item := range v.items {
		if item.kind != object {
			c.report(notObjectInOr(c.at(item), c.shown(item)))
			continue
		}
		all = append(all, c.object(branches, prefix, item, true)...)
	}
	return all
}

// with adds a condition to each branch. It replaces one on the same path.
func with(branches []branch, added condition) []branch {
	all := make([]branch, len(branches))
	for i, b := range branches {
		kept := slices.DeleteFunc(slices.Clone(b), func(c condition) bool { return c.path == added.path })
		all[i] = append(kept, added)
	}
	return all
}

// shown is a value as messages have it: strings in quotes, lists and objects by their kind.
func (c *compiler) shown(v *value) string {
	switch v.kind {
	case text:
		return diag.Quote(v.text)
	case object, array:
		return v.kind.String()
	}
	return v.text
}
