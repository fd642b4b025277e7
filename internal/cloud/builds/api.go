package builds

import "github.com/penstock-ci/penstock/internal/cloud/wire"

// CodeBuild, and what is called of it (API reference, version 2016-10-06). Only what is used is here.

var codeBuild = wire.Service{ID: "CodeBuild", Prefix: "codebuild", Protocol: wire.JSON11, Model: "CodeBuild_20161006"}

// startBuild starts a build or a batch of builds. Of a batch there is BuildBatchConfig, of a build what is said of commands.
type startBuild struct {
	ProjectName      string `json:"projectName"`
	IdempotencyToken string `json:"idempotencyToken"`

	SourceType               string                 `json:"sourceTypeOverride"`
	SourceLocation           string                 `json:"sourceLocationOverride,omitempty"`
	SourceVersion            string                 `json:"sourceVersion,omitempty"`
	SecondarySources         []projectSource        `json:"secondarySourcesOverride,omitzero"` // without any, none in place of the project's
	SecondarySourcesVersions []projectSourceVersion `json:"secondarySourcesVersionOverride,omitempty"`
	Artifacts                *projectArtifacts      `json:"artifactsOverride"`
	SecondaryArtifacts       []projectArtifacts     `json:"secondaryArtifactsOverride,omitzero"` // as secondary sources
	EncryptionKey            string                 `json:"encryptionKeyOverride,omitempty"`
	EnvironmentVariables     []environmentVariable  `json:"environmentVariablesOverride"`

	Buildspec        string       `json:"buildspecOverride,omitempty"`
	ServiceRole      string       `json:"serviceRoleOverride,omitempty"`
	ComputeType      string       `json:"computeTypeOverride,omitempty"`
	TimeoutInMinutes int          `json:"timeoutInMinutesOverride,omitempty"`
	BuildBatchConfig *batchConfig `json:"buildBatchConfigOverride,omitempty"`
}

type (
	projectSource struct {
		Type             string `json:"type"`
		Location         string `json:"location"`
		SourceIdentifier string `json:"sourceIdentifier"`
	}
	projectSourceVersion struct {
		SourceIdentifier string `json:"sourceIdentifier"`
		SourceVersion    string `json:"sourceVersion"`
	}
	// projectArtifacts is noArtifacts, or an artifact in S3.
	projectArtifacts struct {
		Type                 string `json:"type"`
		ArtifactIdentifier   string `json:"artifactIdentifier,omitempty"`
		Location             string `json:"location,omitempty"`
		Path                 string `json:"path,omitempty"`
		Name                 string `json:"name,omitempty"`
		NamespaceType        string `json:"namespaceType,omitempty"`
		Packaging            string `json:"packaging,omitempty"`
		OverrideArtifactName *bool  `json:"overrideArtifactName,omitempty"`
	}
	environmentVariable struct {
		Name  string `json:"name"`
		Value string `json:"value"`
		Type  string `json:"type"`
	}
	batchConfig struct {
		CombineArtifacts bool `json:"combineArtifacts"`
	}
)

// Words of sources and artifacts.
const (
	inS3        = "S3"
	noSource    = "NO_SOURCE"
	noArtifacts = "NO_ARTIFACTS"

	namespaceNone    = "NONE"
	namespaceBuildID = "BUILD_ID"
)

// Which builds, and how they are listed.
type (
	oneID struct {
		ID string `json:"id"`
	}
	theseIDs struct {
		IDs []string `json:"ids"`
	}
	listForProject struct {
		ProjectName string `json:"projectName"`
		SortOrder   string `json:"sortOrder"`
		NextToken   string `json:"nextToken,omitempty"`
	}
	listed struct {
		IDs       []string `json:"ids"`
		NextToken string   `json:"nextToken"`
	}
)

const latestFirst = "DESCENDING"

// started is what a start answers: of a batch BuildBatch, of a build Build.
type started struct {
	Build      oneID `json:"build"`
	BuildBatch oneID `json:"buildBatch"`
}

type (
	// described is what a build and a batch say both.
	described struct {
		ID          string             `json:"id"`
		StartTime   wire.Time          `json:"startTime"`
		EndTime     wire.Time          `json:"endTime"`
		Phases      []buildPhase       `json:"phases"`
		Environment projectEnvironment `json:"environment"`
		Artifacts   buildArtifacts     `json:"artifacts"`
	}
	describedBuilds struct {
		Builds []describedBuild `json:"builds"`
	}
	describedBuild struct {
		described
		BuildStatus                  string                `json:"buildStatus"`
		ExportedEnvironmentVariables []environmentVariable `json:"exportedEnvironmentVariables"`
		SecondaryArtifacts           []buildArtifacts      `json:"secondaryArtifacts"`
		Logs                         logsLocation          `json:"logs"`
		ReportARNs                   []string              `json:"reportArns"`
	}
	describedBatches struct {
		BuildBatches []describedBatch `json:"buildBatches"`
	}
	describedBatch struct {
		described
		BuildBatchStatus string       `json:"buildBatchStatus"`
		BuildGroups      []buildGroup `json:"buildGroups"`
	}
	buildGroup struct {
		Identifier          string `json:"identifier"`
		IgnoreFailure       bool   `json:"ignoreFailure"`
		CurrentBuildSummary struct {
			ARN string `json:"arn"`
		} `json:"currentBuildSummary"`
	}
	// buildPhase is one of a build or of a batch.
	buildPhase struct {
		PhaseType   string         `json:"phaseType"`
		PhaseStatus string         `json:"phaseStatus"`
		StartTime   wire.Time      `json:"startTime"`
		EndTime     wire.Time      `json:"endTime"`
		Contexts    []phaseContext `json:"contexts"`
	}
	phaseContext struct {
		StatusCode string `json:"statusCode"`
		Message    string `json:"message"`
	}
	projectEnvironment struct {
		EnvironmentVariables []environmentVariable `json:"environmentVariables"`
	}
	// buildArtifacts is empty of a build that stores none.
	buildArtifacts struct {
		ArtifactIdentifier string `json:"artifactIdentifier"`
		Location           string `json:"location"`
		SHA256Sum          string `json:"sha256sum"`
	}
	logsLocation struct {
		DeepLink   string `json:"deepLink"`
		S3DeepLink string `json:"s3DeepLink"`
	}
)

type (
	theseReports struct {
		ReportARNs []string `json:"reportArns"`
	}
	describedReports struct {
		Reports         []describedReport `json:"reports"`
		ReportsNotFound []string          `json:"reportsNotFound"`
	}
	describedReport struct {
		ARN         string      `json:"arn"`
		Type        string      `json:"type"`
		Status      string      `json:"status"`
		TestSummary testSummary `json:"testSummary"`
	}
	testSummary struct {
		Total        int            `json:"total"`
		StatusCounts map[string]int `json:"statusCounts"`
	}
)

// Words of reports.
const (
	reportOfTests    = "TEST"
	reportGenerating = "GENERATING"
	reportIncomplete = "INCOMPLETE"
)
