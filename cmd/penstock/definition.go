package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

// stdinName is the file name of a definition that comes through standard input.
const stdinName = "<stdin>"

// definition is one file with a pipeline definition, parsed and checked.
type definition struct {
	file        string
	source      []byte
	pipeline    *pipeline.Pipeline
	diagnostics diag.List
}

// loadDefinition reads, parses and checks a file, "-" being standard input.
func loadDefinition(p process, file string, options pipeline.ParseOptions, check pipeline.Options) (definition, error) {
	d, err := parseDefinition(p, file, options)
	if err == nil {
		d.check(check)
	}
	return d, err
}

// parseDefinition reads and parses a file.
func parseDefinition(p process, file string, options pipeline.ParseOptions) (definition, error) {
	d, err := readFile(p, file)
	if err == nil {
		d.pipeline, d.diagnostics = pipeline.ParseOne(d.file, d.source, options)
	}
	return d, err
}

func (d *definition) check(options pipeline.Options) {
	d.diagnostics.Add(pipeline.Check(d.pipeline, options)...)
	d.diagnostics = d.diagnostics.Sorted()
}

// readFile reads a file that is not parsed yet.
func readFile(p process, file string) (definition, error) {
	if file != "-" {
		source, err := readDefinition(file)
		return definition{file: file, source: source}, err
	}
	source, err := io.ReadAll(p.stdin)
	return definition{file: stdinName, source: source}, err
}

func readDefinition(file string) ([]byte, error) {
	if status, err := os.Stat(file); err == nil && status.IsDir() {
		return nil, withHelp(fmt.Errorf("%s is a folder", file), "name the file with the pipeline definition in it")
	}
	source, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, withHelp(fmt.Errorf("there is no file %s", file), "name a file with a pipeline definition, YAML or JSON")
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, withHelp(fmt.Errorf("read the definition: %w", err), "make it readable for you: chmod u+r %s", quoted(file))
	}
	if err != nil {
		return nil, fmt.Errorf("read the definition: %w", err)
	}
	return source, nil
}

// sources gives the renderer the text of the files that diagnostics are about.
func sources(files ...[2]string) func(string) []byte {
	texts := map[string][]byte{}
	for _, file := range files {
		texts[file[0]] = []byte(file[1])
	}
	return func(file string) []byte { return texts[file] }
}

// refuse shows diagnostics on standard error and ends the command, if there are errors among them. Where there are
// none it shows the warnings and lets the command go on; notes are for check.
func refuse(cmd *cobra.Command, p process, list diag.List, source func(string) []byte) error {
	var shown diag.List
	for _, d := range list.Sorted() {
		if d.Severity != diag.Note {
			shown.Add(d)
		}
	}
	c, err := consoleOf(cmd, p, p.stderr)
	if err != nil {
		return err
	}
	renderer := diag.Renderer{Source: source, Width: c.style.Width, Fold: c.fold, Colour: c.style.Colour}
	if err := renderer.Render(p.stderr, shown); err != nil {
		return err
	}
	if !shown.HasErrors() {
		return nil
	}
	fmt.Fprintln(p.stderr, problems(shown))
	return exitError(exitDiagnostics)
}

// problems counts the errors and warnings of a list.
func problems(list diag.List) string {
	text := countOf(list.Errors(), "error")
	if n := list.Warnings(); n > 0 {
		text += ", " + countOf(n, "warning")
	}
	return text
}

func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
