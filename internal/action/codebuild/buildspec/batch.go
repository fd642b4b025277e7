package buildspec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/penstock-ci/penstock/internal/diag"
)

// Batch is the batch section: the builds of a batch in the order of the file, those of a matrix in the order in which
// the reference lists them.
type Batch struct {
	FastFail bool
	Builds   []BatchBuild
	// NotRun is what no machine but AWS can run in it; a single build of the same file can be run all the same.
	NotRun diag.List
}

// BatchBuild is one build of a batch.
type BatchBuild struct {
	// Identifier is unique in the batch. Where the file has none, it is build0 for the first build, and so on: the
	// reference does not tell CodeBuild's own.
	Identifier Text
	// Buildspec is the path of its buildspec in the primary source; empty is the one that declares the batch.
	Buildspec Text
	// Image is what env/image says; here it is only told to the build.
	Image         Text
	Variables     []Variable
	DependOn      []Text
	IgnoreFailure bool
}

// elsewhere reports whether every build has a buildspec of its own, so that the one of the batch need not run.
func (b *Batch) elsewhere() bool {
	return b != nil && !slices.ContainsFunc(b.Builds, func(build BatchBuild) bool { return build.Buildspec.Value == "" })
}

// MaxBatch is how many builds a batch may have: CodeBuild's quota.
const MaxBatch = 100

// Kinds of batches.
const (
	buildGraph  = "build-graph"
	buildList   = "build-list"
	buildMatrix = "build-matrix"
	buildFanout = "build-fanout"
)

func batchKinds() []string { return []string{buildGraph, buildList, buildMatrix} }

func (r *reader) batch(key Text, n ast.Node) *Batch {
	batch, kinds := &Batch{}, []Text{}
	kind := func(read section) section {
		return func(key Text, v ast.Node) {
			kinds = append(kinds, key)
			read(key, v)
		}
	}
	before := r.list.Errors()
	r.sections(n, "batch", append([]string{"fast-fail"}, batchKinds()...), map[string]section{
		"fast-fail": func(_ Text, v ast.Node) { batch.FastFail = r.flag(v, "fast-fail") },
		buildGraph:  kind(func(_ Text, v ast.Node) { batch.Builds = r.batchBuilds(v, buildGraph) }),
		buildList:   kind(func(_ Text, v ast.Node) { batch.Builds = r.batchBuilds(v, buildList) }),
		buildMatrix: kind(func(key Text, v ast.Node) { batch.Builds = r.matrix(key, v) }),
		buildFanout: kind(func(key Text, _ ast.Node) { batch.NotRun.Add(fanoutNotRun(key)) }),
	})
	switch {
	case r.list.Errors() > before:
	case len(kinds) > 1:
		r.list.Add(severalBatches(kinds[1], kinds[0]))
	case len(batch.NotRun) > 0:
	case len(batch.Builds) == 0:
		r.list.Add(emptyBatch(key))
	default:
		r.checkBatch(key, batch)
	}
	for _, kind := range r.windows {
		batch.NotRun.Add(windowsNotRun(kind))
	}
	return batch
}

// batchBuilds reads the builds of a graph or a list.
func (r *reader) batchBuilds(n ast.Node, kind string) []BatchBuild {
	var builds []BatchBuild
	for i, item := range r.sequence(n, kind) {
		builds = append(builds, r.batchBuild(item, kind, i))
	}
	return builds
}

func (r *reader) batchBuild(n ast.Node, kind string, i int) BatchBuild {
	b := BatchBuild{}
	keys := []string{"identifier", "buildspec", "debug-session", "env", "ignore-failure"}
	table := map[string]section{
		"identifier":     func(_ Text, v ast.Node) { b.Identifier, _ = r.text(v, "identifier") },
		"buildspec":      func(_ Text, v ast.Node) { b.Buildspec, _ = r.text(v, "buildspec") },
		"debug-session":  r.ignore("there is no session manager; see --shell-on-failure"),
		"env":            func(_ Text, v ast.Node) { r.batchEnv(&b, v) },
		"ignore-failure": func(_ Text, v ast.Node) { b.IgnoreFailure = r.flag(v, "ignore-failure") },
	}
	if kind == buildGraph {
		keys = append(keys, "depend-on")
		table["depend-on"] = func(_ Text, v ast.Node) { b.DependOn = r.texts(v, "depend-on", "an identifier") }
	}
	before := r.list.Errors()
	r.sections(n, "a build of "+kind, keys, table)
	if b.Identifier.Value == "" {
		b.Identifier = Text{Value: fmt.Sprintf("build%d", i), At: r.rangeOf(n)}
		if kind == buildGraph && r.list.Errors() == before {
			r.list.Add(noIdentifier(b.Identifier.At))
		}
	}
	return b
}

// batchEnv reads the env of one build. What it says about the machine says nothing about this one.
func (r *reader) batchEnv(b *BatchBuild, n ast.Node) {
	r.sections(n, "env of a batch", batchEnvKeys(), map[string]section{
		"variables":       func(_ Text, v ast.Node) { b.Variables = r.variables(v, "variables") },
		"image":           func(_ Text, v ast.Node) { b.Image, _ = r.text(v, "image") },
		"compute-type":    func(_ Text, v ast.Node) { r.text(v, "compute-type") },
		"type":            func(_ Text, v ast.Node) { r.environmentType(v) },
		"privileged-mode": func(_ Text, v ast.Node) { r.flag(v, "privileged-mode") },
		"fleet":           func(_ Text, v ast.Node) { r.text(v, "fleet") },
	})
}

func batchEnvKeys() []string {
	return []string{"variables", "image", "compute-type", "type", "privileged-mode", "fleet"}
}

func (r *reader) environmentType(n ast.Node) {
	if kind, ok := r.text(n, "type"); ok && strings.HasPrefix(kind.Value, "WINDOWS") {
		r.windows = append(r.windows, kind)
	}
}

// checkBatch holds the identifiers against each other.
func (r *reader) checkBatch(key Text, batch *Batch) {
	if len(batch.Builds) > MaxBatch {
		r.list.Add(largeBatch(key, len(batch.Builds)))
	}
	byIdentifier := map[string]BatchBuild{}
	var identifiers []string
	for _, b := range batch.Builds {
		if first, twice := byIdentifier[b.Identifier.Value]; twice {
			r.list.Add(identifierTwice(b.Identifier, first.Identifier))
			continue
		}
		byIdentifier[b.Identifier.Value] = b
		identifiers = append(identifiers, b.Identifier.Value)
	}
	before := r.list.Errors()
	for _, b := range batch.Builds {
		for _, on := range b.DependOn {
			if _, known := byIdentifier[on.Value]; !known {
				r.list.Add(unknownDependency(on, identifiers))
			}
		}
	}
	if r.list.Errors() == before {
		r.checkCycles(byIdentifier, identifiers)
	}
}

// checkCycles takes away what depends on nothing that is left, until nothing goes any more: what is left then waits
// for itself.
func (r *reader) checkCycles(builds map[string]BatchBuild, left []string) {
	ready := func(identifier string) bool {
		return !slices.ContainsFunc(builds[identifier].DependOn, func(on Text) bool { return slices.Contains(left, on.Value) })
	}
	for {
		next := slices.DeleteFunc(slices.Clone(left), ready)
		if len(next) == len(left) {
			break
		}
		left = next
	}
	if len(left) > 0 {
		r.list.Add(cycle(builds[left[0]].Identifier, left))
	}
}
