package format

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Order says in which order the keys of a mapping stand: Keys first, in that order, then all others as they are. Below
// has the orders of the mappings under a key, Each that of the mappings under every other key. Lists are looked
// through.
type Order struct {
	Keys  []string
	Below map[string]*Order
	Each  *Order
}

// under returns the order of what is below a key.
func (o *Order) under(key string) *Order {
	if o == nil {
		return nil
	}
	if below, known := o.Below[key]; known {
		return below
	}
	return o.Each
}

// CannotLayout is the error of Layout about YAML that it leaves alone.
type CannotLayout struct {
	Line int // from 1
	What string
}

func (e *CannotLayout) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }

// Layout lays out the text of a YAML document: keys in order, two spaces of indentation, lists indented below their
// key, no space at the end of a line and no two blank lines in a row. A nil order leaves the keys as they are.
//
// Comments stay where they belong: those above a key and those behind a value move with it; one below a value, with
// nothing but a blank line or the end of the list after it, stays below it. A comment at the top of the file with a
// blank line after it stays there.
func Layout(source []byte, order *Order) ([]byte, error) {
	r := &blockReader{lines: physicalLines(source)}
	for i, line := range r.lines {
		if strings.ContainsAny(line, "\r\x00\u0085\u2028\u2029") {
			return nil, &CannotLayout{Line: i + 1, What: "a line break that is none to everybody"}
		}
	}
	document, err := r.read()
	if err != nil {
		return nil, err
	}
	sortBlocks(document.blocks, order)
	return document.write(), nil
}

func physicalLines(source []byte) []string {
	text := strings.TrimPrefix(string(source), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func sortBlocks(blocks []*block, order *Order) {
	for _, b := range blocks {
		below := order
		if b.kind == entryBlock {
			below = order.under(b.name())
		}
		sortBlocks(b.blocks, below)
	}
	if order == nil {
		return
	}
	slices.SortStableFunc(blocks, func(a, b *block) int { return order.rankOf(a) - order.rankOf(b) })
}

// rankOf is the place of a block. Items of a list keep theirs.
func (o *Order) rankOf(b *block) int {
	if b.kind != entryBlock {
		return 0
	}
	return o.rank(b.name())
}

// rank is the place of a key: a merge key first, unknown keys last.
func (o *Order) rank(key string) int {
	if key == "<<" {
		return -1
	}
	if i := slices.Index(o.Keys, key); i >= 0 {
		return i
	}
	return len(o.Keys)
}

// Sorted returns a tree with the keys of its mappings in order.
func (o *Order) Sorted(v *tree.Value) *tree.Value {
	if o == nil {
		return v
	}
	sorted := *v
	sorted.Items = make([]*tree.Value, len(v.Items))
	for i, item := range v.Items {
		sorted.Items[i] = o.Sorted(item)
	}
	sorted.Entries = make([]tree.Entry, len(v.Entries))
	for i, e := range v.Entries {
		sorted.Entries[i] = tree.Entry{Key: e.Key, Value: o.under(e.Key.Value).Sorted(e.Value)}
	}
	slices.SortStableFunc(sorted.Entries, func(a, b tree.Entry) int { return o.rank(a.Key.Value) - o.rank(b.Key.Value) })
	return &sorted
}
