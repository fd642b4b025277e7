package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/cmd/penstock/view/graph"
)

func graphCommand(p process) *cobra.Command {
	var request graphRequest
	cmd := &cobra.Command{
		Use:   "graph FILE",
		Short: "Draw a pipeline as text, SVG or Mermaid",
		Long: `Draw a pipeline: its stages from top to bottom, the actions of each in the order
in which they run, and the artifacts that each takes and makes. Without --format
the name of the output file decides: .svg, .mmd or .json; else it is text. A
file named - is standard input.`,
		Example: `  penstock graph pipeline.yaml
  penstock graph pipeline.yaml -o pipeline.svg
  penstock graph template.yaml --pipeline Release --format mermaid`,
		Args: exactlyOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := request.validate(cmd); err != nil {
				return err
			}
			return drawGraph(cmd, p, files[0], request)
		},
	}
	cmd.Flags().StringVar(&request.format, "format", "", "draw as `FORMAT`: text, svg, mermaid or json")
	cmd.Flags().StringVarP(&request.output, "output", "o", "", "write to `FILE` instead of standard output")
	cmd.Flags().BoolVar(&request.json, "json", false, "the same as --format json")
	request.template.add(cmd)
	return cmd
}

// graphRequest is what the flags ask for.
type graphRequest struct {
	format, output string
	json           bool
	template       templateFlags
}

func (r *graphRequest) validate(cmd *cobra.Command) error {
	if r.output == "text" || r.output == "json" || r.output == "svg" || r.output == "mermaid" {
		return usage(cmd, fmt.Sprintf("--output is %q, which is no file name", r.output), "write --format "+r.output)
	}
	if r.json && r.format == "" {
		r.format = "json"
	}
	if r.format == "" {
		r.format = formatOfFile(r.output)
	}
	return oneOf(cmd, "format", r.format, "text", "svg", "mermaid", "json")
}

// formatOfFile is what a file of that name usually holds.
func formatOfFile(file string) string {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".svg":
		return "svg"
	case ".mmd", ".mermaid":
		return "mermaid"
	case ".json":
		return "json"
	}
	return "text"
}

func drawGraph(cmd *cobra.Command, p process, file string, request graphRequest) error {
	options, err := request.template.options(cmd)
	if err != nil {
		return err
	}
	d, err := validDefinition(cmd, p, file, options)
	if err != nil {
		return err
	}
	style := view.Style{Width: defaultWidth} // of a file
	if request.output == "" {
		c, err := consoleOf(cmd, p, p.stdout)
		if err != nil {
			return err
		}
		return writeGraph(p.stdout, request.format, c.style, d)
	}
	return writeFile(request.output, func(w io.Writer) error { return writeGraph(w, request.format, style, d) })
}

func writeGraph(w io.Writer, format string, style view.Style, d definition) error {
	var err error
	switch format {
	case "json":
		return printJSON(w, graph.JSONOf(d.pipeline))
	case "svg":
		_, err = w.Write(graph.Of(d.pipeline).SVG())
	case "mermaid":
		_, err = w.Write(graph.Of(d.pipeline).Mermaid())
	default:
		return printLines(w, style.Graph(graph.Of(d.pipeline)))
	}
	return err
}

// writeFile writes a file, and reports what went wrong until it is closed.
func writeFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write the graph: %w", err)
	}
	err = write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
