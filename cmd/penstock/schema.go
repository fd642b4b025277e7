package main

import (
	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/pipeline"
)

// schemaForms are the forms that have a JSON schema, by the name of the flag.
var schemaForms = map[string]pipeline.Form{
	"authoring":      pipeline.FormAuthoring,
	"api":            pipeline.FormRequest,
	"cloudformation": pipeline.FormTemplate,
}

func schemaCommand(p process) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of definitions, for editors",
		Long: `Print the JSON Schema (draft-07) of pipeline definitions, with which an editor
completes, explains and marks what is wrong while you write.
Save it, and begin a definition with
  # yaml-language-server: $schema=./pipeline.schema.json`,
		Example: "  penstock schema > pipeline.schema.json\n  penstock schema --form cloudformation > template.schema.json",
		Args:    atMost(0, "schema takes no words"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := oneOf(cmd, "form", form, "authoring", "api", "cloudformation"); err != nil {
				return err
			}
			schema, err := pipeline.JSONSchema(schemaForms[form])
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(schema)
			return err
		},
	}
	cmd.Flags().StringVar(&form, "form", "authoring", "of which `FORM`: authoring, api or cloudformation")
	return cmd
}
