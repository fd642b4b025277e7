package view

import (
	"strings"
	"time"
	"unicode"

	"charm.land/lipgloss/v2"
)

// Style is what the lines are drawn for: how many columns there are, and whether colours help. Colours never carry
// meaning alone.
type Style struct {
	Width  int
	Colour bool
	// Running says that a process runs what is open: else it is interrupted. Now is when it is drawn.
	Running bool
	Now     time.Time
}

// took is how long something has taken, so far where it goes on. What was interrupted ends with the last that is recorded.
func (s Style) took(start, last time.Time, ended bool) time.Duration {
	if !ended && s.Running && !s.Now.IsZero() {
		return s.Now.Sub(start)
	}
	return last.Sub(start)
}

const (
	minWidth = 40
	ellipsis = "…"
	joiner   = '\u200d' // makes one emoji of several
)

func (s Style) width() int { return max(s.Width, minWidth) }

type paint int

const (
	plain paint = iota
	bold
	dim
	good
	bad
	busy
)

// in paints a text.
func (s Style) in(p paint, text string) string {
	if !s.Colour || text == "" {
		return text
	}
	style := lipgloss.NewStyle()
	switch p {
	case bold:
		style = style.Bold(true)
	case dim:
		style = style.Faint(true)
	case good:
		style = style.Foreground(lipgloss.Green)
	case bad:
		style = style.Foreground(lipgloss.Red).Bold(true)
	case busy:
		style = style.Foreground(lipgloss.Cyan)
	}
	return style.Render(text)
}

// Width is the number of columns that a terminal gives to a text; escape sequences take none.
func Width(text string) int { return lipgloss.Width(text) }

// Fit cuts a text that is wider than width, and says so with an ellipsis.
func Fit(text string, width int) string {
	if Width(text) <= width {
		return text
	}
	if width <= 1 {
		return ellipsis[:len(ellipsis)*max(width, 0)]
	}
	return lipgloss.NewStyle().Inline(true).MaxWidth(width-1).Render(text) + ellipsis
}

// pad fills a text with spaces up to width columns.
func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-Width(text)))
}

// Clean makes one line out of what a program printed: nothing is left that a terminal would act on.
func Clean(text string) string {
	text = strings.TrimRight(stripEscapes(text), "\r\n")
	if i := strings.LastIndexByte(text, '\r'); i >= 0 { // what a progress bar left on the screen
		text = text[i+1:]
	}
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '\t':
			out.WriteString("    ")
		case r == '\n':
			out.WriteByte(' ')
		case unicode.IsPrint(r) || unicode.In(r, unicode.Mn, unicode.Me) || r == joiner:
			out.WriteRune(r)
		case unicode.IsControl(r):
		default:
			out.WriteRune(unicode.ReplacementChar)
		}
	}
	return strings.TrimRight(out.String(), " ")
}

// stripEscapes removes the escape sequences of a terminal: CSI, OSC and the two-character ones.
func stripEscapes(text string) string {
	if !strings.ContainsRune(text, '\x1b') {
		return text
	}
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\x1b' {
			out.WriteByte(text[i])
			continue
		}
		i += escapeLength(text[i:]) - 1
	}
	return out.String()
}

func escapeLength(text string) int {
	if len(text) < 2 {
		return len(text)
	}
	switch text[1] {
	case '[':
		for i := 2; i < len(text); i++ {
			if text[i] >= 0x40 && text[i] <= 0x7e {
				return i + 1
			}
		}
		return len(text)
	case ']':
		for i := 2; i < len(text); i++ {
			if text[i] == '\a' {
				return i + 1
			}
			if text[i] == '\\' && text[i-1] == '\x1b' {
				return i + 1
			}
		}
		return len(text)
	}
	return 2
}

// Wrap breaks a text into lines of at most width columns, at spaces where there are any.
func Wrap(text string, width int) []string {
	width = max(width, 10)
	var lines []string
	for _, paragraph := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, wrapLine(Clean(paragraph), width)...)
	}
	return lines
}

// Sentence is a text in one line where it fits, else in several.
func (s Style) Sentence(text string) []string {
	if Width(text) <= s.width() {
		return []string{text}
	}
	return Wrap(text, s.width())
}

// WrapWords is Wrap of one line that never breaks a word, however long: somebody will look for it, or paste it.
func WrapWords(text string, width int) []string {
	return foldWords(Clean(text), max(width, 10), func(string) bool { return false })
}

func wrapLine(text string, width int) []string {
	return foldWords(text, width, func(word string) bool { return Width(word) > width })
}

func foldWords(text string, width int, breaks func(word string) bool) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && Width(line)+1+Width(word) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for breaks(word) {
			head := headOf(word, width)
			lines = append(lines, head)
			word = word[len(head):]
		}
		line = word
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// headOf returns as much of a word as fits, at least one character.
func headOf(word string, width int) string {
	head := ""
	for _, r := range word {
		if head != "" && Width(head+string(r)) > width {
			break
		}
		head += string(r)
	}
	return head
}
