package format

// group is a run of comment lines of one column.
type group struct {
	column      int
	lines       []string
	blankBefore bool
	blankAfter  bool
}

// groups cuts comment lines into groups, and reports whether a blank line is before the content that follows.
func groups(pending []comment) (all []group, blankAtEnd bool) {
	blank := false
	for _, c := range pending {
		if c.text == "" {
			blank = true
			if len(all) > 0 {
				all[len(all)-1].blankAfter = true
			}
			continue
		}
		if last := len(all) - 1; last >= 0 && !blank && all[last].column == c.column {
			all[last].lines = append(all[last].lines, c.text)
		} else {
			all = append(all, group{column: c.column, lines: []string{c.text}, blankBefore: blank})
		}
		blank = false
	}
	return all, blank
}

// assign gives the comments that were read to their owners, now that content follows in a column. It returns what is
// above that content: whether there is a blank line, and the comments that go with it.
func (r *blockReader) assign(column int) (blank bool, head []string) {
	all, blankAtEnd := groups(r.pending)
	r.pending = nil
	if len(r.open) == 0 {
		all = r.takeHeader(all)
	}
	for len(all) > 0 && r.isFoot(all[0], column) {
		r.addFoot(all[0], column)
		all = all[1:]
	}
	if len(all) == 0 {
		return blankAtEnd, nil
	}
	return all[0].blankBefore, linesOf(all)
}

// takeHeader makes the comments at the top of a file that have a blank line after them the file's own.
func (r *blockReader) takeHeader(all []group) []group {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].blankAfter {
			r.document.header = append(r.document.header, linesOf(all[:i+1])...)
			if all = all[i+1:]; len(all) > 0 {
				all[0].blankBefore = false // it is the header's
			}
			return all
		}
	}
	return all
}

// isFoot decides whether comments belong to what is above them, and not to the content that follows in a column: they
// are indented deeper than that, or they touch what is above and not what follows. Comments between a key and its
// value belong to the value.
func (r *blockReader) isFoot(g group, column int) bool {
	if len(r.open) == 0 || column > r.open[len(r.open)-1].column {
		return false
	}
	return g.column > column || !g.blankBefore && g.blankAfter
}

// addFoot gives comments to a block above them. What ends with them, because the content that follows is to their
// left, keeps them at its end: they need not be about its last entry.
func (r *blockReader) addFoot(g group, column int) {
	lines := g.lines
	if g.blankBefore {
		lines = append([]string{""}, lines...)
	}
	owner := 0
	for i, b := range r.open {
		if b.column <= g.column {
			owner = i
		}
	}
	switch {
	case r.open[owner].column < g.column && r.open[owner].style == literalStyle: // deeper it would be a part of the text
		r.open[owner].foot = append(r.open[owner].foot, lines...)
	case r.open[owner].column < g.column:
		r.open[owner].inner = append(r.open[owner].inner, lines...)
	case g.column <= column:
		r.open[owner].foot = append(r.open[owner].foot, lines...)
	case owner > 0:
		r.open[owner-1].inner = append(r.open[owner-1].inner, lines...)
	default:
		r.document.footer = append(r.document.footer, lines...)
	}
}

// finish gives the last comments to their owners.
func (r *blockReader) finish() {
	all, _ := groups(r.pending)
	for _, g := range all {
		if len(r.open) == 0 {
			r.document.footer = linesOf(all)
			return
		}
		r.addFoot(g, -1)
	}
}

// linesOf joins groups, with a blank line where there was one.
func linesOf(all []group) []string {
	var lines []string
	for _, g := range all {
		lines = append(lines, g.lines...)
		if g.blankAfter {
			lines = append(lines, "")
		}
	}
	return lines
}
