package format

import "strings"

// blockKind is what a block is in a document.
type blockKind int

const (
	entryBlock blockKind = iota // "key: value"
	itemBlock                   // "- value"
	textBlock                   // a scalar or flow collection that begins on a line of its own
)

// block is a piece of a document that moves as one: an entry of a mapping or an item of a list, with its comments and
// everything below it.
type block struct {
	kind   blockKind
	column int    // of its first character, from 0
	key    string // of an entry, as it is written
	value  string // the rest of its first line, a comment behind it included
	rest   []string
	style  valueStyle
	margin int // of a block scalar: the indentation of its lines
	blocks []*block

	blank bool     // a blank line is above it and its head
	head  []string // comments above it; "" is a blank line
	foot  []string // comments below it that touch it
	inner []string // comments at the end of what is in it
}

// name is the key of an entry without quotes.
func (b *block) name() string {
	if len(b.key) > 1 && (b.key[0] == '"' || b.key[0] == '\'') {
		return b.key[1 : len(b.key)-1]
	}
	return b.key
}

// document is a file: comments at the top that stay there, blocks, comments at the end.
type document struct {
	start  string // "---", if it has one
	header []string
	blocks []*block
	footer []string
}

func (d *document) write() []byte {
	w := &layoutWriter{}
	if d.start != "" {
		w.line(0, d.start)
	}
	w.comments(0, d.header)
	w.blank = len(d.header) > 0
	w.blocks(d.blocks, 0)
	w.comments(0, d.footer)
	return w.out
}

// layoutWriter writes blocks. Blank lines are remembered and written before the next line, so that there are never
// two, and none at the beginning or the end.
type layoutWriter struct {
	out   []byte
	blank bool
	inRow bool // behind a dash: the next block begins on this line
}

func (w *layoutWriter) line(indent int, text string) {
	switch {
	case w.inRow:
		w.inRow = false
	default:
		if w.blank && len(w.out) > 0 {
			w.out = append(w.out, '\n')
		}
		w.out = append(w.out, strings.Repeat(" ", indent)...)
	}
	w.blank = false
	w.out = append(append(w.out, text...), '\n')
}

func (w *layoutWriter) comments(indent int, lines []string) {
	for _, text := range lines {
		if text == "" {
			w.blank = true
			continue
		}
		w.line(indent, text)
	}
}

func (w *layoutWriter) blocks(blocks []*block, indent int) {
	for i, b := range blocks {
		if i > 0 && b.blank {
			w.blank = true
		}
		w.block(b, indent)
		if len(b.foot) > 0 && i+1 < len(blocks) {
			w.blank = true // or the comment would belong to the next block
		}
	}
}

func (w *layoutWriter) block(b *block, indent int) {
	w.comments(indent, w.headOf(b))
	switch b.kind {
	case itemBlock:
		w.item(b, indent)
	case entryBlock:
		w.line(indent, strings.TrimRight(b.key+": "+b.value, " "))
		w.rest(b, indent)
		w.blocks(b.blocks, indent+2)
	default:
		w.line(indent, b.value)
		w.rest(b, indent-2)
		w.blocks(b.blocks, indent+2)
	}
	w.comments(indent+2, b.inner)
	w.comments(indent, b.foot)
}

// headOf returns the comments above a block. Those above the first entry of an item stand above the item: behind its
// dash there is no place for them.
func (w *layoutWriter) headOf(b *block) []string {
	head := b.head
	for row := b; row.kind == itemBlock && row.value == "" && len(row.blocks) > 0; row = row.blocks[0] {
		if first := row.blocks[0]; len(first.head) > 0 {
			head = append(head[:len(head):len(head)], first.head...)
			first.head = nil
		}
	}
	return head
}

func (w *layoutWriter) item(b *block, indent int) {
	if b.value != "" || len(b.blocks) == 0 {
		w.line(indent, strings.TrimRight("- "+b.value, " "))
		w.rest(b, indent)
		w.blocks(b.blocks, indent+2)
		return
	}
	w.line(indent, "- ")
	w.out = w.out[:len(w.out)-1] // the first block follows on the same line
	w.inRow = true
	w.blocks(b.blocks, indent+2)
}

// rest writes the lines of a value after its first, which are indented deeper than what they belong to.
func (w *layoutWriter) rest(b *block, indent int) {
	margin := b.margin
	if b.style != literalStyle {
		margin = marginOf(b.rest, b.style)
	}
	for _, line := range b.rest {
		content := line[min(margin, len(line)):]
		if b.style == plainStyle {
			content = strings.TrimRight(content, " \t")
		}
		if strings.TrimLeft(content, " ") == "" && (b.style != literalStyle || content == "") {
			w.out = append(w.out, '\n')
			continue
		}
		w.out = append(w.out, strings.Repeat(" ", indent+2)...)
		w.out = append(append(w.out, content...), '\n')
	}
}

// marginOf returns the indentation of a value's lines: of a block scalar that of the first with content, otherwise
// what all have.
func marginOf(lines []string, style valueStyle) int {
	margin := -1
	for _, line := range lines {
		content := strings.TrimLeft(line, " ")
		if content == "" {
			continue
		}
		n := len(line) - len(content)
		if margin < 0 || n < margin && style != literalStyle {
			margin = n
		}
	}
	if margin < 0 {
		return maxMargin
	}
	return margin
}

// maxMargin is the margin of blank lines: nothing is left of them.
const maxMargin = 1 << 30
