package jsonata

import (
	"slices"
	"strings"
)

// maxNesting bounds brackets within brackets: the parser recurses, and a stack overflow cannot be recovered.
const maxNesting = 500

// tokens is what a scan of a source finds. It over-approximates the variables: a name in a string counts too, which
// costs a binding and changes nothing.
type tokens struct {
	newerOperator string
	steps         []int // where selfSteps has to add one
	depth         int
	variables     []string
	states        statesUse
}

// statesUse says which members of $states a source reads.
type statesUse struct {
	any, all                            bool
	input, result, errorOutput, context bool
}

func (u statesUse) members() []string {
	names := make([]string, 0, 4)
	for _, m := range []struct {
		name string
		used bool
	}{{"input", u.input}, {"result", u.result}, {"errorOutput", u.errorOutput}, {"context", u.context}} {
		if m.used || u.all {
			names = append(names, m.name)
		}
	}
	return names
}

func (u *statesUse) read(rest string) {
	u.any = true
	rest = strings.TrimLeft(rest, " \t\r\n")
	member, found := strings.CutPrefix(rest, ".")
	name := member[:nameLength(member)]
	switch {
	case found && name == "input":
		u.input = true
	case found && name == "result":
		u.result = true
	case found && name == "errorOutput":
		u.errorOutput = true
	case found && name == "context":
		u.context = true
	default:
		u.all = true
	}
}

// scanner walks a source far enough to tell operators from the insides of strings, comments and regular expressions.
type scanner struct {
	src      string
	pos      int
	last     byte // the first letter of the last token
	end      int  // where that ended
	operand  bool // the last token was a value, so a slash divides
	open     int
	lambda   bool // a function's parameter list is open or just closed: < starts a signature
	found    tokens
	lambdaAt int
}

func scan(source string) tokens {
	s := scanner{src: source}
	for s.pos < len(s.src) {
		s.next()
	}
	return s.found
}

func (s *scanner) next() {
	rest := s.src[s.pos:]
	c := rest[0]
	switch {
	case strings.ContainsRune(" \t\r\n\v", rune(c)):
		s.pos++
		return
	case strings.HasPrefix(rest, "/*"):
		s.skipPast(2, "*/")
		return
	case c == '"' || c == '\'':
		s.skipString(c)
		s.operand = true
	case c == '`':
		s.skipPast(1, "`")
		s.operand = true
	case c == '/' && !s.operand:
		s.skipRegex()
		s.operand = true
	case nameLength(rest) > 0:
		s.word(rest[:nameLength(rest)])
	default:
		s.step(c)
		s.symbol(rest)
	}
	s.last, s.end = c, s.pos
}

// step notes where the library needs a step to understand what follows, see selfSteps.
func (s *scanner) step(c byte) {
	if c == '/' && (s.last == ']' || s.last == ')') || c == '@' && (s.last == '$' || s.last == ')') {
		s.found.steps = append(s.found.steps, s.end)
	}
}

func (s *scanner) word(word string) {
	s.pos += len(word)
	s.operand = word != "and" && word != "or" && word != "in"
	if word == "function" || word == "λ" {
		s.lambda, s.lambdaAt = true, s.open
	} else if s.open == s.lambdaAt {
		s.lambda = false
	}
	name, isVariable := strings.CutPrefix(word, "$")
	switch {
	case !isVariable || name == "" || name == "$":
	case name == "states":
		s.found.states.read(s.src[s.pos:])
	case !slices.Contains(s.found.variables, name):
		s.found.variables = append(s.found.variables, name)
	}
}

func (s *scanner) symbol(rest string) {
	if rest[0] == '<' && s.lambda && s.open == s.lambdaAt {
		s.lambda = false
		s.skipPast(1, ">")
		return
	}
	if operator := rest[:min(2, len(rest))]; (operator == "?:" || operator == "??") && s.found.newerOperator == "" {
		s.found.newerOperator = operator
	}
	switch rest[0] {
	case '(', '[', '{':
		s.open++
		s.found.depth = max(s.found.depth, s.open)
	case ')', ']', '}':
		s.open--
	}
	s.operand = strings.ContainsRune(")]}", rune(rest[0]))
	if rest[0] == '{' || !s.operand && s.open == s.lambdaAt {
		s.lambda = false
	}
	s.pos++
}

func (s *scanner) skipString(quote byte) {
	for s.pos++; s.pos < len(s.src); s.pos++ {
		switch s.src[s.pos] {
		case '\\':
			s.pos++
		case quote:
			s.pos++
			return
		}
	}
}

// skipRegex ends at the first slash that is not escaped and not inside brackets.
func (s *scanner) skipRegex() {
	depth := 0
	for s.pos++; s.pos < len(s.src); s.pos++ {
		switch c := s.src[s.pos]; {
		case c == '\\':
			s.pos++
		case strings.ContainsRune("([{", rune(c)):
			depth++
		case strings.ContainsRune(")]}", rune(c)):
			depth--
		case c == '/' && depth == 0:
			s.pos++
			return
		}
	}
}

func (s *scanner) skipPast(start int, end string) {
	i := strings.Index(s.src[s.pos+start:], end)
	if i < 0 {
		s.pos = len(s.src)
		return
	}
	s.pos += start + i + len(end)
}

// nameLength is the length of the name or number at the start of a text.
func nameLength(text string) int {
	n := strings.IndexAny(text, " \t\r\n\v.[]{}(),@#;:?+-*/%|=<>^&!~\"'`")
	if n < 0 {
		return len(text)
	}
	return n
}

// selfSteps writes the step ".$", which yields what it is given, where the library misreads JSONata: it takes the slash of
// a division behind a bracket, and behind some parentheses, for the start of a regular expression, and binds @ only to a step of a path.
func selfSteps(source string, at []int) string {
	for i := len(at) - 1; i >= 0; i-- {
		source = source[:at[i]] + ".$" + source[at[i]:]
	}
	return source
}
