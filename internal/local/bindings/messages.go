package bindings

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// All wording of this package: one function per mistake.

func quote(s string) string { return strconv.Quote(s) }

func wrong(code string, at diag.Range, format string, args ...any) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, At: at, Message: fmt.Sprintf(format, args...)}
}

func suggest(d diag.Diagnostic, word string, candidates []string) diag.Diagnostic {
	if near, found := diag.Nearest(word, candidates); found {
		d.Help = "did you mean " + quote(near) + "?"
	} else if len(candidates) > 0 {
		d.Help = "there is " + strings.Join(candidates, ", ")
	}
	return d
}

func invalidYAML(at diag.Range, reason string) diag.Diagnostic {
	return wrong("invalid-yaml", at, "the file is no valid YAML: %s", reason)
}

func unknownKey(key text, of string, known map[string]func(text, value)) diag.Diagnostic {
	d := wrong("unknown-key", key.at, "unknown key %s in %s", quote(key.value), of)
	return suggest(d, key.value, slices.Sorted(maps.Keys(known)))
}

func duplicateKey(key text, first diag.Range) diag.Diagnostic {
	d := wrong("duplicate-key", key.at, "the key %s occurs twice", quote(key.value))
	d.Notes = []diag.RelatedNote{{At: first, Message: "it is here first"}}
	return d
}

func wrongKind(at diag.Range, what, want string) diag.Diagnostic {
	return wrong("wrong-kind", at, "%s must be %s", what, want)
}

func missingKey(key text, missing string) diag.Diagnostic {
	d := wrong("missing-key", key.at, "%s has no %s", quote(key.value), missing)
	d.Help = fmt.Sprintf("write %s: {%s: .}", key.value, missing)
	return d
}

func oneOfFileAndValue(key text) diag.Diagnostic {
	d := wrong("secret-value", key.at, "the secret %s must have either file or value", quote(key.value))
	d.Help = "a file that is not committed keeps the secret out of the repository: {file: ./token}"
	return d
}

func missingPath(path text, resolved string, err error) diag.Diagnostic {
	if !errors.Is(err, fs.ErrNotExist) {
		return wrong("unreadable-path", path.at, "%s cannot be read: %v", quote(path.value), err)
	}
	d := wrong("missing-path", path.at, "%s does not exist", quote(path.value))
	d.Help = fmt.Sprintf("paths are relative to the folder of this file; looked for %s", filepath.ToSlash(resolved))
	return d
}

func homePath(path text) diag.Diagnostic {
	d := wrong("missing-path", path.at, "%s begins with ~, which is not expanded here", quote(path.value))
	d.Help = "write an absolute path, or one relative to the folder of this file"
	return d
}

func invalidTimeout(written text) diag.Diagnostic {
	d := wrong("invalid-timeout", written.at, "%s is no time that a build may take", quote(written.value))
	d.Help = "write it with a unit: 90s, 10m, 1h30m"
	return d
}

func wrongFlag(key, written text) diag.Diagnostic {
	return wrong("invalid-flag", written.at, "%s is %s; write true or false", key.value, quote(written.value))
}

// unknownAction is an error where a source is not bound: probably this was meant to be it. Where all are, it may be that
// of another pipeline in the same folder.
func unknownAction(key string, at diag.Range, sources []string, missing bool) diag.Diagnostic {
	d := wrong("unknown-action", at, "the pipeline has no source action %s", quote(key))
	if missing {
		return suggest(d, key, sources)
	}
	d.Severity, d.Help = diag.Warning, "remove it, unless another definition in this folder has it"
	return d
}

func notASource(key string, at diag.Range, a *pipeline.Action) diag.Diagnostic {
	d := wrong("not-a-source", at, "%s is a %s action, not a source", quote(key), a.ActionTypeID.Category.Value)
	d.Notes = []diag.RelatedNote{{At: a.Name.At, Message: "it is declared here"}}
	return d
}

func unusedProject(name string, at diag.Range, used []string) diag.Diagnostic {
	d := suggest(wrong("unused-project", at, "no CodeBuild action of the pipeline uses the project %s", quote(name)), name, used)
	d.Severity = diag.Warning
	return d
}

// unboundSource gives the lines for all sources that are not bound, ready to be copied: into the file's section of
// sources where it has one.
func unboundSource(key string, a *pipeline.Action, b *Bindings, lines []string) diag.Diagnostic {
	d := wrong("unbound-source", a.Name.At, "nothing on this machine stands for the source %s", quote(key))
	written := strings.Join(lines, ", ")
	d.Help = fmt.Sprintf("write into %s, %s: sources: {%s}", b.file, placeholders(written), written)
	if len(b.Sources) > 0 {
		d.Help = fmt.Sprintf("add to sources in %s, %s: %s", b.file, placeholders(written), written)
	}
	if isS3(a) {
		bucket, _ := a.Setting("S3Bucket")
		object, _ := a.Setting("S3ObjectKey")
		d.Help += fmt.Sprintf("; or have a pipeline in the same state directory deploy s3://%s/%s first", bucket.Value, object.Value)
	}
	return d
}

