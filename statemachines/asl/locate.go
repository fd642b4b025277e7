package asl

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Locate returns the problems with their lines and columns in a definition's text, which must be what the machine was
// decoded from. A problem of something that is missing stands where it should be. Decode locates its own problems.
func (p Problems) Locate(text []byte) Problems {
	l := locator{text: text, dec: json.NewDecoder(bytes.NewReader(text)), starts: map[string]int{}}
	l.value("", maxDepth)
	located := make(Problems, len(p))
	for i, problem := range p {
		problem.Line, problem.Column = l.position(problem.Path)
		located[i] = problem
	}
	return located
}

// locator finds where in a text the values are, by path. What it cannot parse it leaves out.
type locator struct {
	text   []byte
	dec    *json.Decoder
	starts map[string]int
}

// position is the line and the column, both from 1, of a path or of the nearest value around it. A column counts bytes.
func (l *locator) position(path string) (line, column int) {
	start, found := l.starts[path]
	for !found && path != "" {
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
		start, found = l.starts[path]
	}
	before := l.text[:start]
	return bytes.Count(before, []byte("\n")) + 1, start - bytes.LastIndexByte(before, '\n')
}

// value walks one value; it tells whether the text goes on as JSON.
func (l *locator) value(path string, depth int) bool {
	start := int(l.dec.InputOffset())
	start += len(l.text[start:]) - len(bytes.TrimLeft(l.text[start:], " \t\r\n,:"))
	token, err := l.dec.Token()
	if err != nil || depth == 0 {
		return false
	}
	l.starts[path] = start
	switch token {
	case json.Delim('{'):
		return l.object(path, depth-1)
	case json.Delim('['):
		return l.array(path, depth-1)
	default:
		return true
	}
}

func (l *locator) object(path string, depth int) bool {
	for l.dec.More() {
		name, err := l.dec.Token()
		text, _ := name.(string)
		if err != nil || !l.value(join(path, text), depth) {
			return false
		}
	}
	_, err := l.dec.Token()
	return err == nil
}

func (l *locator) array(path string, depth int) bool {
	for i := 0; l.dec.More(); i++ {
		if !l.value(index(path, i), depth) {
			return false
		}
	}
	_, err := l.dec.Token()
	return err == nil
}
