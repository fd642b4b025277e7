package api

import "context"

// operation is one operation of the service: what its input must be, and what it does. One that Penstock does not have yet
// does nothing.
type operation struct {
	input shape
	do    func(c *call, ctx context.Context, input []byte) (any, error)
}

// operations are all of API version 2015-07-09.
var operations = map[string]operation{
	"GetJobDetails": {structure(required("jobId", uuid)), does((*call).getJobDetails)},
	"PutJobFailureResult": {structure(required("jobId", uuid), required("failureDetails", structure(
		required("type", oneOf("JobFailed", "ConfigurationError", "PermissionError", "RevisionOutOfSync", "RevisionUnavailable", "SystemUnavailable")),
		required("message", text(1, 5000, "")), optional("externalExecutionId", text(1, 1500, ""))))), does((*call).putJobFailureResult)},
	"PutJobSuccessResult": {structure(required("jobId", uuid), optional("currentRevision", jobRevision),
		optional("continuationToken", text(1, 2048, "")), optional("executionDetails", executionDetails),
		optional("outputVariables", textMap(`[A-Za-z0-9@\-_]+`))), does((*call).putJobSuccessResult)},
	"GetPipeline": {structure(required("name", pipelineName), optional("version", integer(unbounded))), does((*call).getPipeline)},
	"GetPipelineExecution": {
		structure(required("pipelineName", pipelineName), required("pipelineExecutionId", executionID)),
		does((*call).getPipelineExecution),
	},
	"GetPipelineState": {structure(required("name", pipelineName)), does((*call).getPipelineState)},
	"ListActionExecutions": {structure(required("pipelineName", pipelineName), optional("filter", actionExecutionFilter),
		optional("maxResults", integer(100)), optional("nextToken", nextToken)), does((*call).listActionExecutions)},
	"ListPipelineExecutions": {structure(required("pipelineName", pipelineName), optional("maxResults", integer(100)),
		optional("filter", structure(optional("succeededInStage", structure(optional("stageName", stageName))))),
		optional("nextToken", nextToken)), does((*call).listPipelineExecutions)},
	"ListPipelines": {structure(optional("nextToken", nextToken), optional("maxResults", integer(1000))), does((*call).listPipelines)},
	"PutApprovalResult": {structure(required("pipelineName", pipelineName), required("stageName", stageName),
		required("actionName", actionName), required("result", approvalResult), required("token", uuid)), does((*call).putApprovalResult)},
	"StartPipelineExecution": {structure(required("name", pipelineName), optional("variables", list(pipelineVariable, 1, 50)),
		optional("clientRequestToken", text(1, 128, `[a-zA-Z0-9-]+`)),
		optional("sourceRevisions", list(sourceRevisionOverride, 0, 50))), does((*call).startPipelineExecution)},
	"StopPipelineExecution": {structure(required("pipelineName", pipelineName), required("pipelineExecutionId", executionID),
		optional("abandon", boolean()), optional("reason", text(0, 200, ""))), does((*call).stopPipelineExecution)},

	"AcknowledgeJob": {}, "AcknowledgeThirdPartyJob": {}, "CreateCustomActionType": {}, "CreatePipeline": {},
	"DeleteCustomActionType": {}, "DeletePipeline": {}, "DeleteWebhook": {}, "DeregisterWebhookWithThirdParty": {},
	"DisableStageTransition": {}, "EnableStageTransition": {}, "GetActionType": {},
	"GetThirdPartyJobDetails": {}, "ListActionTypes": {}, "ListDeployActionExecutionTargets": {}, "ListRuleExecutions": {},
	"ListRuleTypes": {}, "ListTagsForResource": {}, "ListWebhooks": {}, "OverrideStageCondition": {}, "PollForJobs": {},
	"PollForThirdPartyJobs": {}, "PutActionRevision": {},
	"PutThirdPartyJobFailureResult": {}, "PutThirdPartyJobSuccessResult": {}, "PutWebhook": {},
	"RegisterWebhookWithThirdParty": {}, "RetryStageExecution": {}, "RollbackStage": {}, "TagResource": {},
	"UntagResource": {}, "UpdateActionType": {}, "UpdatePipeline": {},
}

// Names and identities of the model.
var (
	pipelineName = text(1, 100, `[A-Za-z0-9.@\-_]+`)
	stageName    = text(1, 100, `[A-Za-z0-9.@\-_]+`)
	actionName   = text(1, 100, `[A-Za-z0-9.@\-_]+`)
	uuid         = text(0, unbounded, `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	executionID  = uuid
	nextToken    = text(1, 2048, "")

	actionExecutionFilter = structure(optional("pipelineExecutionId", executionID), optional("latestInPipelineExecution",
		structure(required("pipelineExecutionId", executionID), required("startTimeRange", oneOf("Latest", "All")))))
	approvalResult   = structure(required("summary", text(0, 512, "")), required("status", oneOf("Approved", "Rejected")))
	pipelineVariable = structure(required("name", text(1, 128, `[A-Za-z0-9@\-_]+`)), required("value", text(1, 1000, `.*`)))

	jobRevision = structure(required("revision", text(1, 1500, "")), required("changeIdentifier", text(1, 100, "")),
		optional("created", number()), optional("revisionSummary", text(1, 2048, "")))
	executionDetails = structure(optional("summary", text(1, 2048, "")), optional("externalExecutionId", text(1, 1500, "")),
		optional("percentComplete", shape{kind: integerKind, max: 100}))

	sourceRevisionOverride = structure(required("actionName", actionName), required("revisionValue", text(1, 1500, "")),
		required("revisionType", oneOf("COMMIT_ID", "IMAGE_DIGEST", "S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY")))
)
