package buildspec

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Parse reads a buildspec. file is only used in positions. The buildspec is never nil; it may be run only where the
// list has no errors. Notes say what is left out here.
func Parse(file string, source []byte) (*Buildspec, diag.List) {
	r := &reader{file: file, anchors: map[string]ast.Node{}}
	b := &Buildspec{}
	if root := r.root(source); root != nil {
		r.buildspec(b, root)
	}
	return b, r.list.Sorted()
}

// section reads the value under one key.
type section func(key Text, value ast.Node)

// sections reads a mapping by a table of its keys; names are the keys in the order in which help lists them.
func (r *reader) sections(n ast.Node, where string, names []string, table map[string]section) {
	for _, e := range r.mapping(n, where) {
		if read, ok := table[e.key.Value]; ok {
			read(e.key, e.value)
			continue
		}
		r.list.Add(unknownKey(e.key, where, names))
	}
}

func (r *reader) buildspec(b *Buildspec, root ast.Node) {
	seen := map[string]bool{}
	names := []string{"version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"}
	table := map[string]section{
		"version":   func(_ Text, v ast.Node) { r.version(v) },
		"run-as":    r.ignore("commands run as the user who runs the build"),
		"env":       func(_ Text, v ast.Node) { r.env(&b.Env, v) },
		"proxy":     r.ignore("the proxy settings of this machine are used"),
		"batch":     func(key Text, v ast.Node) { b.Batch = r.batch(key, v) },
		"phases":    func(_ Text, v ast.Node) { r.phases(b, v) },
		"reports":   func(_ Text, v ast.Node) { r.reports(b, v) },
		"artifacts": func(key Text, v ast.Node) { r.artifacts(b, key, v) },
		"cache":     func(key Text, v ast.Node) { b.Cache = r.cache(key, v) },
	}
	for name, read := range table {
		table[name] = func(key Text, v ast.Node) { seen[name] = true; read(key, v) }
	}
	r.sections(root, "the buildspec", names, table)
	if r.list.HasErrors() && len(seen) == 0 {
		return // it is no mapping, and that was said
	}
	if !seen["version"] {
		r.list.Add(noVersion(r.rangeOf(root)))
	}
	if !seen["phases"] && !b.Batch.elsewhere() {
		r.list.Add(noPhases(r.rangeOf(root)))
	}
}

func (r *reader) ignore(why string) section {
	return func(key Text, _ ast.Node) { r.list.Add(ignored(key, why)) }
}

func (r *reader) version(n ast.Node) {
	v, ok := r.text(n, "version")
	switch {
	case !ok || v.Value == "0.2":
	case v.Value == "0.1":
		r.list.Add(oldVersion(v))
	default:
		r.list.Add(unknownVersion(v))
	}
}

func (r *reader) phases(b *Buildspec, n ast.Node) {
	entries := r.mapping(n, "phases")
	if len(entries) == 0 {
		r.list.Add(noPhases(r.rangeOf(n)))
	}
	for _, e := range entries {
		if !slices.Contains(PhaseNames(), e.key.Value) {
			r.list.Add(unknownKey(e.key, "phases", PhaseNames()))
			continue
		}
		b.Phases = append(b.Phases, r.phase(e.key, e.value))
	}
	slices.SortStableFunc(b.Phases, func(p, q Phase) int {
		return slices.Index(PhaseNames(), p.Name) - slices.Index(PhaseNames(), q.Name)
	})
}

func (r *reader) phase(name Text, n ast.Node) Phase {
	p := Phase{Name: name.Value}
	names := []string{"run-as", "on-failure", "commands", "finally"}
	table := map[string]section{
		"run-as":     r.ignore("commands run as the user who runs the build"),
		"on-failure": func(_ Text, v ast.Node) { p.OnFailure, p.Retry = r.onFailure(v) },
		"commands":   func(_ Text, v ast.Node) { p.Commands = r.commands(v, "commands") },
		"finally":    func(_ Text, v ast.Node) { p.Finally = r.commands(v, "finally") },
	}
	runtimes := false
	if name.Value == Install {
		names = append(names, "runtime-versions")
		table["runtime-versions"] = func(key Text, v ast.Node) {
			runtimes = true
			r.list.Add(ignored(key, "what this machine has is used"))
			r.mapping(v, "runtime-versions")
		}
	}
	before := r.list.Errors()
	r.sections(n, "phase "+name.Value, names, table)
	// An install phase may consist of runtime-versions alone.
	if len(p.Commands) == 0 && !runtimes && r.list.Errors() == before {
		r.list.Add(noCommands(name))
	}
	return p
}

func (r *reader) commands(n ast.Node, what string) []Text {
	commands := r.texts(n, what, "a command")
	for _, c := range commands {
		if strings.TrimSpace(c.Value) == "" {
			r.list.Add(emptyCommand(c.At))
		}
	}
	return commands
}
