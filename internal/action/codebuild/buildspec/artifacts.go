package buildspec

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func artifactKeys() []string {
	return []string{"files", "name", "discard-paths", "base-directory", "exclude-paths", "enable-symlinks", "s3-prefix"}
}

func (r *reader) artifacts(b *Buildspec, key Text, n ast.Node) {
	primary := Artifact{}
	table := r.artifact(&primary)
	table["secondary-artifacts"] = func(_ Text, v ast.Node) { r.secondaryArtifacts(b, v) }
	before := r.list.Errors()
	r.sections(n, "artifacts", append(artifactKeys(), "secondary-artifacts"), table)
	switch {
	case len(primary.Files) > 0:
		b.Artifacts = &primary
	case len(b.SecondaryArtifacts) == 0 && r.list.Errors() == before:
		// The reference wants files even beside secondary artifacts; builds without them run all the same.
		r.list.Add(noFiles(key))
	}
}

func (r *reader) secondaryArtifacts(b *Buildspec, n ast.Node) {
	for _, e := range r.mapping(n, "secondary-artifacts") {
		a := Artifact{Identifier: e.key.Value}
		before := r.list.Errors()
		r.sections(e.value, "artifact "+e.key.Value, artifactKeys(), r.artifact(&a))
		if len(a.Files) == 0 && r.list.Errors() == before {
			r.list.Add(noFiles(e.key))
		}
		b.SecondaryArtifacts = append(b.SecondaryArtifacts, a)
	}
}

// artifact is the table of keys that primary and secondary artifacts share. name and s3-prefix only matter where a
// build stores its artifacts itself; CodePipeline names them for it.
func (r *reader) artifact(a *Artifact) map[string]section {
	return map[string]section{
		"files":           func(_ Text, v ast.Node) { a.Files = r.patterns(v, "files") },
		"exclude-paths":   func(_ Text, v ast.Node) { a.ExcludePaths = r.excluded(v) },
		"base-directory":  func(_ Text, v ast.Node) { a.BaseDirectory, _ = r.text(v, "base-directory") },
		"discard-paths":   func(_ Text, v ast.Node) { a.DiscardPaths = r.flag(v, "discard-paths") },
		"enable-symlinks": func(_ Text, v ast.Node) { a.KeepLinks = r.flag(v, "enable-symlinks") },
		"name":            func(_ Text, v ast.Node) { r.text(v, "name") },
		"s3-prefix":       func(_ Text, v ast.Node) { r.text(v, "s3-prefix") },
	}
}

// excluded reads exclude-paths, which may be one path or a list.
func (r *reader) excluded(n ast.Node) []Text {
	if _, list := r.resolve(n).(*ast.SequenceNode); list {
		return r.patterns(n, "exclude-paths")
	}
	t, ok := r.text(n, "exclude-paths")
	if !ok {
		return nil
	}
	return []Text{t}
}

func (r *reader) patterns(n ast.Node, what string) []Text {
	patterns := r.texts(n, what, "a path")
	for _, p := range patterns {
		if why := patternProblem(p.Value); why != "" {
			r.list.Add(badPattern(p, why))
		}
	}
	return patterns
}

func (r *reader) reports(b *Buildspec, n ast.Node) {
	for _, e := range r.mapping(n, "reports") {
		report := Report{Group: e.key.Value, Format: FormatJUnit}
		before := r.list.Errors()
		r.sections(e.value, "report "+e.key.Value, []string{"files", "file-format", "base-directory", "discard-paths"}, map[string]section{
			"files":          func(_ Text, v ast.Node) { report.Files = r.patterns(v, "files") },
			"file-format":    func(_ Text, v ast.Node) { report.Format = r.reportFormat(v) },
			"base-directory": func(_ Text, v ast.Node) { report.BaseDirectory, _ = r.text(v, "base-directory") },
			"discard-paths":  func(_ Text, v ast.Node) { r.flag(v, "discard-paths") },
		})
		if len(report.Files) == 0 && r.list.Errors() == before {
			r.list.Add(noFiles(e.key))
		}
		b.Reports = append(b.Reports, report)
	}
}

func (r *reader) reportFormat(n ast.Node) string {
	format, ok := r.text(n, "file-format")
	upper := strings.ToUpper(format.Value)
	if ok && !slices.Contains(reportFormats(), upper) {
		r.list.Add(unknownFormat(format))
	}
	return upper
}

func reportFormats() []string {
	return []string{
		"CUCUMBERJSON", FormatJUnit, "NUNITXML", "NUNIT3XML", "TESTNGXML", "VISUALSTUDIOTRX",
		"CLOVERXML", "COBERTURAXML", "JACOCOXML", "SIMPLECOV",
	}
}
