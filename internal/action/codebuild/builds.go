package codebuild

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Builds is the port to what runs builds.
//
// StartBuild starts a build and returns its ID, `project:uuid`, before the build has ended; of a build without a project
// the first part is a name of the port's own. Called again with a token that it knows, it returns the ID of the build of
// that token and starts nothing; the project must be the same.
// DescribeBuild looks at a build once, and StopBuild ends one: b is what StartBuild was asked for, without its log.
// StopBuild asks a build to end; its status becomes STOPPED, unless it ends by
// itself before. Stopping a build that has ended is no error. Both answer a *NotFoundError for an unknown ID: that of a
// build that never was, or one whose end nobody will tell, because what ran it has died. Nothing of such a build goes
// on, so that StartBuild with its token may start it again, under the same ID or another; a port that cannot tell
// whether a build goes on answers another error. Errors of the port name the build.
//
// When a build ends, an event of detail type events.BuildStateChange is published whose build is the one that
// BuildOf returns; from then on DescribeBuild answers its end. All methods may be called concurrently.
type Builds interface {
	StartBuild(ctx context.Context, b Build) (id string, err error)
	DescribeBuild(ctx context.Context, b Build, id string) (Description, error)
	StopBuild(ctx context.Context, b Build, id string) error
}

// NotFoundError is the answer to the ID of a build that is not known, or not any more.
type NotFoundError struct{ BuildID string }

func (e *NotFoundError) Error() string { return fmt.Sprintf("build %s is not known", e.BuildID) }

// Build asks for one build.
type Build struct {
	// IdempotencyToken names the build: one token, one build.
	IdempotencyToken string
	// Project is the CodeBuild project that is built; empty where Buildspec is set.
	Project string
	// Buildspec is run in place of a project's: no project, and nothing that is set for one, has a part in the build.
	// The names of its exported variables are such as a shell can have. The port does not change it.
	Buildspec *buildspec.Buildspec
	// Container are settings of the container that a project has otherwise: those of a Commands action, by their keys
	// ComputeType, VpcId, Subnets and SecurityGroupIds.
	Container map[string]string
	// Batch runs the batch of the project's buildspec, as one build to whoever asks for it: its ID is the batch's, its
	// artifacts, tests and exported variables are those of its builds. A variable to which two builds give different
	// values is none of them. Outputs are named `identifier` for the primary artifact of a build and
	// `identifier_artifact` for its secondary ones; with CombineArtifacts the only output has the primary artifacts of
	// all builds.
	Batch            bool
	CombineArtifacts bool

	PipelineName        string
	PipelineExecutionID string
	// Sources are the input artifacts; the first is the primary one: there the commands begin, and there is the buildspec
	// of a project.
	Sources []Source
	// Environment overrides the project's environment, which overrides the buildspec's.
	Environment []EnvironmentVariable
	// Outputs says where to store which artifact.
	Outputs []Output
	// Started is when the action execution began, and is the same in a repeated call: no earlier build is of its token.
	Started time.Time
	// Deadline ends the build as TIMED_OUT; the zero time is none.
	Deadline time.Time
	// Log takes the build's output line by line until the build has ended; nil discards it.
	Log io.Writer
}

// Source is an input artifact of a build.
type Source struct {
	Name string
	artifact.Object
	// Revision is the source revision, where it is known.
	Revision string
}

// Output is an artifact that a build must produce, and where it goes.
type Output struct {
	Name string
	artifact.Location
}

// EnvironmentVariable is one override of the environment. For PARAMETER_STORE and SECRETS_MANAGER the value is the
// reference.
type EnvironmentVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

// Types of an environment variable.
const (
	Plaintext      = "PLAINTEXT"
	ParameterStore = "PARAMETER_STORE"
	SecretsManager = "SECRETS_MANAGER"
)

// Statuses of a build and of its phases.
const (
	InProgress = "IN_PROGRESS"
	Succeeded  = "SUCCEEDED"
	Failed     = "FAILED"
	Fault      = "FAULT"
	Stopped    = "STOPPED"
	TimedOut   = "TIMED_OUT"
)

