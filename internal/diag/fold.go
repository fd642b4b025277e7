package diag

import (
	"strings"
	"unicode/utf8"
)

// Fold breaks a text at spaces into lines of at most width columns; the first one begins behind lead columns that are
// taken, the others are indented by as many spaces. A word is never broken: it may be a path or a name to copy. A width
// of 0 or less leaves the text as it is.
func Fold(text string, lead, width int) string {
	if width <= 0 || lead+utf8.RuneCountInString(text) <= width {
		return text
	}
	var out strings.Builder
	column, indent := lead, strings.Repeat(" ", min(lead, width/3))
	for i, word := range strings.Split(text, " ") {
		wide := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+wide > width:
			out.WriteString("\n" + indent)
			column = len(indent)
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += wide
	}
	return out.String()
}
