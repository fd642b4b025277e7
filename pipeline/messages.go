package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// All wording of Parse: one function per mistake. messages_check.go has the wording of Check.

func failure(code string, at diag.Range, format string, args ...any) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, At: at, Message: fmt.Sprintf(format, args...)}
}

func withHelp(d diag.Diagnostic, format string, args ...any) diag.Diagnostic {
	d.Help = fmt.Sprintf(format, args...)
	return d
}

// suggest adds "did you mean", or else the candidates themselves when they are few.
func suggest(d diag.Diagnostic, word string, candidates []string) diag.Diagnostic {
	if near, found := diag.Nearest(word, candidates); found {
		return withHelp(d, "did you mean %s?", quote(near))
	}
	const few = 16
	if n := len(candidates); n > 0 && n <= few {
		return withHelp(d, "there is %s", enumerate(candidates, "and"))
	}
	return d
}

func tooLarge(file string, n, most int) diag.Diagnostic {
	at := diag.Range{Start: diag.Position{File: file}, End: diag.Position{File: file}}
	return failure("definition-too-large", at, "the definition has %d bytes; at most %d are read", n, most)
}

func emptyDefinition(at diag.Range) diag.Diagnostic {
	return withHelp(failure("empty-definition", at, "there is no definition in this file"),
		"write a pipeline: name, then stages")
}

func templateNotYet(at diag.Range) diag.Diagnostic {
	return withHelp(failure("template-not-supported", at, "CloudFormation templates are not read yet"),
		"give the pipeline itself: what aws codepipeline get-pipeline prints can be used as it is")
}

func severalDocuments(at diag.Range) diag.Diagnostic {
	return withHelp(failure("several-documents", at, "a second YAML document begins here; a file holds one definition"),
		`remove the "---" before it, or put it into a file of its own`)
}

func tooDeep(at diag.Range) diag.Diagnostic {
	return failure("too-deep", at, "nested more than %d levels deep", maxDepth)
}

func tooManyValues(at diag.Range) diag.Diagnostic {
	return failure("too-many-values", at, "with its aliases written out, the document has more than %d values", maxValues)
}

func tooManyKeys(at diag.Range) diag.Diagnostic {
	return failure("too-many-values", at, "the file has more than %d keys", maxKeys)
}

func trailingContent(at diag.Range) diag.Diagnostic {
	return failure("invalid-json", at, "the JSON document has ended, but there is more")
}

func unfinishedJSON(at diag.Range) diag.Diagnostic {
	return withHelp(failure("invalid-json", at, "the JSON document ends too early"),
		"a closing brace, bracket or quote is missing")
}

func invalidJSON(at diag.Range, cause string, afterComma bool) diag.Diagnostic {
	d := failure("invalid-json", at, "this is not JSON: %s", cause)
	if afterComma {
		d.Help = "JSON allows no comma after the last entry: remove the one before"
	}
	return d
}

func invalidYAML(at diag.Range, cause string) diag.Diagnostic {
	if strings.Contains(cause, "\t") {
		return withHelp(failure("invalid-yaml", at, "this is not YAML: a tab cannot stand here"),
			"YAML is indented with spaces")
	}
	return withHelp(failure("invalid-yaml", at, "this is not YAML: %s", cause),
		"look at the indentation, quotes and brackets here and on the lines around")
}

func unreadableYAML(at diag.Range, cause string) diag.Diagnostic {
	return withHelp(failure("invalid-yaml", at, "the YAML parser gave up on this file: %s", cause),
		"write the definition as JSON, or report this file as a bug of the parser")
}

func unknownAnchor(at diag.Range, name string, known []string) diag.Diagnostic {
	return suggest(failure("unknown-anchor", at, "unknown anchor %s", quote(name)), name, known)
}

func unknownTag(at diag.Range, tag string) diag.Diagnostic {
	return withHelp(failure("unknown-tag", at, "the tag %s has no meaning here", quote(tag)),
		"short forms of CloudFormation belong into templates; write the value itself")
}

func duplicateKey(key Text, first diag.Range) diag.Diagnostic {
	d := failure("duplicate-key", key.At, "the key %s is here a second time", quote(key.Value))
	d.Notes = []diag.RelatedNote{{At: first, Message: "the first is here"}}
	return withHelp(d, "remove one of them")
}

func unknownField(key Text, owner string, known []string) diag.Diagnostic {
	return suggest(failure("unknown-field", key.At, "unknown field %s in %s", quote(key.Value), article(owner)),
		key.Value, known)
}

func wrongKind(at diag.Range, what member, want string, got kind) diag.Diagnostic {
	return failure("wrong-kind", at, "%s must be %s, and this is %s", what, want, got)
}

func notInteger(v *value, what member, least, most int) diag.Diagnostic {
	return withHelp(failure("wrong-kind", v.at, "%s must be a whole number, and this is %s", what, quote(v.text)),
		"write a number from %d to %d", least, most)
}

func configurationIsText(e entry) diag.Diagnostic {
	return withHelp(failure("wrong-kind", e.value.at, "configuration %s must be a string, and this is %s",
		quote(e.key.Value), e.value.kind), "CodePipeline's configuration values are text: write the JSON in quotes")
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

func numberOutOfRange(n Number, what member, least, most int) diag.Diagnostic {
	return withHelp(failure("out-of-range", n.At, "%s %d is out of range", what, n.Value),
		"write a number from %d to %d", least, most)
}

func tooMany(at diag.Range, what member, n, most int) diag.Diagnostic {
	return failure("too-many", at, "%s has %s; at most %d allowed", what, entries(n), most)
}

// quote puts a value in quotes, cut where it is long.
func quote(value string) string {
	const longest = 60
	if runes := []rune(value); len(runes) > longest {
		value = string(runes[:longest]) + "..."
	}
	return strconv.Quote(value)
}

func quoteAll(values []string) []string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quote(v)
	}
	return quoted
}

// enumerate joins words: "a", "a or b", "a, b or c".
func enumerate(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

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