// Types of phases: those of a build, and those of a batch.
const (
	PhaseDownloadSource  = "DOWNLOAD_SOURCE"
	PhaseInstall         = "INSTALL"
	PhasePreBuild        = "PRE_BUILD"
	PhaseBuild           = "BUILD"
	PhasePostBuild       = "POST_BUILD"
	PhaseUploadArtifacts = "UPLOAD_ARTIFACTS"
	PhaseCompleted       = "COMPLETED"

	PhaseDownloadBatchspec = "DOWNLOAD_BATCHSPEC"
	PhaseInProgress        = "IN_PROGRESS"
	PhaseCombineArtifacts  = "COMBINE_ARTIFACTS"
)

// Description is a build as it stands.
type Description struct {
	ID      string
	Project string
	Status  string
	Start   time.Time
	// End is zero while the build is in progress.
	End    time.Time
	Phases []Phase
	// ExportedVariables are those of the buildspec's exported-variables that have a value.
	ExportedVariables map[string]string
	// Artifacts has the stored outputs by name.
	Artifacts map[string]artifact.Object
	// Builds is how many builds a batch has; zero in a build, and before the batch is known.
	Builds int
	// Tests counts the test cases of the build's reports; nil where it has none, or where they are not known.
	Tests *Tests
	// Notes are lines for the action's log about what could not be told of a build that has ended.
	Notes []string
	// Failure says what ended a build that did not succeed; nil in one that did, or is in progress.
	Failure *BuildFailure
	// URL is where people look at the build, if there is such a place.
	URL string
}

// Phase is one phase of a build.
type Phase struct {
	Type   string
	Status string
	Start  time.Time
	End    time.Time
	// StatusCode and Message are set where the phase failed, for example COMMAND_EXECUTION_ERROR.
	StatusCode string
	Message    string
}

// Tests counts test cases.
type Tests struct{ Passed, Failed, Skipped int }

// String is `12 passed`, or `10 passed, 1 failed, 1 skipped`.
func (t Tests) String() string {
	parts := []string{fmt.Sprintf("%d passed", t.Passed)}
	if t.Failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", t.Failed))
	}
	if t.Skipped > 0 {
		parts = append(parts, fmt.Sprintf("%d skipped", t.Skipped))
	}
	return strings.Join(parts, ", ")
}

// BuildFailure says which command of which phase ended a build, and how.
type BuildFailure struct {
	// Build is the identifier of the build in its batch; Others counts further builds of the batch that failed.
	Build  string
	Others int
	// Phase is the type of the phase.
	Phase string
	// Command is the text of the command; empty where no command failed. It was the Number-th of Of commands, or of
	// the commands of finally; a port that does not know leaves Number zero.
	Command string
	Number  int
	Of      int
	Finally bool
	// Attempts is how often the phase was run, where on-failure has it run again; zero where it was run once.
	Attempts int
	// Reason is `exit status 1`, or what else went wrong.
	Reason string
	// Log has the last lines that the command wrote.
	Log []string
}

// String is one line: `exit status 1 in BUILD, command 2 of 3: go build ./...`, or, where no command failed,
// `UPLOAD_ARTIFACTS: no matching artifact paths found`; in a batch with the build before it, `build two: ...`.
func (f BuildFailure) String() string {
	text := f.own()
	if f.Build != "" {
		text = "build " + f.Build + ": " + text
	}
	switch {
	case f.Others == 1:
		text += " (and 1 more build failed)"
	case f.Others > 1:
		text += fmt.Sprintf(" (and %d more builds failed)", f.Others)
	}
	return text
}

// own is the failure of one build.
func (f BuildFailure) own() string {
	switch {
	case f.Phase == "":
		return f.Reason
	case f.Command == "":
		return f.Phase + ": " + f.Reason
	}
	text := f.Reason + " in " + f.Phase
	kind := "command"
	if f.Finally {
		kind = "finally command"
	}
	if f.Number > 0 {
		text += fmt.Sprintf(", %s %d of %d", kind, f.Number, f.Of)
	}
	if f.Attempts > 0 {
		text += fmt.Sprintf(", attempt %d", f.Attempts)
	}
	return text + ": " + firstLine(f.Command)
}

// firstLine is the first line of a command, with dots where more follows.
func firstLine(command string) string {
	line, rest, _ := strings.Cut(strings.TrimSpace(command), "\n")
	if strings.TrimSpace(rest) != "" {
		line += " ..."
	}
	return line
}