// placeholders says what to put in the place of what cannot be known.
func placeholders(lines string) string {
	var out []string
	if strings.Contains(lines, "{path: .}") {
		out = append(out, "the folder that holds the source for the dot")
	}
	if strings.Contains(lines, noDigest) {
		out = append(out, "the image's digest for the zeros")
	}
	return "with " + strings.Join(out, " and ")
}

const noDigest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// bindingLine is what to write for a source that is not bound.
func bindingLine(key string, a *pipeline.Action) string {
	written := yamlKey(key)
	if !isECR(a) {
		return written + ": {path: .}"
	}
	repository, _ := a.Setting("RepositoryName")
	return fmt.Sprintf("%s: {image: %s, digest: %s}", written, quote(repository.Value), noDigest)
}

func noImage(key text) diag.Diagnostic {
	d := wrong("missing-key", key.at, "%s has a digest and no image", quote(key.value))
	d.Help = "write the name of the image before it: {image: app, digest: sha256:...}"
	return d
}

func pathAndImage(key text) diag.Diagnostic {
	d := wrong("source-value", key.at, "the source %s has both a path and an image", quote(key.value))
	d.Help = "an image stands for an ECR source: {image: app, digest: sha256:...}; a path for any other"
	return d
}

func invalidDigest(key, digest text) diag.Diagnostic {
	at, message := digest.at, fmt.Sprintf("%s is no digest of an image", quote(digest.value))
	if digest.value == "" {
		at, message = key.at, fmt.Sprintf("the image of %s has no digest", quote(key.value))
	}
	d := wrong("invalid-digest", at, "%s", message)
	d.Help = "write sha256: and 64 hexadecimal digits, as docker image inspect shows it in RepoDigests"
	return d
}

func revisionOfImage(revision text) diag.Diagnostic {
	d := wrong("source-value", revision.at, "an image has no revision %s", quote(revision.value))
	d.Help = "its digest says which image it is"
	return d
}

func uriWithoutImage(uri text) diag.Diagnostic {
	d := wrong("source-value", uri.at, "the uri %s belongs to no image", quote(uri.value))
	d.Help = "write image and digest beside it, in place of path"
	return d
}

func revisionOfFile(revision text, path string) diag.Diagnostic {
	d := wrong("source-value", revision.at, "the file %s has no revision %s", quote(path), quote(revision.value))
	d.Help = "a revision is of a git repository: bind its folder, or remove revision"
	return d
}

func imageForOther(key string, at diag.Range, a *pipeline.Action) diag.Diagnostic {
	d := wrong("source-value", at, "an image is bound to %s, which is a source of %s", quote(key), a.ActionTypeID.Provider.Value)
	d.Help = fmt.Sprintf("write %s: {path: .}", key)
	d.Notes = []diag.RelatedNote{{At: a.Name.At, Message: "it is declared here"}}
	return d
}

func missingKeyLike(key text, missing, example string) diag.Diagnostic {
	d := wrong("missing-key", key.at, "%s has no %s", quote(key.value), missing)
	d.Help = fmt.Sprintf("write %s: %s", missing, example)
	return d
}

func noChoice(key, written text, of []string) diag.Diagnostic {
	return suggest(wrong("invalid-value", written.at, "%s is no value of %s", quote(written.value), key.value), written.value, of)
}

func invalidDelay(written text) diag.Diagnostic {
	d := wrong("invalid-delay", written.at, "%s is no time that a mock may take", quote(written.value))
	d.Help = "write it with a unit: 500ms, 2s, 1m30s"
	return d
}

func unknownRuntime(runtime text) diag.Diagnostic {
	d := wrong("unknown-runtime", runtime.at, "handlers of the runtime %s are not run here", quote(runtime.value))
	d.Help = "there are python3.x and nodejs22.x; of any other language, bind a program that speaks the Lambda runtime API, and leave runtime out"
	return d
}

func notAProgram(path text, err error) diag.Diagnostic {
	message, help, _ := strings.Cut(err.Error(), ": ")
	d := wrong("not-a-program", path.at, "%s", message)
	d.Help = help
	return d
}

func errorOfSuccess(key text) diag.Diagnostic {
	d := wrong("mock-outcome", key.at, "a mock that succeeds has no error")
	d.Help = "write outcome: Failed, or remove the error"
	return d
}

