package format

import (
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/pipeline/tree"
)

// YAML writes a tree in block style with an indentation of two spaces. Mappings in the lists that spaced names are
// set apart by blank lines; so are the collections of the outermost mapping.
func YAML(v *tree.Value, spaced ...string) []byte {
	w := &yamlWriter{spaced: spaced}
	if v.Kind == tree.Mapping && len(v.Entries) > 0 {
		w.entries(v.Entries, 0, false)
		return w.out
	}
	w.value(v, 0)
	return append([]byte(strings.TrimPrefix(string(w.out), " ")), '\n')
}

type yamlWriter struct {
	out    []byte
	spaced []string
}

func (w *yamlWriter) indent(depth int) {
	for range depth {
		w.out = append(w.out, "  "...)
	}
}

// entries writes the entries of a mapping. Behind the dash of an item the first one needs no indentation.
func (w *yamlWriter) entries(entries []tree.Entry, depth int, behindDash bool) {
	for i, e := range entries {
		if depth == 0 && i > 0 && isBlock(e.Value) {
			w.out = append(w.out, '\n')
		}
		if i > 0 || !behindDash {
			w.indent(depth)
		}
		w.out = append(append(w.out, scalar(e.Key.Value)...), ':')
		w.below(e, depth)
	}
}

// below writes the value of an entry, from behind its colon to the end of its last line.
func (w *yamlWriter) below(e tree.Entry, depth int) {
	if !isBlock(e.Value) {
		w.value(e.Value, depth)
		w.out = append(w.out, '\n')
		return
	}
	w.tag(e.Value)
	w.out = append(w.out, '\n')
	if e.Value.Kind == tree.Mapping {
		w.entries(e.Value.Entries, depth+1, false)
		return
	}
	w.items(e.Value.Items, depth+1, w.isSpaced(e.Key.Value), false)
}

func (w *yamlWriter) isSpaced(key string) bool {
	for _, name := range w.spaced {
		if name == key {
			return true
		}
	}
	return false
}

// items writes the items of a list, the first one without indentation behind the dash of an outer list.
func (w *yamlWriter) items(items []*tree.Value, depth int, spaced, behindDash bool) {
	for i, item := range items {
		if spaced && i > 0 {
			w.out = append(w.out, '\n')
		}
		if i > 0 || !behindDash {
			w.indent(depth)
		}
		w.out = append(w.out, '-')
		w.item(item, depth)
	}
}

func (w *yamlWriter) item(item *tree.Value, depth int) {
	switch {
	case !isBlock(item):
		w.value(item, depth)
		w.out = append(w.out, '\n')
	case item.Kind == tree.Mapping && item.Tag == "":
		w.out = append(w.out, ' ')
		w.entries(item.Entries, depth+1, true)
	case item.Kind == tree.Mapping:
		w.tag(item)
		w.out = append(w.out, '\n')
		w.entries(item.Entries, depth+1, false)
	case item.Tag == "":
		w.out = append(w.out, ' ')
		w.items(item.Items, depth+1, false, true)
	default:
		w.tag(item)
		w.out = append(w.out, '\n')
		w.items(item.Items, depth+1, false, false)
	}
}

// value writes what stands on one line, or begins on it: a scalar or an empty collection, with a space before it.
func (w *yamlWriter) value(v *tree.Value, depth int) {
	w.tag(v)
	switch v.Kind {
	case tree.Null:
	case tree.Mapping:
		w.out = append(w.out, " {}"...)
	case tree.Sequence:
		w.out = append(w.out, " []"...)
	case tree.Number, tree.Boolean:
		w.out = append(append(w.out, ' '), v.Text...)
	default:
		w.out = append(w.out, ' ')
		w.text(v.Text, depth)
	}
}

func (w *yamlWriter) tag(v *tree.Value) {
	if v.Tag != "" {
		w.out = append(append(w.out, ' '), v.Tag...)
	}
}

// text writes a string: as a block scalar where it has lines that one can hold, otherwise on one line.
func (w *yamlWriter) text(s string, depth int) {
	if !isLiteral(s) {
		w.out = append(w.out, scalar(s)...)
		return
	}
	w.out = append(w.out, '|')
	if !strings.HasSuffix(s, "\n") {
		w.out = append(w.out, '-')
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		w.out = append(w.out, '\n')
		if line != "" {
			w.indent(depth + 1)
			w.out = append(w.out, line...)
		}
	}
}

// isBlock reports whether a value is written over lines of its own: a collection that is not empty.
func isBlock(v *tree.Value) bool { return len(v.Entries) > 0 || len(v.Items) > 0 }

// isLiteral reports whether a block scalar can hold a text: several lines, none of which begins or ends in a way that
// a reader takes for something else.
func isLiteral(s string) bool {
	body := strings.TrimSuffix(s, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") || strings.HasPrefix(body, "\n") {
		return false
	}
	if strings.HasPrefix(body, " ") {
		return false
	}
	for line := range strings.SplitSeq(body, "\n") {
		if strings.HasSuffix(line, " ") || strings.HasPrefix(strings.TrimLeft(line, " "), "%") || strings.ContainsFunc(line, isUnprintable) {
			return false
		}
	}
	return true
}

// scalar writes a string on one line: plain where every reader of YAML takes it for the same string, in single
// quotes where it can be, and otherwise in double quotes.
func scalar(s string) string {
	switch {
	case isPlain(s):
		return s
	case strings.ContainsFunc(s, isUnprintable):
		return doubleQuoted(s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func isUnprintable(r rune) bool { return r == '\ufeff' || !strconv.IsPrint(r) }

func doubleQuoted(s string) string {
	quoted, err := appendText(nil, s)
	if err != nil {
		return strconv.Quote(s) // cannot happen: every string has a JSON form
	}
	return string(quoted)
}

const (
	plainFirst = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/.$("
	plainRest  = plainFirst + "0123456789-+*=@,:;#{}[]()<>!?&|^~%'\"` \\"
)

// isPlain reports whether a string can stand without quotes. It says no to whatever looks like something else to one
// reader or another: numbers, dates, booleans, null.
func isPlain(s string) bool {
	if s == "" || !strings.ContainsRune(plainFirst, rune(s[0])) || isWord(s) {
		return false
	}
	for _, r := range s {
		if !strings.ContainsRune(plainRest, r) {
			return false
		}
	}
	for _, misread := range []string{": ", " #", "<<"} {
		if strings.Contains(s, misread) {
			return false
		}
	}
	last := s[len(s)-1]
	return last != ' ' && last != ':' && !isNumeric(s)
}

// isWord reports whether YAML 1.1 or 1.2 gives a word a meaning of its own.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return true
	}
	return false
}

// isNumeric reports whether a text that begins like a plain one may be read as a number: ".5", ".inf".
func isNumeric(s string) bool { return s[0] == '.' && (len(s) == 1 || s[1] != '/') }
