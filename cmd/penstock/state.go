package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/execution"
)

func stateCommand(p process) *cobra.Command {
	var flags sideFlags
	var chosen pipelineFlag
	var output outputFlags
	cmd := &cobra.Command{
		Use:   "state",
		Short: "Show what happened last in each stage and action",
		Long: `Show the stages and actions of a pipeline as it was last run, each with its
latest execution; with --platform those of a pipeline on AWS. Without --pipeline
it is the pipeline that ran last.`,
		Example: "  penstock state\n  penstock state --pipeline go-service -f examples/go-service/pipeline.yaml",
		Args:    atMost(0, "name a pipeline with --pipeline NAME"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			return flags.see(cmd, p, chosen.name, func(s seen) error {
				return showState(cmd.Context(), p, s, stateRequest{chosen.name, output.wantsJSON()})
			})
		},
	}
	flags.add(cmd)
	chosen.add(cmd, &flags.placeFlags, "show the pipeline `NAME`")
	output.add(cmd)
	return cmd
}

type stateRequest struct {
	pipeline string
	json     bool
}

func showState(ctx context.Context, p process, s seen, request stateRequest) error {
	name, others, err := lookupPipeline(ctx, s.runs, request.pipeline)
	if err != nil {
		return err
	}
	state, err := s.runs.GetPipelineState(ctx, name)
	if err != nil {
		return err
	}
	for _, st := range state.Stages {
		for i, a := range st.Actions {
			if a.Latest != nil {
				st.Actions[i].Latest = a.Latest.Masked()
			}
		}
	}
	if request.json {
		return printJSON(p.stdout, stateOf(state))
	}
	lines := s.console.style.State(state)
	if request.pipeline == "" && len(others) > 0 {
		lines = append(lines, "")
		lines = append(lines, s.console.style.LeadOn("also here: "+strings.Join(others, ", "), s.place.command(p, "state", "--pipeline", others[0]))...)
	}
	return printLines(p.stdout, lines)
}

// stateJSON is the answer of GetPipelineState. An approval's token is not in it.
type stateJSON struct {
	PipelineName    string           `json:"pipelineName"`
	PipelineVersion int              `json:"pipelineVersion"`
	StageStates     []stageStateJSON `json:"stageStates"`
	Updated         time.Time        `json:"updated"`
}

type stageStateJSON struct {
	StageName       string               `json:"stageName"`
	Inbound         *stageExecutionJSON  `json:"inboundExecution,omitempty"`
	Inbounds        []stageExecutionJSON `json:"inboundExecutions,omitempty"`
	ActionStates    []actionStateJSON    `json:"actionStates"`
	LatestExecution *stageExecutionJSON  `json:"latestExecution,omitempty"`
}

type stageExecutionJSON struct {
	ID     string                `json:"pipelineExecutionId"`
	Status execution.StageStatus `json:"status"`
}

type actionStateJSON struct {
	ActionName      string               `json:"actionName"`
	CurrentRevision *currentRevisionJSON `json:"currentRevision,omitempty"`
	LatestExecution *actionExecutionJSON `json:"latestExecution,omitempty"`
	RevisionURL     string               `json:"revisionUrl,omitempty"`
}

type currentRevisionJSON struct {
	ID      string    `json:"revisionId"`
	Created time.Time `json:"created,omitzero"`
}

type actionExecutionJSON struct {
	ID                   string                  `json:"actionExecutionId"`
	Status               execution.ActionStatus  `json:"status"`
	Summary              string                  `json:"summary,omitempty"`
	LastStatusChange     time.Time               `json:"lastStatusChange"`
	LastUpdatedBy        string                  `json:"lastUpdatedBy,omitempty"`
	ExternalExecutionID  string                  `json:"externalExecutionId,omitempty"`
	ExternalExecutionURL string                  `json:"externalExecutionUrl,omitempty"`
	ErrorDetails         *execution.ErrorDetails `json:"errorDetails,omitempty"`
}

func stateOf(s execution.PipelineState) stateJSON {
	out := stateJSON{PipelineName: s.PipelineName, PipelineVersion: s.Version, Updated: s.Updated, StageStates: []stageStateJSON{}}
	for _, st := range s.Stages {
		stage := stageStateJSON{StageName: st.Name, ActionStates: []actionStateJSON{}}
		if st.Latest != nil {
			stage.LatestExecution = &stageExecutionJSON{st.Latest.PipelineExecutionID, st.Latest.Status}
		}
		for _, c := range st.Inbound {
			stage.Inbounds = append(stage.Inbounds, stageExecutionJSON{c.PipelineExecutionID, execution.StageInProgress})
			stage.Inbound = &stage.Inbounds[0]
		}
		for _, a := range st.Actions {
			stage.ActionStates = append(stage.ActionStates, actionStateOf(a))
		}
		out.StageStates = append(out.StageStates, stage)
	}
	return out
}

func actionStateOf(a execution.ActionState) actionStateJSON {
	out := actionStateJSON{ActionName: a.Name}
	latest := a.Latest
	if latest == nil {
		return out
	}
	out.LatestExecution = &actionExecutionJSON{
		ID: latest.ActionExecutionID, Status: latest.Status, Summary: latest.Summary,
		LastStatusChange: latest.LastUpdateTime, LastUpdatedBy: latest.UpdatedBy,
		ExternalExecutionID: latest.ExternalExecutionID, ExternalExecutionURL: latest.ExternalExecutionURL,
		ErrorDetails: latest.Error,
	}
	if latest.Revision != nil {
		out.CurrentRevision = &currentRevisionJSON{latest.Revision.ID, latest.Revision.Created}
		out.RevisionURL = latest.Revision.URL
	}
	return out
}
