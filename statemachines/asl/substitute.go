package asl

import (
	"regexp"
	"strings"
	"sync"
)

// placeholder is ${Name} as DefinitionSubstitutions of AWS::StepFunctions::StateMachine writes it.
var placeholder = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{([^{}]*)\}`) })

// Substitute replaces every ${Name} in an encoded machine by its value, written as the inside of a JSON string, as
// CloudFormation does with DefinitionSubstitutions. A name that the map lacks is a problem that names it; the text is
// returned unchanged then.
func Substitute(encoded []byte, values map[string]string) ([]byte, error) {
	var problems Problems
	out := placeholder().ReplaceAllFunc(encoded, func(match []byte) []byte {
		name := string(match[2 : len(match)-1])
		value, ok := values[name]
		if !ok {
			problems.add("", msgUnknownPlaceholder(name))
			return match
		}
		return inString(value)
	})
	if len(problems) > 0 {
		return encoded, problems.sorted()
	}
	return out, nil
}

// inString is a text as it stands between the quotes of a JSON string.
func inString(value string) []byte {
	text, err := MarshalValue(value)
	if err != nil {
		return []byte(value)
	}
	return []byte(strings.TrimSuffix(strings.TrimPrefix(string(text), `"`), `"`))
}
