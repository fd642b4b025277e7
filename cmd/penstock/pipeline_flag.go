package main

import "github.com/spf13/cobra"

// pipelineFlag names one of the pipelines of a state directory.
type pipelineFlag struct{ name string }

func (f *pipelineFlag) add(cmd *cobra.Command, what string) {
	cmd.Flags().StringVar(&f.name, "pipeline", "", what)
}
