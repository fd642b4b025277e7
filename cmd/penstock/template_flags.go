package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/pipeline"
)

// templateFlags say what a template leaves open: which of its pipelines, and the values of its parameters.
type templateFlags struct {
	pipeline   string
	parameters []string
}

func (t *templateFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&t.pipeline, "pipeline", "", "the pipeline's `NAME`, where a file holds several")
	cmd.Flags().StringArrayVar(&t.parameters, "parameter", nil, "`NAME=VALUE` of a template's parameter; may be repeated")
}

func (t *templateFlags) options(cmd *cobra.Command) (pipeline.ParseOptions, error) {
	options := pipeline.ParseOptions{Pipeline: t.pipeline, Parameters: map[string]string{}}
	for _, parameter := range t.parameters {
		name, value, found := strings.Cut(parameter, "=")
		if !found || name == "" {
			return options, usage(cmd, fmt.Sprintf("--parameter is %q", parameter), "write --parameter NAME=VALUE")
		}
		options.Parameters[name] = value
	}
	return options, nil
}
