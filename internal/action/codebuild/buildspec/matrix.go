package buildspec

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// axis is one thing that differs between the builds of a matrix, with its values.
type axis struct {
	values []Text
	set    func(*BatchBuild, Text)
}

// matrix reads build-matrix: a build for each combination of the values below dynamic, the last of them changing first.
func (r *reader) matrix(key Text, n ast.Node) []BatchBuild {
	static, axes := BatchBuild{}, []axis{}
	r.sections(n, buildMatrix, []string{"static", "dynamic"}, map[string]section{
		"static":  func(_ Text, v ast.Node) { r.static(&static, v) },
		"dynamic": func(_ Text, v ast.Node) { axes = r.dynamic(v) },
	})
	builds := []BatchBuild{static}
	for _, a := range axes {
		if len(a.values)*len(builds) > MaxBatch {
			r.list.Add(largeBatch(key, len(a.values)*len(builds)))
			return nil
		}
		builds = a.multiply(builds)
	}
	for i := range builds {
		builds[i].Identifier = Text{Value: fmt.Sprintf("build%d", i), At: key.At}
	}
	return builds
}

func (a axis) multiply(builds []BatchBuild) []BatchBuild {
	if len(a.values) == 0 {
		return builds
	}
	var all []BatchBuild
	for _, b := range builds {
		for _, value := range a.values {
			one := b
			one.Variables = slices.Clone(b.Variables)
			a.set(&one, value)
			all = append(all, one)
		}
	}
	return all
}

// static reads what all builds of a matrix have.
func (r *reader) static(b *BatchBuild, n ast.Node) {
	r.sections(n, "static", []string{"ignore-failure", "debug-session", "env"}, map[string]section{
		"ignore-failure": func(_ Text, v ast.Node) { b.IgnoreFailure = r.flag(v, "ignore-failure") },
		"debug-session":  r.ignore("there is no session manager; see --shell-on-failure"),
		"env":            func(_ Text, v ast.Node) { r.batchEnv(b, v) },
	})
}

// dynamic reads what differs, in the order of the reference's examples: buildspecs, then images, then the rest.
func (r *reader) dynamic(n ast.Node) []axis {
	var buildspecs, images, machines axis
	var variables []axis
	r.sections(n, "dynamic", []string{"buildspec", "env"}, map[string]section{
		"buildspec": func(_ Text, v ast.Node) {
			buildspecs = axis{r.oneOrMore(v, "buildspec"), func(b *BatchBuild, t Text) { b.Buildspec = t }}
		},
		"env": func(_ Text, v ast.Node) {
			r.sections(v, "env of dynamic", []string{"variables", "image", "compute-type"}, map[string]section{
				"image": func(_ Text, v ast.Node) {
					images = axis{r.oneOrMore(v, "image"), func(b *BatchBuild, t Text) { b.Image = t }}
				},
				"compute-type": func(_ Text, v ast.Node) {
					machines = axis{r.oneOrMore(v, "compute-type"), func(*BatchBuild, Text) {}}
				},
				"variables": func(_ Text, v ast.Node) { variables = r.dynamicVariables(v) },
			})
		},
	})
	return append([]axis{buildspecs, images, machines}, variables...)
}

func (r *reader) dynamicVariables(n ast.Node) []axis {
	var axes []axis
	for _, e := range r.mapping(n, "variables") {
		if !IsVariableName(e.key.Value) {
			r.list.Add(badVariableName(e.key))
			continue
		}
		axes = append(axes, axis{r.oneOrMore(e.value, "variable "+e.key.Value), func(b *BatchBuild, value Text) {
			b.Variables = append(b.Variables, Variable{Name: e.key, Value: value})
		}})
	}
	return axes
}

// oneOrMore reads a text or a list of texts.
func (r *reader) oneOrMore(n ast.Node, what string) []Text {
	if _, list := r.resolve(n).(*ast.SequenceNode); list {
		return r.texts(n, what, "a value")
	}
	if t, ok := r.text(n, what); ok {
		return []Text{t}
	}
	return nil
}
