package pipeline

import "strings"

// maskedTab stands for a tab inside a quoted scalar. It is a private-use character, as wide as a tab in positions.
const maskedTab = '\ue009'

// maskTabs replaces the tabs inside quoted scalars. It takes quotes inside block scalars and comments for quotes
// too, which is why it is used only where a first attempt without it failed.
func maskTabs(source string) string {
	var quote, last rune
	escaped := false
	return strings.Map(func(r rune) rune {
		switch {
		case quote == 0 && (r == '"' || r == '\'') && strings.ContainsRune("\x00 \t\n[{,:", last):
			quote = r
		case escaped:
			escaped = false
		case quote == '"' && r == '\\':
			escaped = true
		case r == quote:
			quote = 0
		}
		last = r
		if quote != 0 && r == '\t' {
			return maskedTab
		}
		return r
	}, source)
}

func unmaskTabs(text string) string {
	return strings.ReplaceAll(text, string(maskedTab), "\t")
}
