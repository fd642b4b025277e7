package diag

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Renderer writes diagnostics for a person to read.
type Renderer struct {
	Source func(file string) []byte // a file's bytes, nil when unknown: then there is no excerpt
	Width  int                      // columns that an excerpt may take; 0 is 80
	Fold   int                      // columns that a line of text may take before it is folded; 0 leaves each in one line
	Colour bool                     // ANSI colours; they never carry meaning alone
}

// ANSI sequences.
const (
	reset  = "\x1b[0m"
	bold   = "\x1b[1m"
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	blue   = "\x1b[34m"
	dim    = "\x1b[2m"
)

const defaultWidth = 80

// Render writes the first diagnostics of a sorted list, a blank line after each, and says how many were left off.
func (r Renderer) Render(w io.Writer, list List) error {
	var out bytes.Buffer
	head, more := list.Head()
	files := map[string]lines{}
	for _, d := range head {
		r.diagnostic(&out, files, d)
		out.WriteByte('\n')
	}
	if more > 0 {
		fmt.Fprintf(&out, "%d more\n\n", more)
	}
	_, err := w.Write(out.Bytes())
	return err
}

func (r Renderer) diagnostic(out *bytes.Buffer, files map[string]lines, d Diagnostic) {
	r.headline(out, d)
	gutter := r.excerpt(out, r.lines(files, d.At.Start.File), d)
	for _, note := range d.Notes {
		text := note.Message
		if note.At.IsKnown() {
			text = note.At.Start.String() + ": " + text
		}
		r.remark(out, gutter, "note", text)
	}
	if d.Help != "" {
		r.remark(out, gutter, "help", d.Help)
	}
}

func (r Renderer) headline(out *bytes.Buffer, d Diagnostic) {
	lead := 0
	if place := printable(d.At.Start.String()); place != "" {
		out.WriteString(r.paint(bold, place+":") + " ")
		lead += len([]rune(place)) + len(": ")
	}
	if d.Severity != Error {
		out.WriteString(r.paint(colourOf(d.Severity), d.Severity.String()+":") + " ")
		lead += len(d.Severity.String()) + len(": ")
	}
	folded := Fold(printable(d.Message)+" ["+d.Code+"]", lead, r.Fold)
	message := strings.TrimSuffix(folded, "["+d.Code+"]")
	text := strings.TrimRight(message, " \n")
	out.WriteString(r.paint(bold, text) + message[len(text):] + r.paint(dim, "["+d.Code+"]") + "\n")
}

// excerpt writes the line of the place with carets under it, and returns the width of the gutter.
func (r Renderer) excerpt(out *bytes.Buffer, source lines, d Diagnostic) int {
	start := d.At.Start
	number := strconv.Itoa(start.Line)
	gutter := len(number)
	if !start.IsKnown() || start.Line > len(source) || d.Secret {
		return 2
	}
	line, caret := cut(source[start.Line-1], caretOf(d.At, source), r.width()-gutter-3)
	edge := r.paint(blue, strings.Repeat(" ", gutter)+" |")
	out.WriteString(edge + "\n" + r.paint(blue, number+" |"))
	if text := strings.TrimRight(line, " "); text != "" {
		out.WriteString(" " + text)
	}
	out.WriteString("\n" + edge + " " + strings.Repeat(" ", caret.start) +
		r.paint(colourOf(d.Severity), strings.Repeat("^", caret.width)) + "\n")
	return gutter
}

func (r Renderer) remark(out *bytes.Buffer, gutter int, kind, text string) {
	lead := gutter + 1 + len("= : ") + len(kind)
	out.WriteString(strings.Repeat(" ", gutter+1) + r.paint(blue, "= "+kind+":") + " " + Fold(printable(text), lead, r.Fold) + "\n")
}

func (r Renderer) width() int {
	if r.Width <= 0 {
		return defaultWidth
	}
	return r.Width
}

func (r Renderer) paint(colour, text string) string {
	if !r.Colour {
		return text
	}
	return colour + text + reset
}

func colourOf(s Severity) string {
	return [...]string{red, yellow, blue}[s]
}

// lines are the lines of a file, without their ends.
type lines []string

func (r Renderer) lines(files map[string]lines, file string) lines {
	if found, ok := files[file]; ok || r.Source == nil {
		return found
	}
	source := bytes.TrimPrefix(r.Source(file), []byte("\ufeff"))
	if source == nil {
		return nil
	}
	files[file] = strings.Split(string(source), "\n")
	return files[file]
}
