package tree

import (
	"strings"
	"unicode/utf8"
)

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

// maskedColon stands for a colon inside a plain scalar, such as AWS::Region.
const maskedColon = '\ue00a'

// maskColons replaces the colons that are content and not the end of a key: those with something on both sides. The
// parser that we use takes some of them for the end of a key when they stand between braces, as in
// {Region: !Ref AWS::Region}.
func maskColons(source string) string {
	if !strings.Contains(source, "{") {
		return source
	}
	var masked strings.Builder
	masked.Grow(len(source))
	done := 0
	for i := range len(source) {
		if source[i] == ':' && i > 0 && i+1 < len(source) && isPlain(source[i-1]) && isPlain(source[i+1]) {
			masked.WriteString(source[done:i])
			masked.WriteRune(maskedColon)
			done = i + 1
		}
	}
	masked.WriteString(source[done:])
	return masked.String()
}

// isPlain reports whether a byte may stand in a plain scalar next to a colon that is part of it.
func isPlain(c byte) bool {
	return c > ' ' && c < utf8.RuneSelf && !strings.ContainsRune("\"'`,[]{}#&*!|>%@", rune(c))
}

// hasMasks reports whether a source has the very characters that stand for others: then nothing is masked in it.
func hasMasks(source string) bool {
	return strings.ContainsRune(source, maskedTab) || strings.ContainsRune(source, maskedColon)
}

// unmask gives a text back what was masked in it.
func (r *yamlReader) unmask(text string) string {
	if r.unmasked || !hasMasks(text) {
		return text
	}
	return strings.NewReplacer(string(maskedTab), "\t", string(maskedColon), ":").Replace(text)
}
