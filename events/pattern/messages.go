package pattern

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// All wording of Compile: one function per mistake. A subject is a path with the operators at it.

// mistake is what can be wrong with a wildcard value.
type mistake struct{ what, help string }

var (
	consecutiveWildcards = mistake{"two asterisks in a row", "one asterisk stands for any number of letters"}
	invalidEscape        = mistake{
		"a backslash before neither an asterisk nor another backslash",
		`in JSON an asterisk that is meant as such is written \\*, and a backslash \\\\`,
	}
)

// subject names the path, and the operator at it if there is one.
func (o *operand) subject() string {
	if o.operator == "" {
		return diag.Quote(o.path)
	}
	return o.operator + " of " + diag.Quote(o.path)
}

func tooLong(at diag.Range, n int) diag.Diagnostic {
	return diag.Failure("event-pattern-too-long", at, "the event pattern has %d characters; EventBridge takes %d", n, MaxCharacters).
		WithHelp("leave out blanks, or make several rules of it")
}

func notJSON(at diag.Range, why string) diag.Diagnostic {
	return diag.Failure("invalid-json", at, "the event pattern is not JSON: %s", why)
}

// syntax returns where and why the source is not JSON.
func (c *compiler) syntax(err error) (at diag.Range, why string) {
	var wrong *json.SyntaxError
	if !errors.As(err, &wrong) {
		return c.place(0, 0), err.Error()
	}
	begin := min(max(int(wrong.Offset)-1, 0), len(c.source))
	return c.place(begin, min(begin+1, len(c.source))), wrong.Error()
}

func notObject(at diag.Range, k kind) diag.Diagnostic {
	return diag.Failure("wrong-kind", at, "an event pattern is an object, and this is %s", k)
}

func emptyObject(at diag.Range, path string) diag.Diagnostic {
	if path == "" {
		return diag.Failure("empty-event-pattern", at, "the event pattern has no fields").
			WithHelp(`name at least one field, such as "source": ["aws.s3"]`)
	}
	return diag.Failure("empty-event-pattern", at, "%s is an object without fields", diag.Quote(path)).
		WithHelp(`name a field in it, or write a list of values instead`)
}

func notList(at diag.Range, path, is string) diag.Diagnostic {
	return diag.Failure("wrong-kind", at, "%s must be a list of values or an object, and this is %s", diag.Quote(path), is).
		WithHelp("put the value in brackets")
}

func emptyList(at diag.Range, path string) diag.Diagnostic {
	return diag.Failure("empty-event-pattern", at, "%s has no values", diag.Quote(path)).
		WithHelp(`write at least one; [{"exists": true}] matches any value`)
}

func listInList(at diag.Range, path string) diag.Diagnostic {
	return diag.Failure("wrong-kind", at, "%s has a list among its values", diag.Quote(path)).
		WithHelp("write its values themselves: an array in an event matches by any of its elements")
}

func reservedName(at diag.Range, word string) diag.Diagnostic {
	return diag.Failure("reserved-field", at, "%s cannot be a field inside $or", diag.Quote(word)).
		WithHelp(`a match expression stands in the list of a field: {"field": [{%s: ...}]}`, diag.Quote(word))
}

func lonelyOr(at diag.Range) diag.Diagnostic {
	return diag.Failure("wrong-or", at, "$or has fewer than two objects").
		WithHelp("add another, or write its fields without $or")
}

func notObjectInOr(at diag.Range, is string) diag.Diagnostic {
	return diag.Failure("wrong-or", at, "$or has objects only, and this is %s", is)
}

func tooManyCombinations(at diag.Range) diag.Diagnostic {
	return diag.Failure("wrong-or", at, "the $or up to here make more than %d combinations: the product of their lengths", MaxCombinations).
		WithHelp("make several rules of it")
}

func notOneOperator(at diag.Range, subject string, have []name) diag.Diagnostic {
	if len(have) == 0 {
		return diag.Failure("wrong-operator", at, "%s has a match expression without an operator", subject).
			WithHelp(`write one, such as {"prefix": "arn:"}`)
	}
	var words []string
	for _, n := range have {
		words = append(words, diag.Quote(n.text))
	}
	return diag.Failure("wrong-operator", at, "%s has a match expression with several operators: %s", subject, strings.Join(words, ", ")).
		WithHelp("write one expression for each; a field matches by any of them")
}

func unknownOperator(at diag.Range, subject, word string, known []string) diag.Diagnostic {
	return diag.Failure("wrong-operator", at, "unknown operator %s at %s", diag.Quote(word), subject).Suggesting(word, known)
}

func wrongOperand(at diag.Range, subject, want, is string) diag.Diagnostic {
	return diag.Failure("wrong-operand", at, "%s takes %s, and this is %s", subject, want, is)
}

func emptyOperand(at diag.Range, subject string) diag.Diagnostic {
	return diag.Failure("wrong-operand", at, "%s has an empty list", subject).WithHelp("write at least one value")
}

func mixedList(at diag.Range, subject, is string, first kind) diag.Diagnostic {
	return diag.Failure("wrong-operand", at, "%s has %s in a list that begins with %s", subject, is, first).
		WithHelp("write strings only or numbers only")
}

func badNumber(at diag.Range, subject, is string) diag.Diagnostic {
	return diag.Failure("wrong-operand", at, "%s has %s, which EventBridge does not compare", subject, diag.Quote(is)).
		WithHelp("write a number from -5.0e9 to 5.0e9 with at most %d digits after the point", decimals)
}

func noLimit(at diag.Range, subject, comparison string) diag.Diagnostic {
	return diag.Failure("wrong-operand", at, "%s has no number after %s", subject, diag.Quote(comparison))
}

func badRange(at diag.Range, subject string, items []*value) diag.Diagnostic {
	var terms []string
	for _, v := range items {
		terms = append(terms, v.text)
	}
	return diag.Failure("wrong-operand", at, "%s is not a range: %s", subject, diag.Quote(strings.Join(terms, " "))).
		WithHelp(`write one comparison, or a lower bound and a higher upper one: [">=", 0, "<", 5]`)
}

func badWildcard(at diag.Range, subject, is string, m mistake) diag.Diagnostic {
	return diag.Failure("wrong-operand", at, "%s has %s: %s", subject, diag.Quote(is), m.what).WithHelp("%s", m.help)
}

func badBlock(at diag.Range, subject, is string) diag.Diagnostic {
	return diag.Failure("wrong-operand", at, "%s has %s, which is not a CIDR block", subject, diag.Quote(is)).
		WithHelp("write an address and the bits of its network, fewer than it has: 10.0.0.0/24 or 2001:db8::/32")
}
