package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

func watchCommand(p process) *cobra.Command {
	var flags sideFlags
	request := runRequest{watches: true}
	cmd := &cobra.Command{
		Use:   "watch [EXECUTION]",
		Short: "Follow a run to its end",
		Long: `Follow a run of another shell to its end, from its beginning. One that was
interrupted is taken up where it was, with what penstock.local.yaml says this
machine stands in for. Without EXECUTION it is the newest that is open, else the
latest. With --platform it is a run of a platform on AWS, which is asked about
it every few seconds; the events of --json are made of its answers then, and
there are no log lines.

Ctrl-C leaves a run of another shell as it is; it stops one that was taken up.

Exit status: 0 the run succeeded, 2 wrong usage, 3 it ended otherwise.`,
		Example: "  penstock watch\n  penstock watch 4f3c9a1e -f examples/go-service/pipeline.yaml",
		Args:    atMost(1, "name one execution"),

		ValidArgsFunction: completeFrom(&flags.placeFlags, executionCandidates),
		RunE: func(cmd *cobra.Command, args []string) error {
			if flags.platform.given(cmd, p) != "" {
				return flags.watch(cmd, p, watchRequest{first(args), request.json})
			}
			if err := flags.platform.refuseHere(cmd); err != nil {
				return err
			}
			return watchExecution(cmd, p, watching{flags: &flags.placeFlags, request: &request, execution: first(args)})
		},
	}
	flags.add(cmd)
	flags.platform.addPipeline(cmd)
	request.approvals.add(cmd)
	cmd.Flags().BoolVar(&request.json, "json", false, "print events, log lines and a summary, one JSON object a line")
	return cmd
}

// watchRequest is what the command line of watch says of a run of a platform.
type watchRequest struct {
	execution string
	json      bool
}

// watch follows a run of a platform. What only a process here can give is refused.
func (f *sideFlags) watch(cmd *cobra.Command, p process, request watchRequest) error {
	for _, flag := range []string{"yes", "approve", "reject"} {
		if cmd.Flags().Changed(flag) {
			return usage(cmd, "--"+flag+" is for runs of this machine", "leave it out with --platform; penstock approve and reject answer approvals there")
		}
	}
	return f.platform.visit(cmd, p, f.platform.pipeline, func(r *remote) error { return watchOnPlatform(cmd.Context(), p, r, request) })
}

// watching is what the command line of watch says.
type watching struct {
	flags     *placeFlags
	request   *runRequest
	execution string
}

func watchExecution(cmd *cobra.Command, p process, w watching) error {
	c, err := consoleOf(cmd, p, p.stdout)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	stands, err := readBindings(w.flags.file)
	if err != nil {
		return err
	}
	if err := refuse(cmd, p, stands.diagnostics, sources([2]string{stands.file, string(stands.Source(stands.file))})); err != nil {
		return err
	}
	session, pl, err := w.flags.openFor(ctx, local.Options{Bindings: stands.Bindings})
	if err != nil {
		return err
	}
	r := &running{process: p, request: w.request, session: session, feed: local.NewFeed(), console: c, prepared: prepared{place: pl, bindings: stands.Bindings}, shell: newFailureShell(p)}
	e, err := newestOpen(ctx, session.Records(), w.execution)
	if err == nil {
		r.prepared.definition.pipeline, err = registered(ctx, session.Records(), e)
	}
	if err != nil {
		return errors.Join(err, session.Close())
	}
	r.watched = e.PipelineExecutionID
	err = r.execute(ctx)
	if errors.Is(err, errLeft) {
		if !session.Owns() {
			say(p, "", "execution "+view.ShortID(e.PipelineExecutionID)+" goes on in the shell that runs it")
		}
		return exitError(exitFailed)
	}
	return pl.explain(err)
}

// newestOpen finds an execution by the beginning of its identity; without one, the newest that is open, else the latest.
func newestOpen(ctx context.Context, records runs, prefix string) (*execution.Execution, error) {
	if prefix == "" {
		open, err := records.OpenExecutions(ctx)
		if err != nil {
			return nil, err
		}
		var newest *execution.Execution
		for _, e := range open {
			if newest == nil || e.StartTime.After(newest.StartTime) {
				newest = e
			}
		}
		if newest != nil {
			return newest, nil
		}
	}
	return lookup(ctx, records, prefix)
}
