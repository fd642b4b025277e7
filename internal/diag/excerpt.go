package diag

import (
	"strings"
	"unicode"
)

// tabWidth is how many columns a tab takes in an excerpt.
const tabWidth = 4

// cell is one code point of a line as an excerpt shows it.
type cell struct {
	text  string
	width int // columns: 0 for combining marks, 2 for wide characters
}

// span is a stretch of columns, from 0.
type span struct{ start, width int }

// caretOf returns the stretch of code points to mark in the first line of a range: to its end or to the line's.
func caretOf(at Range, source lines) span {
	length := len([]rune(strings.TrimRight(source[at.Start.Line-1], " \t\r")))
	start := max(0, at.Start.Column-1)
	end := at.End.Column - 1
	if at.End.Line != at.Start.Line {
		end = length
	}
	return span{start: start, width: max(1, end-start)}
}

// cut turns a line into what is shown of it within width columns, around the marked code points, and turns these
// into columns of what is shown.
func cut(line string, mark span, width int) (string, span) {
	cells := cellsOf(line)
	for len(cells) < mark.start+1 { // a place after the line's end
		cells = append(cells, cell{" ", 1})
	}
	from, to := window(cells, mark, max(width, minWidth))
	shown, before, after := cells[from:to], "", ""
	if from > 0 {
		before = ellipsis
	}
	if to < len(cells) {
		after = ellipsis
	}
	markEnd := min(mark.start+mark.width, to)
	caret := span{
		start: len(before) + widthOf(cells[from:mark.start]),
		width: max(1, widthOf(cells[mark.start:max(markEnd, mark.start)])),
	}
	return before + textOf(shown) + after, caret
}

const (
	ellipsis = "..."
	minWidth = 20
)

// window chooses the cells to show: all if they fit, else as many as fit, beginning a third before the mark.
func window(cells []cell, mark span, width int) (from, to int) {
	if widthOf(cells) <= width {
		return 0, len(cells)
	}
	room := width - 2*len(ellipsis)
	if markedEnd := min(mark.start+mark.width, len(cells)); widthOf(cells[:markedEnd]) > room {
		from = mark.start
		for left := room / 3; from > 0 && left >= cells[from-1].width; from-- {
			left -= cells[from-1].width
		}
	}
	for to = from; to < len(cells) && room >= cells[to].width; to++ {
		room -= cells[to].width
	}
	return from, to
}

func cellsOf(line string) []cell {
	line = strings.TrimSuffix(line, "\r")
	cells := make([]cell, 0, len(line))
	for _, r := range line {
		cells = append(cells, cellOf(r))
	}
	return cells
}

// cellOf shows what a terminal would act on, or not show at all, as a replacement character.
func cellOf(r rune) cell {
	switch {
	case r == '\t':
		return cell{strings.Repeat(" ", tabWidth), tabWidth}
	case !unicode.IsPrint(r):
		return cell{"\ufffd", 1}
	case unicode.In(r, unicode.Mn, unicode.Me):
		return cell{string(r), 0}
	case isWide(r):
		return cell{string(r), 2}
	}
	return cell{string(r), 1}
}

// isWide reports whether a terminal gives a character two columns: East Asian wide and fullwidth forms, and emoji.
func isWide(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r <= 0x115f, r >= 0x2e80 && r <= 0x303e, r >= 0x3041 && r <= 0xa4cf, r >= 0xa960 && r <= 0xa97c:
		return true
	case r >= 0xac00 && r <= 0xd7a3, r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f:
		return true
	case r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6:
		return true
	}
	return r >= 0x1f300 && r <= 0x1f64f || r >= 0x1f680 && r <= 0x1f6ff || r >= 0x1f900 && r <= 0x1f9ff ||
		r >= 0x20000 && r <= 0x3fffd
}

// printable replaces what a terminal would act on.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, text)
}

func widthOf(cells []cell) int {
	width := 0
	for _, c := range cells {
		width += c.width
	}
	return width
}

func textOf(cells []cell) string {
	var text strings.Builder
	for _, c := range cells {
		text.WriteString(c.text)
	}
	return text.String()
}
