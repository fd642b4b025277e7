package pipeline

import "strings"

// Reference is one #{namespace.key} in a text. Start and End are byte offsets of the whole reference in that text.
// A reference that is not of that form has an empty Key.
type Reference struct {
	Namespace, Key string
	Start, End     int
}

// References returns the variable references in a text, in order. "#{" without "}" is not a reference.
func References(text string) []Reference {
	var references []Reference
	for from := 0; ; {
		start := strings.Index(text[from:], "#{")
		if start < 0 {
			return references
		}
		start += from
		length := strings.IndexByte(text[start:], '}')
		if length < 0 {
			return references
		}
		from = start + length + 1
		references = append(references, reference(text[start+2:from-1], start, from))
	}
}

func reference(inner string, start, end int) Reference {
	namespace, key, _ := strings.Cut(inner, ".")
	if !isVariableName(namespace) || !isVariableName(key) {
		key = ""
	}
	return Reference{Namespace: namespace, Key: key, Start: start, End: end}
}

// isVariableName reports whether name has only the characters that namespaces and keys may have.
func isVariableName(name string) bool {
	for i := range len(name) {
		if !isNameByte(name[i]) && name[i] != '@' {
			return false
		}
	}
	return name != ""
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
