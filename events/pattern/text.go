package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wildcard is the text between the asterisks of a wildcard value, so there is one piece more than there are asterisks.
type wildcard []string

// parseWildcard reads a wildcard value. A backslash stands before an asterisk or a backslash that is meant as such. Where
// something is wrong, wrong says what, and at is the byte offset of that.
func parseWildcard(s string) (w wildcard, at int, wrong *mistake) {
	var piece strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '*' && i > 0 && s[i-1] == '*' && piece.Len() == 0:
			return nil, i, &consecutiveWildcards
		case s[i] == '*':
			w = append(w, piece.String())
			piece.Reset()
		case s[i] == '\\':
			if i++; i == len(s) || s[i] != '*' && s[i] != '\\' {
				return nil, i - 1, &invalidEscape
			}
			piece.WriteByte(s[i])
		default:
			piece.WriteByte(s[i])
		}
	}
	return append(w, piece.String()), 0, nil
}

// matches takes the first place for each piece, which never loses a match; so its time is bounded by the product of
// both lengths.
func (w wildcard) matches(s string) bool {
	first, last := w[0], w[len(w)-1]
	if len(w) == 1 {
		return s == first
	}
	s, begins := strings.CutPrefix(s, first)
	s, ends := strings.CutSuffix(s, last)
	if !begins || !ends {
		return false
	}
	for _, piece := range w[1 : len(w)-1] {
		_, rest, found := strings.Cut(s, piece)
		if !found {
			return false
		}
		s = rest
	}
	return true
}

// letters are those of an equals-ignore-case value. Each matches its upper and its lower case, one letter for one.
type letters []rune

func (l letters) equals(s string) bool {
	return utf8.RuneCountInString(s) == len(l) && l.begin(s)
}

func (l letters) begin(s string) bool {
	for _, want := range l {
		got, size := utf8.DecodeRuneInString(s)
		if size == 0 || !sameLetter(got, want) {
			return false
		}
		s = s[size:]
	}
	return true
}

func (l letters) end(s string) bool {
	for i := len(l) - 1; i >= 0; i-- {
		got, size := utf8.DecodeLastRuneInString(s)
		if size == 0 || !sameLetter(got, l[i]) {
			return false
		}
		s = s[:len(s)-size]
	}
	return true
}

func sameLetter(got, want rune) bool {
	return got == unicode.ToLower(want) || got == unicode.ToUpper(want)
}
