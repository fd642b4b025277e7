package format

import "strings"

// blockReader reads the lines of a document into blocks.
type blockReader struct {
	lines    []string
	next     int // index of the line after the current one
	document document
	ended    bool     // "..." was there: only comments may follow
	open     []*block // from the outermost to the last one
	pending  []comment
}

// comment is a comment line that has no owner yet, or a blank line.
type comment struct {
	column int
	text   string // "" is a blank line
}

func (r *blockReader) read() (*document, error) {
	for r.next < len(r.lines) {
		line := r.lines[r.next]
		r.next++
		content := strings.Trim(line, " \t")
		column := len(line) - len(strings.TrimLeft(line, " "))
		switch {
		case content == "" || content[0] == '#':
			r.pending = append(r.pending, comment{column, content})
		case r.isStart(content):
			r.document.start = content
			r.pending = nil
		case content == "..." && column == 0 && !r.ended:
			r.ended = true
		default:
			if err := r.content(column, strings.TrimRight(line[column:], " \t")); err != nil {
				return nil, err
			}
		}
	}
	r.finish()
	return &r.document, nil
}

// isStart recognises the marker of a document's start before which there is nothing.
func (r *blockReader) isStart(content string) bool {
	if content != "---" || r.document.start != "" || len(r.open) > 0 {
		return false
	}
	for _, c := range r.pending {
		if c.text != "" {
			return false
		}
	}
	return true
}

// content reads a line that is neither blank nor a comment: one block, or several behind dashes.
func (r *blockReader) content(column int, text string) error {
	what := unsupported(column, text)
	if r.ended {
		what = secondDocument
	}
	if what != "" {
		return &CannotLayout{Line: r.next, What: what}
	}
	blank, head := r.assign(column)
	for {
		b := &block{kind: kindOf(text), column: column, blank: blank, head: head}
		blank, head = false, nil
		r.place(b)
		if b.kind != itemBlock {
			return r.fill(b, text)
		}
		inner := strings.TrimLeft(strings.TrimPrefix(text, "-"), " ")
		if kindOf(inner) == textBlock {
			b.value = inner
			return r.value(b)
		}
		column += len(text) - len(inner)
		text = inner
	}
}

func kindOf(text string) blockKind {
	if text == "-" || strings.HasPrefix(text, "- ") {
		return itemBlock
	}
	if _, _, isEntry := keyOf(text); isEntry {
		return entryBlock
	}
	return textBlock
}

const secondDocument = "a directive or a second document"

// unsupported names what Layout leaves alone.
func unsupported(column int, text string) string {
	switch {
	case strings.HasPrefix(text, "\t"):
		return "a tab in the indentation"
	case column == 0 && (strings.HasPrefix(text, "---") || strings.HasPrefix(text, "...") || text[0] == '%'):
		return secondDocument
	case text == "?" || strings.HasPrefix(text, "? "), strings.HasPrefix(text, "- ? "):
		return `a key behind "?"`
	}
	return ""
}

// place makes a block a part of the innermost open block that it is below.
func (r *blockReader) place(b *block) {
	r.close(b)
	if len(r.open) == 0 {
		r.document.blocks = append(r.document.blocks, b)
	} else {
		parent := r.open[len(r.open)-1]
		parent.blocks = append(parent.blocks, b)
	}
	r.open = append(r.open, b)
}

// close ends the blocks that b is not below. A list may stand in the column of its key.
func (r *blockReader) close(b *block) {
	for len(r.open) > 0 {
		last := r.open[len(r.open)-1]
		if last.column < b.column || last.column == b.column && last.kind == entryBlock && b.kind == itemBlock {
			return
		}
		r.open = r.open[:len(r.open)-1]
	}
}

func (r *blockReader) fill(b *block, text string) error {
	b.value = text
	if b.kind == entryBlock {
		b.key, b.value, _ = keyOf(text)
	}
	return r.value(b)
}

// value reads the lines of a block's value after the first.
func (r *blockReader) value(b *block) error {
	b.style = styleOf(b.value)
	column := b.column
	if b.kind == textBlock {
		column = r.columnAbove()
	}
	switch b.style {
	case literalStyle:
		r.literal(b, column)
	case plainStyle:
		b.rest = r.plain(column)
	case closedStyle:
		return r.closed(b)
	case noStyle:
	}
	return nil
}

// plain takes the lines of a plain scalar: those that are indented deeper than a column. A comment ends it.
func (r *blockReader) plain(column int) []string {
	return r.until(" \t", func(indent int, content string) bool { return indent <= column || content[0] == '#' })
}

// until takes lines up to one that ends them, and blank ones only between others.
func (r *blockReader) until(blanks string, ends func(indent int, content string) bool) []string {
	start, end := r.next, r.next
	for i := start; i < len(r.lines); i++ {
		if strings.Trim(r.lines[i], blanks) == "" {
			continue
		}
		content := strings.TrimLeft(r.lines[i], " ")
		if ends(len(r.lines[i])-len(content), content) {
			break
		}
		end = i + 1
	}
	r.next = end
	return r.lines[start:end]
}

// columnAbove is the column of the block that the innermost one is a part of.
func (r *blockReader) columnAbove() int {
	if len(r.open) < 2 {
		return -1
	}
	return r.open[len(r.open)-2].column
}

// literal reads the lines of a block scalar: those that are indented as deep as the first, or deeper. What is not is a
// comment, or what follows. An indentation that its header gives in figures becomes ours.
func (r *blockReader) literal(b *block, column int) {
	header, comment, _ := strings.Cut(b.value, " #")
	if i := strings.LastIndexAny(header, "123456789"); i > strings.LastIndexAny(header, " \t") {
		b.margin = column + int(header[i]-'0')
		b.value = strings.TrimSuffix(header[:i]+"2"+header[i+1:]+" #"+comment, " #")
	}
	b.rest = r.until(" ", func(indent int, _ string) bool {
		if b.margin == 0 && indent > column {
			b.margin = indent
		}
		return indent <= column || indent < b.margin
	})
	if strings.Contains(header, "+") {
		for r.next < len(r.lines) && strings.TrimLeft(r.lines[r.next], " ") == "" {
			b.rest = append(b.rest, r.lines[r.next])
			r.next++
		}
	}
	if b.margin == 0 {
		b.margin = marginOf(b.rest, literalStyle)
	}
}

// closed takes the lines up to the one where quotes and brackets are closed.
func (r *blockReader) closed(b *block) error {
	s, start := scanner{}, r.next
	text := withoutProperties(b.value)
	for s.line(text) < 0 {
		if r.next >= len(r.lines) {
			return &CannotLayout{Line: start, What: "a quote or a bracket that is never closed"}
		}
		text = r.lines[r.next]
		r.next++
	}
	b.rest = r.lines[start:r.next]
	return nil
}
