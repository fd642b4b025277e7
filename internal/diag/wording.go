package diag

import (
	"fmt"
	"strconv"
	"strings"
)

// Failure makes a diagnostic of severity Error.
func Failure(code string, at Range, format string, args ...any) Diagnostic {
	return Diagnostic{Code: code, Severity: Error, At: at, Message: fmt.Sprintf(format, args...)}
}

// WithHelp returns the diagnostic with another help.
func (d Diagnostic) WithHelp(format string, args ...any) Diagnostic {
	d.Help = fmt.Sprintf(format, args...)
	return d
}

// WithNote returns the diagnostic with one more note.
func (d Diagnostic) WithNote(at Range, message string) Diagnostic {
	d.Notes = append(d.Notes[:len(d.Notes):len(d.Notes)], RelatedNote{At: at, Message: message})
	return d
}

// As returns the diagnostic with another severity.
func (d Diagnostic) As(severity Severity) Diagnostic {
	d.Severity = severity
	return d
}

// Suggesting returns the diagnostic with "did you mean", or else with the candidates themselves when they are few.
func (d Diagnostic) Suggesting(word string, candidates []string) Diagnostic {
	if near, found := Nearest(word, candidates); found {
		return d.WithHelp("did you mean %s?", Quote(near))
	}
	const few = 16
	if n := len(candidates); n > 0 && n <= few {
		return d.WithHelp("there is %s", Enumerate(candidates, "and"))
	}
	return d
}

// Quote puts a value in quotes, cut where it is long.
func Quote(value string) string {
	const longest = 60
	if runes := []rune(value); len(runes) > longest {
		value = string(runes[:longest]) + "..."
	}
	return strconv.Quote(value)
}

// Enumerate joins words: "a", "a or b", "a, b or c".
func Enumerate(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}
