package view

import "strings"

// column is one column of a table whose rows are Ts.
type column[T any] struct {
	title string
	cell  func(T) painted
	// least is to how many columns its texts may be cut; 0 where they are shown whole or not at all.
	least int
	// rank says what gives way where there is no room: the column of the highest rank is left out first, one of
	// rank 0 never.
	rank int
}

// painted is one text of a table. The paint only repeats what the text says.
type painted struct {
	text  string
	paint paint
}

const columnGap = 2

// table draws rows below the titles of their columns. What is wider than the style is left out or cut; a column
// without any text is not drawn.
func table[T any](s Style, columns []column[T], rows []T) []string {
	var drawn []tableColumn
	for _, c := range columns {
		if t := filled(c, rows); t.used() {
			drawn = append(drawn, t)
		}
	}
	drawn = shrink(leaveOut(drawn, s.width()), s.width())
	lines := make([]string, len(rows)+1)
	for i := range lines {
		var line strings.Builder
		for _, c := range drawn {
			text := Fit(c.cells[i].text, c.width)
			line.WriteString(s.in(c.cells[i].paint, text) + strings.Repeat(" ", c.width-Width(text)+columnGap))
		}
		lines[i] = strings.TrimRight(line.String(), " ")
	}
	return lines
}

// tableColumn is a column with its texts, the title being the first, and the width that it has so far.
type tableColumn struct {
	cells              []painted
	width, least, rank int
}

func filled[T any](c column[T], rows []T) tableColumn {
	t := tableColumn{cells: []painted{{c.title, dim}}, rank: c.rank}
	for _, row := range rows {
		t.cells = append(t.cells, c.cell(row))
	}
	for _, each := range t.cells {
		t.width = max(t.width, Width(each.text))
	}
	t.least = t.width
	if c.least > 0 {
		t.least = min(t.width, max(c.least, Width(c.title)))
	}
	return t
}

func (t tableColumn) used() bool {
	for _, each := range t.cells[1:] {
		if each.text != "" {
			return true
		}
	}
	return false
}

// leaveOut leaves columns out until the others fit when they are cut.
func leaveOut(columns []tableColumn, width int) []tableColumn {
	for {
		total, first := -columnGap, -1
		for i, c := range columns {
			total += c.least + columnGap
			if c.rank > 0 && (first < 0 || c.rank > columns[first].rank) {
				first = i
			}
		}
		if total <= width || first < 0 {
			return columns
		}
		columns = append(columns[:first:first], columns[first+1:]...)
	}
}

// shrink cuts columns until all fit, always the widest of those that may be cut.
func shrink(columns []tableColumn, width int) []tableColumn {
	for {
		total, widest := -columnGap, -1
		for i, c := range columns {
			total += c.width + columnGap
			if c.width > c.least && (widest < 0 || c.width > columns[widest].width) {
				widest = i
			}
		}
		if total <= width || widest < 0 {
			return columns
		}
		columns[widest].width--
	}
}
