package main

import "github.com/spf13/cobra"

// pipelineFlag names one of the pipelines of a state directory.
type pipelineFlag struct{ name string }

func (f *pipelineFlag) add(cmd *cobra.Command, place *placeFlags, what string) {
	cmd.Flags().StringVar(&f.name, "pipeline", "", what)
	_ = cmd.RegisterFlagCompletionFunc("pipeline", completeFrom(place, pipelineCandidates)) // it fails only without the flag
}