func unknownMock(key string, at diag.Range, actions []string) diag.Diagnostic {
	return suggest(wrong("unknown-action", at, "the pipeline has no action %s", quote(key)), key, actions)
}

func unknownMockArtifact(name string, a declared, at diag.Range, outputs []string) diag.Diagnostic {
	d := wrong("unknown-artifact", at, "%s has no output artifact %s", quote(a.key), quote(name))
	d.Notes = []diag.RelatedNote{{At: a.action.Name.At, Message: "it is declared here"}}
	return suggest(d, name, outputs)
}

func missingMockArtifacts(missing []string, a declared, at diag.Range) diag.Diagnostic {
	var names, lines []string
	for _, name := range missing {
		names = append(names, quote(name))
		lines = append(lines, yamlKey(name)+": ./"+name)
	}
	noun := "output artifact"
	if len(names) > 1 {
		noun += "s"
	}
	d := wrong("mock-artifact", at, "the mock of %s gives no %s %s", quote(a.key), noun, strings.Join(names, ", "))
	d.Help = fmt.Sprintf("name a folder or a file for each in mocks of %s: %s: {artifacts: {%s}}", FileName, yamlKey(a.key), strings.Join(lines, ", "))
	return d
}

func missingMockVariable(reference pipeline.Reference, read pipeline.Text, a declared, at diag.Range) diag.Diagnostic {
	name := "#{" + reference.Namespace + "." + reference.Key + "}"
	d := wrong("mock-variable", at, "the mock of %s does not give %s a value", quote(a.key), name)
	d.Notes = []diag.RelatedNote{{At: read.At, Message: "it is read here"}}
	d.Help = fmt.Sprintf("write it in mocks of %s: %s: {variables: {%s: VALUE}}", FileName, yamlKey(a.key), reference.Key)
	return d
}

func unboundInvocation(kind invocation, name string, at diag.Range, b *Bindings) diag.Diagnostic {
	d := wrong("unbound-"+kindWord(kind), at, "nothing on this machine stands for the %s %s", strings.ReplaceAll(kindWord(kind), "-", " "), quote(name))
	verb := "write into " + b.file + ": " + kind.section + ": {%s}"
	if len(kind.keys(b)) > 0 {
		verb = "add to " + kind.section + " in " + b.file + ": %s"
	}
	d.Help = fmt.Sprintf(verb, invocationLine(kind, name)) + ", or mock the action"
	return d
}

func kindWord(kind invocation) string {
	if kind.kind == "machine" {
		return "state-machine"
	}
	return kind.kind
}

func unused(kind invocation, name string, at diag.Range, used []string) diag.Diagnostic {
	d := wrong("unused-"+kindWord(kind), at, "nothing in the pipeline invokes the %s %s", strings.ReplaceAll(kindWord(kind), "-", " "), quote(name))
	d = suggest(d, name, used)
	d.Severity = diag.Warning
	return d
}

func unreadableMachine(at diag.Range, err error) diag.Diagnostic {
	return wrong("unreadable-path", at, "the state machine cannot be read: %v", err)
}

// machineProblems are those of one definition of a state machine.
func machineProblems(path string, problems asl.Problems) []diag.Diagnostic {
	out := make([]diag.Diagnostic, 0, len(problems))
	for _, problem := range problems {
		at := fileStart(path)
		if problem.Line > 0 {
			at.Start.Line, at.Start.Column = problem.Line, problem.Column
			at.End = at.Start
			at.End.Column++
		}
		problem.Line, problem.Column = 0, 0
		out = append(out, wrong("invalid-machine", at, "%s", problem))
	}
	return out
}

func fileStart(path string) diag.Range {
	at := diag.Position{File: filepath.ToSlash(path), Line: 1, Column: 1}
	end := at
	end.Column++
	return diag.Range{Start: at, End: end}
}

func resourceNotRun(resource string) string {
	return fmt.Sprintf("the resource %s does not run here: only %s and the ARNs of functions do", quote(resource), LambdaInvoke)
}

func functionNotBound(name string) string {
	return fmt.Sprintf("nothing on this machine stands for the function %s: write functions: {%s: {path: ./%s}} into %s",
		quote(name), yamlKey(name), name, FileName)
}

func machineNotBound(name string) string {
	return fmt.Sprintf("nothing on this machine stands for the state machine %s: write stateMachines: {%s: {path: ./%s.asl.json}} into %s",
		quote(name), yamlKey(name), name, FileName)
}

func secretInMock(key, where string, at diag.Range) diag.Diagnostic {
	d := wrong("mock-secret", at, "the mock of %s has a bound secret in %s, which records and events show", quote(key), where)
	d.Help = "write another text: nothing of a mocked action runs that needs the secret"
	d.Secret = true
	return d
}
