package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
)

// maxReason is the longest reason of StopPipelineExecution, in characters.
const maxReason = 200

// stopRequest is what the command line of stop says.
type stopRequest struct {
	execution string
	stop      execution.StopTrigger
	json      bool
}

func stopCommand(p process) *cobra.Command {
	var flags sideFlags
	var output outputFlags
	var request stopRequest
	cmd := &cobra.Command{
		Use:   "stop [EXECUTION]",
		Short: "Stop a run",
		Long: `Stop a run, in another shell or one that was interrupted. What runs in it goes
on to its end and nothing further starts; with --abandon what runs is ended as
well. With --platform it is a run of a platform on AWS. Where only one execution
is open it need not be named.`,
		Example: "  penstock stop\n  penstock stop 4f3c9a1e --abandon --reason 'wrong branch'",
		Args:    atMost(1, "name one execution"),

		ValidArgsFunction: completeFrom(&flags.placeFlags, openCandidates),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			if n := len([]rune(request.stop.Reason)); n > maxReason {
				return usage(cmd, fmt.Sprintf("--reason has %d characters", n), fmt.Sprintf("write at most %d", maxReason))
			}
			request.execution, request.json = first(args), output.wantsJSON()
			return flags.either(cmd, p, func(l looking) error { return stop(cmd.Context(), p, l, request) },
				func(r *remote) error { return stopOnPlatform(cmd.Context(), p, r, request) })
		},
	}
	flags.add(cmd)
	flags.platform.addPipeline(cmd)
	output.add(cmd)
	cmd.Flags().BoolVar(&request.stop.Abandon, "abandon", false, "end what runs, and do not wait for it")
	cmd.Flags().StringVar(&request.stop.Reason, "reason", "", "say why, in `TEXT` that is kept with the execution")
	return cmd
}

func stop(ctx context.Context, p process, l looking, request stopRequest) error {
	e, err := openExecution(ctx, p, l.seen(), request.execution)
	if err != nil {
		return err
	}
	id := view.ShortID(e.PipelineExecutionID)
	e, err = l.Stop(ctx, e.PipelineExecutionID, request.stop)
	if err != nil {
		return explainStop(err, request.stop, l.place.command(p, "stop", id, "--abandon"))
	}
	if request.json {
		return printJSON(p.stdout, map[string]string{"pipelineExecutionId": e.PipelineExecutionID, "status": string(e.Status)})
	}
	var actions []*execution.Action
	if !e.Ended() { // who ran it may be gone by now, with what it knows
		if actions, err = l.Records().ListActionExecutions(ctx, e.PipelineExecutionID); err != nil {
			return err
		}
	}
	return printStopped(p, l.console, e, actions)
}

// explainStop adds to the refusal of a second stop how to end what runs; what has ended already cannot be stopped at all.
func explainStop(err error, stop execution.StopTrigger, abandon string) error {
	var e *execution.Error
	if errors.As(err, &e) && e.Name == "DuplicatedStopRequestException" && !stop.Abandon {
		return withHelp(err, "to end what runs: %s", abandon)
	}
	return err
}

func printStopped(p process, c console, e *execution.Execution, actions []*execution.Action) error {
	id := view.ShortID(e.PipelineExecutionID)
	if e.Ended() {
		return printLines(p.stdout, []string{"stopped execution " + id})
	}
	var open []string
	for _, a := range actions {
		if !a.Ended() {
			open = append(open, a.StageName+"/"+a.ActionName)
		}
	}
	line := fmt.Sprintf("stopping execution %s: it ends with %s; --abandon ends that too", id, strings.Join(open, ", "))
	return printLines(p.stdout, view.Wrap(line, c.style.Width))
}

// openExecution finds the execution that is meant; without a name, the only one that is open.
func openExecution(ctx context.Context, p process, s seen, prefix string) (*execution.Execution, error) {
	if prefix != "" {
		return lookup(ctx, s.runs, prefix)
	}
	open, err := s.runs.OpenExecutions(ctx)
	switch {
	case err != nil:
		return nil, err
	case len(open) == 1:
		return open[0], nil
	case len(open) == 0:
		return nil, withHelp(errors.New("no execution is open here"), "see what ran: %s", s.place.command(p, "executions"))
	}
	return nil, withHelp(fmt.Errorf("%d executions are open", len(open)), "name one of %s", names(open))
}
