package buildspec

import (
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

func problem(at diag.Range, code, message, help string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, At: at, Message: message, Help: help}
}

func note(at diag.Range, code, message string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Note, At: at, Message: message}
}

func notUTF8(at diag.Range) diag.Diagnostic {
	return problem(at, "not-utf-8", "the buildspec is not UTF-8 text", "save the file as UTF-8")
}

// notYAML guesses from the line what its author has stumbled over.
func notYAML(at diag.Range, message, line string) diag.Diagnostic {
	help := ""
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch {
	case strings.Contains(indent, "\t"):
		help = "indent with spaces; YAML has no tabs there"
	case strings.HasPrefix(line[len(indent):], "- "):
		help = "put a command that has `: ` or ` #` in it, or begins with a special character, in quotes"
	}
	return problem(at, "not-yaml", fmt.Sprintf("not YAML: %s", message), help)
}

func duplicateKey(key, first Text) diag.Diagnostic {
	d := problem(key.At, "duplicate-key", fmt.Sprintf("the key %q occurs twice", key.Value), "keep one of them")
	d.Notes = []diag.RelatedNote{{At: first.At, Message: "here it is first"}}
	return d
}

func emptyFile(at diag.Range) diag.Diagnostic {
	return problem(at, "empty-buildspec", "the buildspec is empty", "begin with `version: 0.2` and `phases:`")
}

func severalDocuments(at diag.Range) diag.Diagnostic {
	return problem(at, "several-documents", "a buildspec is one YAML document", "remove the `---` between them")
}

func notAMapping(at diag.Range, what string) diag.Diagnostic {
	return problem(at, "not-a-mapping", fmt.Sprintf("%s must be a mapping", what), "write `key: value` lines below it")
}

func notASequence(at diag.Range, what string) diag.Diagnostic {
	return problem(at, "not-a-sequence", fmt.Sprintf("%s must be a list", what), "write each item on a line of its own, after `- `")
}

func notAText(at diag.Range, what string) diag.Diagnostic {
	return problem(at, "not-a-text", fmt.Sprintf("%s must be a text", what), "")
}

func mappingForText(at diag.Range, what string) diag.Diagnostic {
	return problem(at, "mapping-for-text", fmt.Sprintf("%s must be a text, and this is a mapping", what), "`: ` makes a key of what is before it; put the whole text in quotes")
}

func noValue(at diag.Range, what string) diag.Diagnostic {
	return problem(at, "no-value", fmt.Sprintf("%s has no value", what), "")
}

func notAFlag(t Text, what string) diag.Diagnostic {
	return problem(t.At, "not-a-flag", fmt.Sprintf("%s is %q", what, t.Value), "write yes or no")
}

func unknownKey(key Text, where string, known []string) diag.Diagnostic {
	help := "the keys of " + where + " are " + strings.Join(known, ", ")
	if nearest, ok := diag.Nearest(key.Value, known); ok {
		help = fmt.Sprintf("did you mean %q?", nearest)
	}
	return problem(key.At, "unknown-key", fmt.Sprintf("unknown key %q in %s", key.Value, where), help)
}

func noVersion(at diag.Range) diag.Diagnostic {
	return problem(at, "no-version", "the buildspec has no version", "begin with `version: 0.2`")
}

func oldVersion(v Text) diag.Diagnostic {
	return problem(v.At, "version-not-run", fmt.Sprintf("buildspec version %q, where each command has a shell of its own, is not run here", v.Value), "write `version: 0.2`; there all commands share one shell")
}

func unknownVersion(v Text) diag.Diagnostic {
	return problem(v.At, "unknown-version", fmt.Sprintf("unknown buildspec version %q", v.Value), "write `version: 0.2`")
}

func noPhases(at diag.Range) diag.Diagnostic {
	return problem(at, "no-phases", "the buildspec has no phases", "add `phases:` with at least one of install, pre_build, build and post_build")
}

func noCommands(phase Text) diag.Diagnostic {
	return problem(phase.At, "no-commands", fmt.Sprintf("phase %q has no commands", phase.Value), "add `commands:` with at least one command")
}

func emptyCommand(at diag.Range) diag.Diagnostic {
	return problem(at, "empty-command", "the command is empty", "")
}

func unknownShell(shell Text) diag.Diagnostic {
	help := "write bash or /bin/sh"
	if shell.Value == "powershell.exe" || shell.Value == "cmd.exe" {
		help = "builds for Windows are not run here; on other systems write bash or /bin/sh"
	}
	return problem(shell.At, "unknown-shell", fmt.Sprintf("unknown shell %q", shell.Value), help)
}

func badVariableName(name Text) diag.Diagnostic {
	return problem(name.At, "bad-variable-name", fmt.Sprintf("%q cannot be the name of an environment variable", name.Value), "use letters, digits and _, and begin with no digit")
}

func reservedVariable(name Text) diag.Diagnostic {
	return problem(name.At, "reserved-variable", fmt.Sprintf("the variable %q is CodeBuild's own", name.Value), "choose a name that does not begin with CODEBUILD_")
}

func notExported(name Text, why string) diag.Diagnostic {
	return note(name.At, "not-exported", fmt.Sprintf("variable %q is not exported: %s", name.Value, why))
}

