// Package action is what every family of action providers shares: the request that a provider gets for one action
// execution, the outcome it answers, and the failure that CodePipeline's users know. The families are the folders
// below; each declares the port it needs and knows no SDK.
package action

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/pipeline"
)

// Provider performs the actions of one action type.
//
// Start is called at least once for an action execution and must have no second effect when called again with the
// same ActionExecutionID. It returns an Outcome that is Pending where the work goes on after the call; its end then
// arrives as an event about Outcome.ExternalExecutionID. An error that is a *Failure fails the action with its code;
// any other fails it as JobFailed, or is retried where it says that it may be.
type Provider interface {
	Start(ctx context.Context, r Request) (Outcome, error)
}

// Describer is a Provider whose work outlasts the call. Describe looks at the work once: Pending where it goes on,
// else its end; a *LostError where the work has ended without an end, so that Start may be called again for the same
// action execution. Abandoned work is ended by Stop; stopping what has ended, or is lost, is no error. The request is that
// of Start, except that its log takes nothing, which Outcome.Notes does: it says whose work it is, and so by which role it is looked at and ended.
type Describer interface {
	Provider
	Describe(ctx context.Context, r Request, externalExecutionID string) (Outcome, error)
	Stop(ctx context.Context, r Request, externalExecutionID string) error
}

// Request is one action execution as its provider sees it.
type Request struct {
	PipelineName        string
	PipelineVersion     int
	PipelineExecutionID string
	Stage               string
	// RoleARN is the role of the registered definition, as which the action's calls are made; empty where there are no roles.
	RoleARN string
	// Action is the declaration in the registered definition; Configuration, Commands and EnvironmentVariables below are
	// its own with every #{} resolved.
	Action               *pipeline.Action
	ActionExecutionID    string
	Configuration        map[string]string
	Commands             []string
	EnvironmentVariables []pipeline.EnvironmentVariable
	Inputs               []Input
	// Outputs has one entry for each declared output artifact, in that order: where to store it.
	Outputs []Output
	// EncryptionKeys are the KMS keys that the definition names for its artifact stores, by bucket.
	EncryptionKeys map[string]string
	// StoreRegions are the Regions of those artifact stores for which the definition names one, by bucket.
	StoreRegions map[string]string
	// Variables are the values of the pipeline's own variables.
	Variables map[string]string
	// Overrides are the source revisions that the start of the execution asked of this action.
	Overrides []Override
	// Started is when the action execution began; a repeated call has the same.
	Started time.Time
	// Deadline is when the action times out.
	Deadline time.Time
	// ApprovalToken answers the approval, where the action is one.
	ApprovalToken string
	// Log takes what a user would want to read of this action, line by line. The caller of Start closes it, unless the
	// outcome is Pending: then the provider does, once nothing more is written.
	Log io.WriteCloser
}

// Override is a source revision that is asked for instead of the newest one. Type is COMMIT_ID, IMAGE_DIGEST,
// S3_OBJECT_VERSION_ID or S3_OBJECT_KEY, as StartPipelineExecution has it.
type Override struct{ Type, Value string }

// Input is an input artifact, already produced.
type Input struct {
	Name string
	artifact.Object
	// Revision is the source revision that the artifact is; empty where no source action made it.
	Revision string
}

// Output is where an output artifact must be stored.
type Output struct {
	Name string
	artifact.Location
}

// Outcome is what came of an action, so far or in the end.
type Outcome struct {
	Pending              bool
	ExternalExecutionID  string
	ExternalExecutionURL string
	// Summary is one line for people: what was done, without the action's name.
	Summary string
	// Artifacts holds the stored output artifacts by name. Of the declared ones none may be missing at success.
	Artifacts map[string]artifact.Object
	Variables map[string]string
	Revision  *Revision
	// Notes are lines for the action's log, of work that a look has found ended.
	Notes []string
}

// Revision is what a source action found.
type Revision struct {
	ID               string    `json:"revisionId"`
	ChangeIdentifier string    `json:"revisionChangeIdentifier,omitempty"`
	Summary          string    `json:"revisionSummary,omitempty"`
	URL              string    `json:"revisionUrl,omitempty"`
	Created          time.Time `json:"created,omitzero"`
}

// Failure is an action that failed, with CodePipeline's failure type as its code: JobFailed, ConfigurationError,
// PermissionError, RevisionOutOfSync, RevisionUnavailable or SystemUnavailable.
type Failure struct {
	Code    string
	Message string
	// ExternalExecutionID and Summary are kept of a failed action as well.
	ExternalExecutionID string
	Summary             string
}

// The failure types of CodePipeline.
const (
	JobFailed           = "JobFailed"
	ConfigurationError  = "ConfigurationError"
	PermissionError     = "PermissionError"
	RevisionOutOfSync   = "RevisionOutOfSync"
	RevisionUnavailable = "RevisionUnavailable"
	SystemUnavailable   = "SystemUnavailable"
)

func (f *Failure) Error() string { return f.Code + ": " + f.Message }

// LostError says that outside work is gone and nothing of it goes on: what did it has died.
type LostError struct{ ExternalExecutionID string }

func (e *LostError) Error() string {
	return fmt.Sprintf("%s is not known any more: what ran it has ended", e.ExternalExecutionID)
}

// Fail makes a *Failure.
func Fail(code, format string, args ...any) *Failure {
	return &Failure{Code: code, Message: fmt.Sprintf(format, args...)}
}
