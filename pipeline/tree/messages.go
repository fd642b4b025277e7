package tree

import (
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// All wording of the readers: one function per mistake.

func failure(code string, at diag.Range, format string, args ...any) diag.Diagnostic {
	return diag.Failure(code, at, format, args...)
}

func severalDocuments(at diag.Range) diag.Diagnostic {
	return failure("several-documents", at, "a second YAML document begins here; a file holds one definition").
		WithHelp(`remove the "---" before it, or put it into a file of its own`)
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

func tooManyKeysInOne(at diag.Range) diag.Diagnostic {
	return failure("too-many-values", at, "this mapping has more than %d keys", maxMappingKeys).
		WithHelp("a definition that large is read as JSON")
}

func trailingContent(at diag.Range) diag.Diagnostic {
	return failure("invalid-json", at, "the JSON document has ended, but there is more")
}

func unfinishedJSON(at diag.Range) diag.Diagnostic {
	return failure("invalid-json", at, "the JSON document ends too early").
		WithHelp("a closing brace, bracket or quote is missing")
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
		return failure("invalid-yaml", at, "this is not YAML: a tab cannot stand here").
			WithHelp("YAML is indented with spaces")
	}
	return failure("invalid-yaml", at, "this is not YAML: %s", cause).
		WithHelp("look at the indentation, quotes and brackets here and on the lines around")
}

func unreadableYAML(at diag.Range, cause string) diag.Diagnostic {
	return failure("invalid-yaml", at, "the YAML parser gave up on this file: %s", cause).
		WithHelp("write the definition as JSON, or report this file as a bug of the parser")
}

func unknownAnchor(at diag.Range, name string, known map[string]*Value) diag.Diagnostic {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return failure("unknown-anchor", at, "unknown anchor %s", diag.Quote(name)).Suggesting(name, names)
}

func duplicateKey(key Text, first diag.Range) diag.Diagnostic {
	return failure("duplicate-key", key.At, "the key %s is here a second time", diag.Quote(key.Value)).
		WithNote(first, "the first is here").WithHelp("remove one of them")
}

func wrongKind(at diag.Range, what string, want, got Kind) diag.Diagnostic {
	return failure("wrong-kind", at, "%s must be %s, and this is %s", what, want, got)
}