// onFailureForms are what on-failure may be.
const onFailureForms = "write ABORT, CONTINUE, RETRY, RETRY-count, RETRY-regex or RETRY-count-regex"

func unknownOnFailure(value Text) diag.Diagnostic {
	help := onFailureForms
	for _, form := range []OnFailure{OnFailureAbort, OnFailureContinue} {
		if strings.EqualFold(value.Value, string(form)) {
			help = "write it in capitals: " + string(form)
		}
	}
	return problem(value.At, "unknown-on-failure", fmt.Sprintf("unknown on-failure %q", value.Value), help)
}

func tooManyRetries(value Text, count string) diag.Diagnostic {
	return problem(value.At, "too-many-retries", fmt.Sprintf("on-failure %q retries %s times", value.Value, count),
		fmt.Sprintf("a count is between 0 and %d", maxRetries))
}

func badRetry(value Text, pattern string, err error) diag.Diagnostic {
	if pattern == "" {
		return problem(value.At, "bad-retry", fmt.Sprintf("on-failure %q ends after a hyphen", value.Value), onFailureForms)
	}
	return problem(value.At, "bad-retry", fmt.Sprintf("on-failure %q: %v", value.Value, err), "write a regular expression that the message of the failure matches")
}

func fanoutNotRun(key Text) diag.Diagnostic {
	return problem(key.At, "fanout-not-run", "a build-fanout is not run here: only CodeBuild can split tests",
		"write a build-list or a build-matrix")
}

func severalBatches(second, first Text) diag.Diagnostic {
	d := problem(second.At, "several-batches", fmt.Sprintf("a batch has both %s and %s", first.Value, second.Value), "keep one of them")
	d.Notes = []diag.RelatedNote{{At: first.At, Message: "here is the first"}}
	return d
}

func emptyBatch(key Text) diag.Diagnostic {
	return problem(key.At, "empty-batch", "the batch has no builds", "add one of "+strings.Join(batchKinds(), ", "))
}

func largeBatch(key Text, builds int) diag.Diagnostic {
	return problem(key.At, "large-batch", fmt.Sprintf("the batch has %d builds", builds), fmt.Sprintf("at most %d are run", MaxBatch))
}

func noIdentifier(at diag.Range) diag.Diagnostic {
	return problem(at, "no-identifier", "a build of a build-graph needs an identifier", "add `identifier: NAME`; depend-on refers to it")
}

func identifierTwice(second, first Text) diag.Diagnostic {
	d := problem(second.At, "duplicate-identifier", fmt.Sprintf("two builds of the batch have the identifier %q", second.Value), "choose another one")
	d.Notes = []diag.RelatedNote{{At: first.At, Message: "here is the first"}}
	return d
}

func unknownDependency(on Text, identifiers []string) diag.Diagnostic {
	help := "there is " + strings.Join(identifiers, ", ")
	if nearest, ok := diag.Nearest(on.Value, identifiers); ok {
		help = fmt.Sprintf("did you mean %q?", nearest)
	}
	return problem(on.At, "unknown-dependency", fmt.Sprintf("depend-on names %q, which is no build of the batch", on.Value), help)
}

func cycle(first Text, identifiers []string) diag.Diagnostic {
	return problem(first.At, "dependency-cycle", fmt.Sprintf("build %q can never begin: builds wait for each other", first.Value),
		"among "+strings.Join(identifiers, ", ")+" there is a circle of depend-on; break it")
}

func windowsNotRun(kind Text) diag.Diagnostic {
	return problem(kind.At, "windows-not-run", fmt.Sprintf("builds of type %q are not run here", kind.Value), "remove the build from the batch, or give it a Linux type")
}

func noFiles(key Text) diag.Diagnostic {
	return problem(key.At, "no-files", fmt.Sprintf("%q has no files", key.Value), "add `files:` with at least one path, as in '**/*'")
}

func noCachePaths(key Text) diag.Diagnostic {
	return problem(key.At, "no-cache-paths", "the cache has no paths", "add `paths:` with at least one path, as in 'node_modules/**/*'")
}

func manyFallbackKeys(key Text, keys int) diag.Diagnostic {
	return problem(key.At, "many-fallback-keys", fmt.Sprintf("the cache has %d fallback-keys", keys), fmt.Sprintf("keep at most %d", maxFallbackKeys))
}

func unknownCacheAction(action Text) diag.Diagnostic {
	return problem(action.At, "unknown-cache-action", fmt.Sprintf("unknown action %q of the cache", action.Value), "write restore or save, or leave it out for both")
}

func unknownFormat(format Text) diag.Diagnostic {
	known := reportFormats()
	help := "the formats are " + strings.Join(known, ", ")
	if nearest, ok := diag.Nearest(format.Value, known); ok {
		help = fmt.Sprintf("did you mean %q?", nearest)
	}
	return problem(format.At, "unknown-report-format", fmt.Sprintf("unknown report format %q", format.Value), help)
}

func badPattern(pattern Text, why string) diag.Diagnostic {
	return problem(pattern.At, "bad-pattern", fmt.Sprintf("path %q cannot be used: %s", pattern.Value, why), "")
}

func ignored(key Text, why string) diag.Diagnostic {
	return note(key.At, "ignored-here", fmt.Sprintf("%q is ignored here: %s", key.Value, why))
}
