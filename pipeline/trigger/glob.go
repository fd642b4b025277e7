package trigger

import (
	"regexp"
	"strings"
)

// Match says whether a glob matches the whole of a name. "*" and "?" stand for characters of one part of a path, "**" goes
// over the slashes between parts; "[a-z]" and "[!a]" are one character, "{a,b}" is one of several, and "\" takes the
// meaning from what follows. A glob that is none matches nothing.
func Match(glob, name string) bool {
	expression, ok := translate(glob)
	if !ok {
		return false
	}
	r, err := regexp.Compile(expression)
	return err == nil && r.MatchString(name)
}

// translate writes a glob as a regular expression, which matches in a time that is linear in the name.
func translate(glob string) (expression string, ok bool) {
	var out strings.Builder
	out.WriteString(`(?s)\A`)
	inBraces := false
	for rest := []rune(glob); len(rest) > 0; {
		taken := 1
		switch c := rest[0]; {
		case c == '*' && len(rest) > 1 && rest[1] == '*':
			out.WriteString(`.*`)
			taken = 2
		case c == '*':
			out.WriteString(`[^/]*`)
		case c == '?':
			out.WriteString(`[^/]`)
		case c == '[':
			class, length, closed := translateClass(rest)
			if !closed {
				return "", false
			}
			out.WriteString(class)
			taken = length
		case c == '{' && inBraces:
			return "", false
		case c == '{':
			out.WriteString(`(?:`)
			inBraces = true
		case c == '}' && inBraces:
			out.WriteString(`)`)
			inBraces = false
		case c == ',' && inBraces:
			out.WriteString(`|`)
		case c == '\\' && len(rest) == 1:
			return "", false
		case c == '\\':
			out.WriteString(regexp.QuoteMeta(string(rest[1])))
			taken = 2
		default:
			out.WriteString(regexp.QuoteMeta(string(c)))
		}
		rest = rest[taken:]
	}
	out.WriteString(`\z`)
	return out.String(), !inBraces
}

// translateClass writes the class at the beginning of a glob, and says how long it is. It has at least one character; no
// class has the slash.
func translateClass(glob []rune) (class string, length int, closed bool) {
	i, negated := 1, false
	if i < len(glob) && glob[i] == '!' {
		i, negated = i+1, true
	}
	var ranges strings.Builder
	for first := i; i < len(glob); i++ {
		if glob[i] == ']' && i > first {
			if negated {
				return "[^/" + ranges.String() + "]", i + 1, true
			}
			return "[" + ranges.String() + "]", i + 1, ranges.Len() > 0
		}
		low, high := glob[i], glob[i]
		if i+2 < len(glob) && glob[i+1] == '-' && glob[i+2] != ']' {
			high = glob[i+2]
			i += 2
		}
		writeRange(&ranges, low, high, negated)
	}
	return "", 0, false
}

// writeRange adds a range without the slash, which may stand in its middle.
func writeRange(out *strings.Builder, low, high rune, negated bool) {
	if !negated && low <= '/' && '/' <= high {
		if low < '/' {
			writeRange(out, low, '/'-1, false)
		}
		if high > '/' {
			writeRange(out, '/'+1, high, false)
		}
		return
	}
	out.WriteString(quoteInClass(low))
	if high != low {
		out.WriteString("-" + quoteInClass(high))
	}
}

func quoteInClass(c rune) string {
	if strings.ContainsRune(`\]^-[&`, c) {
		return `\` + string(c)
	}
	return string(c)
}
