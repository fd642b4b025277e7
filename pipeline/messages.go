package pipeline

import (
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// All wording of Parse: one function per mistake. messages_check.go has the wording of Check.

func failure(code string, at diag.Range, format string, args ...any) diag.Diagnostic {
	return diag.Failure(code, at, format, args...)
}

func withHelp(d diag.Diagnostic, format string, args ...any) diag.Diagnostic {
	return d.WithHelp(format, args...)
}

// suggest adds "did you mean", or else the candidates themselves when they are few.
func suggest(d diag.Diagnostic, word string, candidates []string) diag.Diagnostic {
	return d.Suggesting(word, candidates)
}

func tooLarge(file string, n, most int) diag.Diagnostic {
	at := diag.Range{Start: diag.Position{File: file}, End: diag.Position{File: file}}
	return failure("definition-too-large", at, "the definition has %d bytes; at most %d are read", n, most)
}

func emptyDefinition(at diag.Range) diag.Diagnostic {
	return withHelp(failure("empty-definition", at, "there is no definition in this file"),
		"write a pipeline: name, then stages")
}

func unknownTag(at diag.Range, tag string) diag.Diagnostic {
	return withHelp(failure("unknown-tag", at, "the tag %s has no meaning here", quote(tag)),
		"short forms of CloudFormation belong into templates; write the value itself")
}

func unknownField(key Text, owner string, known []string) diag.Diagnostic {
	return suggest(failure("unknown-field", key.At, "unknown field %s in %s", quote(key.Value), article(owner)),
		key.Value, known)
}

func wrongKind(at diag.Range, what member, want string, got tree.Kind) diag.Diagnostic {
	return failure("wrong-kind", at, "%s must be %s, and this is %s", what, want, got)
}

func notInteger(v *tree.Value, what member, least, most int) diag.Diagnostic {
	return withHelp(failure("wrong-kind", v.At, "%s must be a whole number, and this is %s", what, quote(v.Text)),
		"write a number from %d to %d", least, most)
}

func configurationIsText(e tree.Entry) diag.Diagnostic {
	return withHelp(failure("wrong-kind", e.Value.At, "configuration %s must be a string, and this is %s",
		quote(e.Key.Value), e.Value.Kind), "CodePipeline's configuration values are text: write the JSON in quotes")
}

func malformedTypeID(t Text, what member) diag.Diagnostic {
	return withHelp(failure("malformed-action-type", t.At, "%s %s is not an action type", what, quote(t.Value)),
		"write Category/Owner/Provider/Version, or Category/Provider: Build/CodeBuild")
}

func missingFields(at diag.Range, owner string, fields []string) diag.Diagnostic {
	return failure("missing-field", at, "%s has no %s", owner, enumerate(fields, "or"))
}

func unknownValue(t Text, what member, allowed []string) diag.Diagnostic {
	return suggest(failure("unknown-value", t.At, "unknown %s %s", what, quote(t.Value)), t.Value, allowed)
}

func emptyValue(t Text, what member) diag.Diagnostic {
	return failure("empty-value", t.At, "%s is empty", what)
}

func tooShort(t Text, what member, n, least int) diag.Diagnostic {
	return failure("too-short", t.At, "%s %s has %s; at least %d are needed", what, quote(t.Value),
		count(n, "character"), least)
}

func tooLong(t Text, what member, n, most int) diag.Diagnostic {
	return failure("too-long", t.At, "%s has %d characters; at most %d are allowed", what, n, most)
}

func invalidValue(t Text, what member, reads string) diag.Diagnostic {
	return withHelp(failure("invalid-value", t.At, "%s %s is not allowed", what, quote(t.Value)), "it must be %s", reads)
}

func referenceNotResolved(at diag.Range, what member, reference string, allowed bool) diag.Diagnostic {
	if allowed {
		return as(diag.Warning, withHelp(failure("reference-not-resolved", at, "%s is used as it is written: %s gets no value here",
			what, quote(reference)), "%s", whereResolved))
	}
	return withHelp(failure("reference-not-resolved", at, "%s cannot hold a variable: %s gets no value here", what,
		quote(reference)), "%s", whereResolved)
}

const whereResolved = "variables are read in configuration values, in commands, in the values of environment variables and in when"

func numberOutOfRange(n Number, what member, least, most int) diag.Diagnostic {
	return withHelp(failure("out-of-range", n.At, "%s %d is out of range", what, n.Value),
		"write a number from %d to %d", least, most)
}

func emptyList(at diag.Range, what member) diag.Diagnostic {
	return withHelp(failure("empty-list", at, "%s has no entry; at least 1 is needed", what), "leave it out")
}

func tooMany(at diag.Range, what member, n, most int) diag.Diagnostic {
	return failure("too-many", at, "%s has %s; at most %d allowed", what, entries(n), most)
}

// quote puts a value in quotes, cut where it is long.
func quote(value string) string { return diag.Quote(value) }

func quoteAll(values []string) []string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return quoted
}

// enumerate joins words: "a", "a or b", "a, b or c".
func enumerate(words []string, last string) string { return diag.Enumerate(words, last) }

// article puts "a" or "an" before a word.
func article(word string) string {
	if word != "" && strings.IndexByte("aeiouAEIO", word[0]) >= 0 {
		return "an " + word
	}
	return "a " + word
}

// count prints a number with its noun: "1 artifact", "2 artifacts".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return strconv.Itoa(n) + " entries"
}

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
