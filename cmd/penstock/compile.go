package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

func compileCommand(p process) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:     "compile FILE",
		Short:   "Print the state machine that a definition compiles into",
		Long:    "Print the state machine that a definition compiles into: Amazon States Language,\nthe same bytes for the same definition. A file named - is standard input.",
		Example: "  penstock compile pipeline.yaml > machine.json",
		Args:    exactlyOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			d, err := validDefinition(cmd, p, files[0], name)
			if err != nil {
				return err
			}
			machine, err := statemachines.Compile(d.pipeline)
			if err != nil {
				return fmt.Errorf("compile %s: %w", d.file, err)
			}
			encoded, err := machine.Encode()
			if err != nil {
				return fmt.Errorf("compile %s: %w", d.file, err)
			}
			_, err = p.stdout.Write(encoded)
			return err
		},
	}
	cmd.Flags().StringVar(&name, "pipeline", "", "the pipeline's `NAME`, where a file holds several")
	return cmd
}

// validDefinition loads a definition for a command that needs a valid one. A name, where given, must be the
// pipeline's.
func validDefinition(cmd *cobra.Command, p process, file, name string) (definition, error) {
	d, err := loadDefinition(p, file, pipeline.AnyEngine)
	if err != nil {
		return d, err
	}
	if err := refuse(cmd, p, d.diagnostics, sources([2]string{d.file, string(d.source)})); err != nil {
		return d, err
	}
	if name != "" && name != d.pipeline.Name.Value {
		return d, usage(cmd, fmt.Sprintf("%s has no pipeline %q", d.file, name), fmt.Sprintf("it has %q", d.pipeline.Name.Value))
	}
	return d, nil
}
