package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

func compileCommand(p process) *cobra.Command {
	var template templateFlags
	var form string
	cmd := &cobra.Command{
		Use:   "compile FILE",
		Short: "Print the state machine that a definition compiles into",
		Long: "Print the state machine that a definition compiles into: Amazon States Language,\n" +
			"the same bytes for the same definition. A pipeline that is too long for one\n" +
			"machine comes as several, one after another. A file named - is standard input.",
		Example: "  penstock compile pipeline.yaml > machine.json\n  penstock compile --print after:plan pipeline.yaml",
		Args:    exactlyOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			pass, err := passOf(cmd, form)
			if err != nil {
				return err
			}
			options, err := template.options(cmd)
			if err != nil {
				return err
			}
			d, err := validDefinition(cmd, p, files[0], options)
			if err != nil {
				return err
			}
			printed, err := compiled(d.pipeline, pass)
			if err != nil {
				return fmt.Errorf("compile %s: %w", d.file, err)
			}
			_, err = p.stdout.Write(printed)
			return err
		},
	}
	template.add(cmd)
	cmd.Flags().StringVar(&form, "print", "", "print another `FORM`: after:PASS shows what a pass of the compiler made; the passes are "+
		strings.Join(statemachines.Passes(), ", "))
	return cmd
}

// compiled is what a pass made; without a name, that of the state machines.
func compiled(p *pipeline.Pipeline, pass string) ([]byte, error) {
	if pass != "" {
		return statemachines.PrintAfter(p, pass)
	}
	parts, err := statemachines.Compile(p)
	if err != nil {
		return nil, err
	}
	var all []byte
	for _, part := range parts {
		text, err := part.Machine.Encode()
		if err != nil {
			return nil, err
		}
		all = append(all, text...)
	}
	return all, nil
}

// passOf reads --print; empty stands for the machine.
func passOf(cmd *cobra.Command, form string) (string, error) {
	pass, after := strings.CutPrefix(form, "after:")
	if form == "" || after && slices.Contains(statemachines.Passes(), pass) {
		return pass, nil
	}
	help := "write after:PASS, PASS being " + strings.Join(statemachines.Passes(), ", ")
	if nearest, ok := diag.Nearest(pass, statemachines.Passes()); ok {
		help = fmt.Sprintf("did you mean after:%s?", nearest)
	}
	return "", usage(cmd, fmt.Sprintf("--print is %q", form), help)
}

// validDefinition loads a definition for a command that needs a valid one.
func validDefinition(cmd *cobra.Command, p process, file string, options pipeline.ParseOptions) (definition, error) {
	d, err := loadDefinition(p, file, options, pipeline.Options{})
	if err != nil {
		return d, err
	}
	return d, refuse(cmd, p, d.diagnostics, sources([2]string{d.file, string(d.source)}))
}
