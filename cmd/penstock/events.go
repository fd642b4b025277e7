package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/local"
)

func eventsCommand(p process) *cobra.Command {
	var flags placeFlags
	var output outputFlags
	cmd := &cobra.Command{
		Use:   "events [EXECUTION]",
		Short: "List the events of a run",
		Long: `List the events that a run has published, in their order: those that EventBridge
has of CodePipeline, and Penstock's own. EXECUTION is its identity or the
beginning of it; without one it is the latest. With --json each is one object a
line, as EventBridge delivers it.`,
		Example: "  penstock events\n  penstock events 4f3c9a1e --json",
		Args:    atMost(1, "name one execution"),

		ValidArgsFunction: completeFrom(&flags, executionCandidates),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			return flags.look(cmd, p, func(l looking) error {
				return listEvents(cmd.Context(), p, l, eventsRequest{first(args), output.wantsJSON()})
			})
		},
	}
	flags.add(cmd)
	output.add(cmd)
	return cmd
}

type eventsRequest struct {
	execution string
	json      bool
}

func listEvents(ctx context.Context, p process, l looking, request eventsRequest) error {
	e, err := lookup(ctx, l.Records(), request.execution)
	if err != nil {
		return err
	}
	all, err := local.Events(l.place.dir, e.PipelineExecutionID)
	if err != nil {
		return err
	}
	if request.json {
		for _, event := range all {
			if err := printJSONLine(p.stdout, event); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		return printLines(p.stdout, []string{"no events of execution " + view.ShortID(e.PipelineExecutionID) + " are kept"})
	}
	return printLines(p.stdout, l.console.style.Events(all))
}
