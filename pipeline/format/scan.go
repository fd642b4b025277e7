package format

import "strings"

// valueStyle is how a value is written, as far as its lines go.
type valueStyle int

const (
	noStyle      valueStyle = iota
	literalStyle            // a block scalar: its lines go on by indentation
	plainStyle              // so do those of a plain scalar, up to a comment
	closedStyle             // quoted or in brackets: they go on until it is closed
)

// withoutProperties cuts tags and an anchor off the front of a value.
func withoutProperties(value string) string {
	for value != "" && (value[0] == '!' || value[0] == '&') {
		end := strings.IndexByte(value, ' ')
		if end < 0 {
			return ""
		}
		value = strings.TrimLeft(value[end:], " ")
	}
	return value
}

func styleOf(value string) valueStyle {
	content := withoutProperties(value)
	if content == "" {
		return noStyle
	}
	switch content[0] {
	case '#', '*':
		return noStyle
	case '|', '>':
		return literalStyle
	case '"', '\'', '[', '{':
		return closedStyle
	}
	if strings.Contains(content, " #") {
		return noStyle // a comment ends it
	}
	return plainStyle
}

// scanner follows quotes and brackets through the lines of a value.
type scanner struct {
	quote    byte // that is open, or 0
	brackets int
}

func (s *scanner) open() bool { return s.quote != 0 || s.brackets > 0 }

// line reads one line and returns where in it the value was closed, or -1.
func (s *scanner) line(text string) int {
	for i := 0; i < len(text); i++ {
		if s.quote == 0 && text[i] == '#' && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t') {
			return -1
		}
		i = s.character(text, i)
		if !s.open() {
			return i + 1
		}
	}
	return -1
}

// character reads the character at i and returns the index of the last that belongs to it.
func (s *scanner) character(text string, i int) int {
	c := text[i]
	switch {
	case s.quote == '"' && c == '\\':
		return i + 1
	case s.quote == '\'' && c == '\'' && strings.HasPrefix(text[i+1:], "'"):
		return i + 1
	case s.quote != 0:
		if c == s.quote {
			s.quote = 0
		}
	case (c == '"' || c == '\'') && s.beginsScalar(text, i):
		s.quote = c
	case c == '[' || c == '{':
		s.brackets++
	case c == ']' || c == '}':
		s.brackets--
	}
	return i
}

// beginsScalar reports whether a scalar may begin at i: a quote inside a plain scalar opens nothing.
func (s *scanner) beginsScalar(text string, i int) bool {
	before := strings.TrimRight(text[:i], " \t")
	if before == "" {
		return true
	}
	if strings.IndexByte("[{,:", before[len(before)-1]) >= 0 {
		return true
	}
	word := before[strings.LastIndexAny(before, " \t,[{")+1:]
	return len(before) < i && (word[0] == '!' || word[0] == '&')
}

// keyOf splits "key: value" into its parts. found is false when the text is no entry of a mapping.
func keyOf(text string) (key, value string, found bool) {
	if properties := text[:len(text)-len(withoutProperties(text))]; properties != "" {
		key, value, found = keyOf(text[len(properties):])
		return properties + key, value, found
	}
	end := 0
	if text != "" && (text[0] == '"' || text[0] == '\'') {
		var s scanner
		if end = s.line(text); end < 0 {
			return "", "", false
		}
	} else if text == "" || strings.IndexByte("[{#|>%@`", text[0]) >= 0 {
		return "", "", false
	} else if end = plainKeyEnd(text); end < 0 {
		return "", "", false
	}
	behind := strings.TrimLeft(text[end:], " ")
	if !strings.HasPrefix(behind, ":") || len(behind) > 1 && behind[1] != ' ' && behind[1] != '\t' {
		return "", "", false
	}
	return strings.TrimRight(text[:end], " "), strings.Trim(behind[1:], " \t"), true
}

// plainKeyEnd returns where a plain key ends, or -1: at the first colon with a space or nothing behind it.
func plainKeyEnd(text string) int {
	for i := range len(text) {
		if text[i] == '#' && i > 0 && text[i-1] == ' ' {
			return -1
		}
		if text[i] == ':' && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\t') {
			return i
		}
	}
	return -1
}
