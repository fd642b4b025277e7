package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/owner"
)

// candidates lists what a word may be, given the words before it. Where that cannot be told, there are none.
type candidates func(ctx context.Context, session *owner.Session, before []string) []cobra.Completion

// completeFrom offers what a state directory holds, and no files. Nothing is said of errors: a shell would print them
// into the line that is being typed.
func completeFrom(flags *placeFlags, list candidates) cobra.CompletionFunc {
	return func(cmd *cobra.Command, before []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		session, _, err := flags.open(cmd.Context())
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer session.Close()
		return list(cmd.Context(), session, before), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
	}
}

// executionCandidates are the identities of executions, in short, as a first word.
func executionCandidates(ctx context.Context, session *owner.Session, before []string) []cobra.Completion {
	var out []cobra.Completion
	if len(before) > 0 {
		return out
	}
	all, err := executions(ctx, session.Records())
	if err != nil {
		return nil
	}
	for _, e := range all {
		started := e.StartTime.Local().Format("2006-01-02 15:04")
		out = append(out, cobra.CompletionWithDesc(view.ShortID(e.PipelineExecutionID), e.PipelineName+", "+view.Status(e, !session.Owns())+", "+started))
	}
	return out
}

// logCandidates are executions and, behind one, the actions that ran in it; or at once those of the latest.
func logCandidates(ctx context.Context, session *owner.Session, before []string) []cobra.Completion {
	out := executionCandidates(ctx, session, before)
	if len(before) > 1 || strings.Contains(first(before), "/") {
		return out
	}
	shown, err := readShown(ctx, session, first(before))
	if err != nil {
		return out
	}
	for _, a := range shown.Actions {
		out = append(out, cobra.CompletionWithDesc(a.StageName+"/"+a.ActionName, statusWord(a, !session.Owns())))
	}
	return out
}

func statusWord(a *execution.Action, running bool) string {
	if !a.Ended() && !running {
		return view.Interrupted
	}
	return string(a.Status)
}

// openCandidates are the identities of executions that have not ended.
func openCandidates(ctx context.Context, session *owner.Session, before []string) []cobra.Completion {
	open, err := session.Records().OpenExecutions(ctx)
	if err != nil || len(before) > 0 {
		return nil
	}
	var out []cobra.Completion
	for _, e := range open {
		out = append(out, cobra.CompletionWithDesc(view.ShortID(e.PipelineExecutionID), e.PipelineName))
	}
	return out
}

// pipelineCandidates are the pipelines that ran here.
func pipelineCandidates(ctx context.Context, session *owner.Session, _ []string) []cobra.Completion {
	names, err := session.Records().ListPipelines(ctx)
	if err != nil {
		return nil
	}
	return names
}
