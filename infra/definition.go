package infra

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

// RefusedError says that a definition is wrong, or that AWS cannot run it.
type RefusedError struct {
	File        string
	Diagnostics diag.List
	source      []byte
}

// Error shows every diagnostic with its place.
func (e *RefusedError) Error() string {
	var b strings.Builder
	renderer := diag.Renderer{Source: func(string) []byte { return e.source }, Width: 0}
	if err := renderer.Render(&b, e.Diagnostics); err != nil {
		return fmt.Sprintf("%s: %d errors", e.File, e.Diagnostics.Errors())
	}
	return b.String() + fmt.Sprintf("%s is refused: %d error(s)", e.File, e.Diagnostics.Errors())
}

// refused checks a definition that was built, or parsed elsewhere.
func refused(p *pipeline.Pipeline) error {
	list := pipeline.Check(p, resources.CheckOptions())
	if list.HasErrors() {
		return &RefusedError{File: p.Name.Value, Diagnostics: list}
	}
	return nil
}

// readDefinitions reads the pipelines of a file, without those whose condition in their template does not hold.
func readDefinitions(file string, parameters map[string]string) ([]*pipeline.Pipeline, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the definition: %w", err)
	}
	all, list := pipeline.ParseAll(file, source, pipeline.ParseOptions{Parameters: parameters})
	all = slices.DeleteFunc(all, func(p *pipeline.Pipeline) bool { return !p.IsMade() })
	return all, checked(file, source, all, list)
}

// readDefinition reads the only pipeline of a file, or the one of several that has the name or the logical ID.
func readDefinition(file string, parameters map[string]string, name string) (*pipeline.Pipeline, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the definition: %w", err)
	}
	p, list := pipeline.ParseOne(file, source, pipeline.ParseOptions{Parameters: parameters, Pipeline: name})
	for i := range list {
		if list[i].Code == severalPipelines {
			list[i].Help = chooseHelp()
		}
	}
	return p, checked(file, source, []*pipeline.Pipeline{p}, list)
}

// severalPipelines is the code of a diagnostic whose help is for the command line.
const severalPipelines = "several-pipelines"

func checked(file string, source []byte, all []*pipeline.Pipeline, list diag.List) error {
	for _, p := range all {
		list.Add(pipeline.Check(p, resources.CheckOptions())...)
	}
	if list = list.Sorted(); list.HasErrors() {
		return &RefusedError{File: file, Diagnostics: errorsOf(list), source: source}
	}
	return nil
}

// errorsOf leaves out notes and warnings: synthesis is no place to read them.
func errorsOf(list diag.List) diag.List {
	var errors diag.List
	for _, d := range list {
		if d.Severity == diag.Error {
			errors.Add(d)
		}
	}
	return errors
}
