package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

func checkCommand(p process) *cobra.Command {
	var engine string
	var output outputFlags
	var template templateFlags
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Report everything that is wrong in pipeline definitions",
		Long: `Report everything that is wrong in pipeline definitions, in one go.
A file named - is read from standard input. Exits with 1 if there are errors.
With --for local, what is mocked in penstock.local.yaml beside a file need not
run here.`,
		Example: "  penstock check pipeline.yaml\n  penstock check --for local pipeline.yaml\n  penstock check template.yaml --parameter Stage=prod",
		Args:    atLeastOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := oneOf(cmd, "for", engine, "", "local", "aws"); err != nil {
				return err
			}
			if err := output.validate(cmd); err != nil {
				return err
			}
			options, err := template.options(cmd)
			if err != nil {
				return err
			}
			return check(cmd, p, checkRequest{
				files: files, options: options, engine: pipeline.Engine(engine), json: output.wantsJSON(),
			})
		},
	}
	cmd.Flags().StringVar(&engine, "for", "", "refuse what `ENGINE` cannot run, local or aws")
	output.add(cmd)
	template.add(cmd)
	return cmd
}

type checkRequest struct {
	files   []string
	options pipeline.ParseOptions
	engine  pipeline.Engine
	json    bool
}

func check(cmd *cobra.Command, p process, request checkRequest) error {
	c, err := consoleOf(cmd, p, p.stdout)
	if err != nil {
		return err
	}
	var all diag.List
	for _, file := range request.files {
		d, err := loadAll(p, file, request)
		if err != nil {
			return err
		}
		all.Add(d.diagnostics...)
		if request.json {
			continue
		}
		renderer := diag.Renderer{
			Source: sources([2]string{d.file, string(d.source)}, [2]string{d.bound.file, string(d.bound.text())}), Width: c.style.Width, Fold: c.fold, Colour: c.style.Colour,
		}
		if err := renderer.Render(p.stdout, d.diagnostics); err != nil {
			return err
		}
		for _, d.pipeline = range d.pipelines {
			fmt.Fprintln(p.stdout, verdict(d.definition))
			if d.diagnostics.HasErrors() {
				break
			}
			if request.engine == pipeline.AWSEngine {
				if err := printLines(p.stdout, trustLines(d.pipeline, c.style)); err != nil {
					return err
				}
			}
		}
	}
	if request.json {
		if err := all.WriteJSON(p.stdout); err != nil {
			return err
		}
	}
	if all.HasErrors() {
		return exitError(exitDiagnostics)
	}
	return nil
}

// checked is a file with all of its pipelines, and what stands in for them where they are checked for this machine.
type checked struct {
	definition
	pipelines []*pipeline.Pipeline
	bound     bound
}

// loadAll parses and checks every pipeline of a file, and for this machine the file of the bindings too.
func loadAll(p process, file string, request checkRequest) (checked, error) {
	var c checked
	var err error
	if c.definition, err = readFile(p, file); err != nil {
		return c, err
	}
	if request.engine == pipeline.LocalEngine {
		if c.bound, err = readBindings(file); err != nil {
			return c, err
		}
	}
	pipelines, list := pipeline.ParseAll(c.file, c.source, request.options)
	for _, one := range pipelines {
		list.Add(pipeline.Check(one, c.bound.options(request.engine, one))...)
	}
	list.Add(c.bound.diagnostics...)
	c.pipelines, c.diagnostics = pipelines, list.Sorted()
	return c, nil
}

// verdict is the last line about a file: what is in it, or how much is wrong.
func verdict(d definition) string {
	if d.diagnostics.HasErrors() {
		return d.file + ": " + problems(d.diagnostics)
	}
	actions := 0
	for i := range d.pipeline.Stages {
		actions += len(d.pipeline.Stages[i].Actions)
	}
	line := fmt.Sprintf("%s: ok   pipeline %s, %s, %s", d.file, strconv.Quote(d.pipeline.Name.Value),
		countOf(len(d.pipeline.Stages), "stage"), countOf(actions, "action"))
	if n := d.diagnostics.Warnings(); n > 0 {
		line += ", " + countOf(n, "warning")
	}
	return line
}
