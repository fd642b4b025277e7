package buildspec

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// What RETRY means without a count, and the most that a count may be.
const (
	defaultRetries = 3
	maxRetries     = 100
)

// onFailure reads ABORT, CONTINUE and the forms of RETRY. The reference writes its examples of the latter also as
// Retry, so their case does not matter.
func (r *reader) onFailure(n ast.Node) (OnFailure, *Retry) {
	value, ok := r.text(n, "on-failure")
	if !ok {
		return OnFailureDefault, nil
	}
	switch kind := OnFailure(value.Value); kind {
	case OnFailureAbort, OnFailureContinue:
		return kind, nil
	}
	word, rest, more := strings.Cut(value.Value, "-")
	switch {
	case !strings.EqualFold(word, "RETRY"):
		r.list.Add(unknownOnFailure(value))
		return OnFailureDefault, nil
	case !more:
		return OnFailureDefault, &Retry{Count: defaultRetries}
	}
	return OnFailureDefault, r.retry(value, rest)
}

// retry reads what follows `RETRY-`: a count, a regular expression, or a count, a hyphen and a regular expression.
func (r *reader) retry(value Text, rest string) *Retry {
	retry := &Retry{Count: defaultRetries}
	first, after, more := strings.Cut(rest, "-")
	pattern, counted := rest, false
	if isNumber(first) {
		count, err := strconv.Atoi(first)
		if err != nil || count > maxRetries {
			r.list.Add(tooManyRetries(value, first))
			return nil
		}
		retry.Count, pattern, counted = count, after, true
	}
	if counted && !more {
		return retry
	}
	matching, err := regexp.Compile(pattern)
	if pattern == "" || err != nil {
		r.list.Add(badRetry(value, pattern, err))
		return nil
	}
	retry.Matching = matching
	return retry
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
