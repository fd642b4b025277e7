package main

import (
	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
)

func graphCommand(p process) *cobra.Command {
	var output outputFlags
	cmd := &cobra.Command{
		Use:     "graph FILE",
		Short:   "Draw a pipeline as text",
		Long:    "Draw a pipeline as text: its stages from top to bottom, the actions of each in the\norder in which they run, and the artifacts that each takes and makes.",
		Example: "  penstock graph pipeline.yaml",
		Args:    exactlyOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			c, err := consoleOf(cmd, p, p.stdout)
			if err != nil {
				return err
			}
			d, err := validDefinition(cmd, p, files[0], "")
			if err != nil {
				return err
			}
			if output.wantsJSON() {
				return printJSON(p.stdout, graphJSON{
					Pipeline: d.pipeline.Name.Value, Mode: d.pipeline.Mode(), Stages: view.GraphOf(d.pipeline),
				})
			}
			return printLines(p.stdout, c.style.Graph(d.pipeline))
		},
	}
	output.add(cmd)
	return cmd
}

type graphJSON struct {
	Pipeline string            `json:"pipeline"`
	Mode     string            `json:"executionMode"`
	Stages   []view.GraphStage `json:"stages"`
}
