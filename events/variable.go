package events

import (
	"regexp"
	"strings"
	"sync"
)

// MaxInlineVariable is the most bytes of an output variable's value that a state machine carries. In place of a longer
// one, and of one that JSON would blow up, the machine carries a [VariableReference], and the handler that meets the
// reference reads the value from the record.
const MaxInlineVariable = 256

// The signs around a reference are from Unicode's private use area; a value that holds one of them is never carried as it
// is, so nobody can mistake a user's text for a reference that a handler wrote.
const (
	referenceStart = "\uE000"
	referenceEnd   = "\uE001"
)

// VariableReference stands, inside a text of a state machine, for the value of one output variable of one action execution.
type VariableReference struct {
	ActionExecutionID string
	Name              string
}

var variableReference = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(referenceStart + `([0-9a-f-]{36})/([^` + referenceStart + referenceEnd + `]+)` + referenceEnd)
})

// String is the text of the reference.
func (r VariableReference) String() string {
	return referenceStart + r.ActionExecutionID + "/" + r.Name + referenceEnd
}

// InlineVariable is what a state machine carries of an output variable.
func InlineVariable(r VariableReference, value string) string {
	special := func(c rune) bool { return c < ' ' || strings.ContainsRune(referenceStart+referenceEnd, c) }
	if len(value) <= MaxInlineVariable && !strings.ContainsFunc(value, special) {
		return value
	}
	return r.String()
}

// ResolveVariables replaces every reference in a text by what value gives for it. A reference for which that is an error
// ends it with the error.
func ResolveVariables(text string, value func(VariableReference) (string, error)) (string, error) {
	var out strings.Builder
	end := 0
	for _, at := range variableReference().FindAllStringSubmatchIndex(text, -1) {
		resolved, err := value(VariableReference{ActionExecutionID: text[at[2]:at[3]], Name: text[at[4]:at[5]]})
		if err != nil {
			return "", err
		}
		out.WriteString(text[end:at[0]])
		out.WriteString(resolved)
		end = at[1]
	}
	out.WriteString(text[end:])
	return out.String(), nil
}
