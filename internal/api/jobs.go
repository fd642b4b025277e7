package api

import (
	"context"
	"time"

	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/execution"
)

type putJobSuccessResultInput struct {
	JobID           string `json:"jobId"`
	CurrentRevision *struct {
		Revision string  `json:"revision"`
		Created  float64 `json:"created"`
		Summary  string  `json:"revisionSummary"`
	} `json:"currentRevision"`
	ContinuationToken string            `json:"continuationToken"`
	OutputVariables   map[string]string `json:"outputVariables"`
	ExecutionDetails  struct {
		Summary             string `json:"summary"`
		ExternalExecutionID string `json:"externalExecutionId"`
	} `json:"executionDetails"`
}

type nothing struct{}

// putJobSuccessResult takes the result of a job that succeeded, or goes on. It is done even where the caller goes away.
func (c *call) putJobSuccessResult(ctx context.Context, in putJobSuccessResultInput) (nothing, error) {
	if in.ContinuationToken != "" && len(in.OutputVariables) > 0 {
		return nothing{}, variablesTooEarly()
	}
	result := execution.JobResult{
		ContinuationToken: in.ContinuationToken, Variables: in.OutputVariables,
		Summary: in.ExecutionDetails.Summary, ExternalExecutionID: in.ExecutionDetails.ExternalExecutionID,
	}
	if v := in.CurrentRevision; v != nil {
		result.Revision = &execution.Revision{ID: v.Revision, Summary: v.Summary}
		if v.Created > 0 {
			result.Revision.Created = time.UnixMilli(int64(v.Created * 1000)).UTC()
		}
	}
	return nothing{}, c.putJobResult(ctx, in.JobID, result)
}

type putJobFailureResultInput struct {
	JobID          string `json:"jobId"`
	FailureDetails struct {
		Type                string `json:"type"`
		Message             string `json:"message"`
		ExternalExecutionID string `json:"externalExecutionId"`
	} `json:"failureDetails"`
}

// putJobFailureResult takes the result of a job that failed. It is done even where the caller goes away.
func (c *call) putJobFailureResult(ctx context.Context, in putJobFailureResultInput) (nothing, error) {
	return nothing{}, c.putJobResult(ctx, in.JobID, execution.JobResult{
		Failure:             &execution.ErrorDetails{Code: in.FailureDetails.Type, Message: in.FailureDetails.Message},
		ExternalExecutionID: in.FailureDetails.ExternalExecutionID,
	})
}

func (c *call) putJobResult(ctx context.Context, jobID string, result execution.JobResult) error {
	if c.Jobs == nil {
		return noJobs()
	}
	return c.Jobs.PutJobResult(context.WithoutCancel(ctx), jobID, result)
}

type getJobDetailsInput struct {
	JobID string `json:"jobId"`
}

type getJobDetailsOutput struct {
	JobDetails jobDetails `json:"jobDetails"`
}

type jobDetails struct {
	ID        string  `json:"id"`
	AccountID string  `json:"accountId"`
	Data      jobData `json:"data"`
}

type jobData struct {
	ActionTypeID    execution.ActionTypeID `json:"actionTypeId"`
	PipelineContext pipelineContext        `json:"pipelineContext"`
	lambda.EventData
	// ArtifactCredentials hides those of the event, which say also when they end: the model does not know that.
	ArtifactCredentials sessionCredentials `json:"artifactCredentials"`
}

type sessionCredentials struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
}

type pipelineContext struct {
	PipelineName        string        `json:"pipelineName"`
	Stage               contextStage  `json:"stage"`
	Action              contextAction `json:"action"`
	PipelineARN         string        `json:"pipelineArn"`
	PipelineExecutionID string        `json:"pipelineExecutionId"`
}

type contextStage struct {
	Name string `json:"name"`
}

type contextAction struct {
	Name              string `json:"name"`
	ActionExecutionID string `json:"actionExecutionId"`
}

// getJobDetails tells what a job is about. Whoever knows its id is told: its function was, too.
func (c *call) getJobDetails(ctx context.Context, in getJobDetailsInput) (getJobDetailsOutput, error) {
	if c.Jobs == nil {
		return getJobDetailsOutput{}, noJobs()
	}
	a, job, err := c.Jobs.JobDetails(ctx, in.JobID)
	if err != nil {
		return getJobDetailsOutput{}, err
	}
	e, err := c.Records.Execution(ctx, a.PipelineExecutionID)
	if err != nil {
		return getJobDetailsOutput{}, err
	}
	credentials := job.Data.ArtifactCredentials
	return getJobDetailsOutput{jobDetails{ID: job.ID, AccountID: job.AccountID, Data: jobData{
		ActionTypeID: a.Type, EventData: job.Data,
		PipelineContext: pipelineContext{
			PipelineName: e.PipelineName, Stage: contextStage{a.StageName}, Action: contextAction{a.ActionName, a.ActionExecutionID},
			PipelineARN: c.Origin.PipelineARN(e.PipelineName), PipelineExecutionID: a.PipelineExecutionID,
		},
		ArtifactCredentials: sessionCredentials{credentials.AccessKeyID, credentials.SecretAccessKey, credentials.SessionToken},
	}}}, nil
}
