package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

func compileCommand(p process) *cobra.Command {
	var template templateFlags
	cmd := &cobra.Command{
		Use:     "compile FILE",
		Short:   "Print the state machine that a definition compiles into",
		Long:    "Print the state machine that a definition compiles into: Amazon States Language,\nthe same bytes for the same definition. A file named - is standard input.",
		Example: "  penstock compile pipeline.yaml > machine.json",
		Args:    exactlyOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			options, err := template.options(cmd)
			if err != nil {
				return err
			}
			d, err := validDefinition(cmd, p, files[0], options)
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
	template.add(cmd)
	return cmd
}

// validDefinition loads a definition for a command that needs a valid one.
func validDefinition(cmd *cobra.Command, p process, file string, options pipeline.ParseOptions) (definition, error) {
	d, err := loadDefinition(p, file, options, pipeline.AnyEngine)
	if err != nil {
		return d, err
	}
	return d, refuse(cmd, p, d.diagnostics, sources([2]string{d.file, string(d.source)}))
}
