package events

import (
	"encoding/json"
	"regexp"
	"strings"
	"sync"
)

// MaxInlineVariable is the most bytes of an output variable's value that a state machine carries. In place of a longer
// one, and of one that JSON escapes, the machine carries a [VariableReference], and the handler that meets the
// reference reads the value from the record.
const MaxInlineVariable = 256

// The signs around a reference are from Unicode's private use area; a value that holds one of them is never carried as it
// is, so nobody can mistake a user's text for a reference that a handler wrote.
const (
	referenceStart = "\uE000"
	referenceEnd   = "\uE001"
)

// VariableReference stands, inside a text of a state machine, for the value of one output variable of one action execution.
// Where ActionExecutionID is the identity of the pipeline execution, it is a variable of the pipeline.
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

// InlineVariable is what a state machine carries of a variable. What JSON escapes is not carried either: the machine knows
// nothing of JSON in texts, and the handler does.
func InlineVariable(r VariableReference, value string) string {
	special := func(c rune) bool { return c < ' ' || strings.ContainsRune(`"\`+referenceStart+referenceEnd, c) }
	if len(value) <= MaxInlineVariable && !strings.ContainsFunc(value, special) {
		return value
	}
	return r.String()
}

// ResolveVariables replaces every reference in a text by what value gives for it. A reference for which that is an error
// ends it with the error.
func ResolveVariables(text string, value func(VariableReference) (string, error)) (string, error) {
	return resolve(text, func(r VariableReference, _ string) (string, error) { return value(r) })
}

// ResolveSetting is ResolveVariables for a value of a configuration. Where that is a JSON object or list, what a reference
// inside one of its strings stands for is written as a part of that string: whoever sets a variable cannot end the string and
// go on with members of the object.
func ResolveSetting(text string, value func(VariableReference) (string, error)) (string, error) {
	if !isJSON(text) {
		return ResolveVariables(text, value)
	}
	return resolve(text, func(r VariableReference, before string) (string, error) {
		resolved, err := value(r)
		if err == nil && insideString(before) {
			resolved, err = escaped(resolved)
		}
		return resolved, err
	})
}

// resolve replaces the references in a text; value is told what stands before each.
func resolve(text string, value func(r VariableReference, before string) (string, error)) (string, error) {
	var out strings.Builder
	end := 0
	for _, at := range variableReference().FindAllStringSubmatchIndex(text, -1) {
		out.WriteString(text[end:at[0]])
		resolved, err := value(VariableReference{ActionExecutionID: text[at[2]:at[3]], Name: text[at[4]:at[5]]}, out.String())
		if err != nil {
			return "", err
		}
		out.WriteString(resolved)
		end = at[1]
	}
	out.WriteString(text[end:])
	return out.String(), nil
}

// isJSON says whether a text is a JSON object or list once its references have values.
func isJSON(text string) bool {
	trimmed := strings.TrimSpace(text)
	if !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") {
		return false
	}
	with, err := resolve(text, func(_ VariableReference, before string) (string, error) {
		if insideString(before) {
			return "", nil
		}
		return "0", nil
	})
	return err == nil && json.Valid([]byte(with))
}

// insideString says whether what follows a beginning of JSON is inside a string.
func insideString(before string) bool {
	inside := false
	for i := 0; i < len(before); i++ {
		switch {
		case before[i] == '"':
			inside = !inside
		case before[i] == '\\' && inside:
			i++
		}
	}
	return inside
}

// escaped is a text as it stands in a string of JSON.
func escaped(text string) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), `"`), "\"\n"), nil
}
