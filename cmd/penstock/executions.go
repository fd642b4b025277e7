package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
)

// defaultExecutions is how many executions are listed where no limit is given.
const defaultExecutions = 20

func executionsCommand(p process) *cobra.Command {
	var flags sideFlags
	var chosen pipelineFlag
	var output outputFlags
	var limit int
	cmd := &cobra.Command{
		Use:   "executions",
		Short: "List the runs, newest first",
		Long: `List the executions of every pipeline that ran here, newest first; with
--platform those of a platform on AWS, of each pipeline the newest 500. One that
reads Interrupted is open, and the process that ran it has ended: penstock run
takes it up again.`,
		Example: "  penstock executions\n  penstock executions --pipeline go-service --limit 5",
		Args:    atMost(0, "name a pipeline with --pipeline NAME"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			if limit < 0 {
				return usage(cmd, fmt.Sprintf("--limit is %d", limit), "write how many to list, or 0 for all")
			}
			return flags.see(cmd, p, chosen.name, func(s seen) error {
				return listExecutions(cmd.Context(), p, s, executionsRequest{chosen.name, limit, output.wantsJSON()})
			})
		},
	}
	flags.add(cmd)
	chosen.add(cmd, &flags.placeFlags, "list only the runs of the pipeline `NAME`")
	cmd.Flags().IntVar(&limit, "limit", defaultExecutions, "list the newest `N`, 0 being all")
	output.add(cmd)
	return cmd
}

type executionsRequest struct {
	pipeline string
	limit    int
	json     bool
}

func listExecutions(ctx context.Context, p process, s seen, request executionsRequest) error {
	all, err := lookupExecutions(ctx, s.runs, request.pipeline)
	if err != nil {
		return err
	}
	shown := all
	if request.limit > 0 {
		shown = all[:min(request.limit, len(all))]
	}
	rows, err := executionRows(ctx, s, shown)
	if err != nil {
		return err
	}
	if request.json {
		return printJSON(p.stdout, summaries(rows))
	}
	lines := s.console.style.Executions(rows)
	if more := len(all) - len(shown); more > 0 {
		lines = append(lines, "")
		lines = append(lines, s.console.style.LeadOn(fmt.Sprintf("and %d more:", more), s.place.command(p, request.all()...))...)
	}
	return printLines(p.stdout, lines)
}

// all is the command that lists what the limit left out.
func (r executionsRequest) all() []string {
	words := []string{"executions", "--limit", "0"}
	if r.pipeline != "" {
		words = append(words, "--pipeline", r.pipeline)
	}
	return words
}

// executionRows adds to executions their source actions.
func executionRows(ctx context.Context, s seen, list []*execution.Execution) ([]view.ExecutionRow, error) {
	var rows []view.ExecutionRow
	for _, e := range list {
		sources, err := s.sources(ctx, e)
		if err != nil {
			return nil, err
		}
		rows = append(rows, view.ExecutionRow{Execution: e, Running: s.running, Sources: sources})
	}
	return rows, nil
}

// summaryJSON is a PipelineExecutionSummary of ListPipelineExecutions, and whose it is, for the list has more than one
// pipeline.
type summaryJSON struct {
	PipelineName    string                    `json:"pipelineName"`
	PipelineVersion int                       `json:"pipelineVersion,omitempty"`
	ID              string                    `json:"pipelineExecutionId"`
	Status          execution.ExecutionStatus `json:"status"`
	StatusSummary   string                    `json:"statusSummary,omitempty"`
	StartTime       time.Time                 `json:"startTime"`
	LastUpdateTime  time.Time                 `json:"lastUpdateTime"`
	SourceRevisions []sourceRevisionJSON      `json:"sourceRevisions"`
	Trigger         execution.Trigger         `json:"trigger"`
	StopTrigger     *stopTriggerJSON          `json:"stopTrigger,omitempty"`
	ExecutionMode   string                    `json:"executionMode"`
}

type sourceRevisionJSON struct {
	ActionName string `json:"actionName"`
	ID         string `json:"revisionId"`
	Summary    string `json:"revisionSummary,omitempty"`
	URL        string `json:"revisionUrl,omitempty"`
}

type stopTriggerJSON struct {
	Reason string `json:"reason,omitempty"`
}

func summaries(rows []view.ExecutionRow) []summaryJSON {
	out := make([]summaryJSON, len(rows))
	for i, e := range rows {
		out[i] = summaryJSON{
			PipelineName: e.PipelineName, PipelineVersion: e.PipelineVersion, ID: e.PipelineExecutionID,
			Status: e.Status, StatusSummary: e.StatusSummary, StartTime: e.StartTime, LastUpdateTime: e.LastUpdateTime,
			SourceRevisions: []sourceRevisionJSON{}, Trigger: e.Trigger, ExecutionMode: e.Mode,
		}
		for _, a := range e.Sources {
			out[i].SourceRevisions = append(out[i].SourceRevisions,
				sourceRevisionJSON{a.ActionName, a.Revision.ID, a.Revision.Summary, a.Revision.URL})
		}
		if e.StopTrigger != nil {
			out[i].StopTrigger = &stopTriggerJSON{e.StopTrigger.Reason}
		}
	}
	return out
}
