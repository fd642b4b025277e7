package infra

import (
	"fmt"
	"os"
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

// readDefinition reads the pipelines of a file; pick chooses one of several by its name or its logical ID.
func readDefinition(file string, parameters map[string]string, pick string) ([]*pipeline.Pipeline, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the definition: %w", err)
	}
	all, list := pipeline.ParseAll(file, source, pipeline.ParseOptions{Parameters: parameters, Pipeline: pick})
	for _, p := range all {
		list.Add(pipeline.Check(p, resources.CheckOptions())...)
	}
	if list = list.Sorted(); list.HasErrors() {
		return nil, &RefusedError{File: file, Diagnostics: errorsOf(list), source: source}
	}
	return all, nil
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
