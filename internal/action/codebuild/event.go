package codebuild

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/events"
)

// EventSource is the source of CodeBuild's own events.
const EventSource = "aws.codebuild"

// StateChange is the detail of a "CodeBuild Build State Change" event, as the "Build notifications input format
// reference" of the CodeBuild User Guide has it; only the parts that are read or written here.
type StateChange struct {
	BuildStatus           string                `json:"build-status"`
	ProjectName           string                `json:"project-name"`
	BuildID               string                `json:"build-id"`
	CurrentPhase          string                `json:"current-phase"`
	CurrentPhaseContext   string                `json:"current-phase-context"`
	Version               string                `json:"version"`
	AdditionalInformation AdditionalInformation `json:"additional-information"`
}

// AdditionalInformation is the part of a StateChange that tells about the build.
type AdditionalInformation struct {
	BuildComplete     bool                  `json:"build-complete"`
	BuildStartTime    string                `json:"build-start-time"`
	Initiator         string                `json:"initiator,omitempty"`
	Phases            []PhaseChange         `json:"phases"`
	ExportedVariables []EnvironmentVariable `json:"exported-environment-variables,omitempty"`
}

// PhaseChange is one phase in a StateChange.
type PhaseChange struct {
	Type     string   `json:"phase-type"`
	Status   string   `json:"phase-status,omitempty"`
	Start    string   `json:"start-time"`
	End      string   `json:"end-time,omitempty"`
	Duration *int     `json:"duration-in-seconds,omitempty"`
	Context  []string `json:"phase-context"`
}

// eventTime is how CodeBuild writes times in the details of its events.
const eventTime = "Jan 2, 2006 3:04:05 PM"

// NewStateChange makes the detail of the event about a build as it is described. arn is the ARN of the build.
func NewStateChange(d Description, arn, initiator string) StateChange {
	change := StateChange{
		BuildStatus: d.Status, ProjectName: d.Project, BuildID: arn,
		CurrentPhase: PhaseCompleted, CurrentPhaseContext: "[]", Version: "1",
		AdditionalInformation: AdditionalInformation{
			BuildComplete: d.Status != InProgress, BuildStartTime: d.Start.UTC().Format(eventTime), Initiator: initiator,
			Phases: make([]PhaseChange, 0, len(d.Phases)),
		},
	}
	for _, p := range d.Phases {
		change.AdditionalInformation.Phases = append(change.AdditionalInformation.Phases, phaseChange(p))
	}
	for _, name := range slices.Sorted(maps.Keys(d.ExportedVariables)) {
		change.AdditionalInformation.ExportedVariables = append(change.AdditionalInformation.ExportedVariables,
			EnvironmentVariable{Name: name, Value: d.ExportedVariables[name], Type: Plaintext})
	}
	return change
}

func phaseChange(p Phase) PhaseChange {
	change := PhaseChange{Type: p.Type, Status: p.Status, Start: p.Start.UTC().Format(eventTime), Context: []string{}}
	if !p.End.IsZero() {
		seconds := int(p.End.Sub(p.Start) / time.Second)
		change.End, change.Duration = p.End.UTC().Format(eventTime), &seconds
	}
	if p.Message != "" {
		change.Context = []string{p.StatusCode + ": " + p.Message}
	}
	return change
}

// BuildOf returns the ID of the build or batch of builds that a "CodeBuild Build State Change" or a "CodeBuild Build Batch
// State Change" event is about: `project:uuid`, the external execution ID of the action that waits for it. The event only
// wakes; what became of the build is for Describe to say.
func BuildOf(e events.Envelope) (string, error) {
	if e.DetailType != events.BuildStateChange && e.DetailType != events.BuildBatchStateChange {
		return "", fmt.Errorf("event %s: detail type %q is neither %q nor %q", e.ID, e.DetailType, events.BuildStateChange, events.BuildBatchStateChange)
	}
	var detail StateChange
	if err := json.Unmarshal(e.Detail, &detail); err != nil {
		return "", fmt.Errorf("event %s: decode detail: %w", e.ID, err)
	}
	id := detail.BuildID
	for _, kind := range []string{":build/", ":build-batch/"} {
		if _, resource, ok := strings.Cut(id, kind); ok {
			id = resource
		}
	}
	if !strings.Contains(id, ":") {
		return "", fmt.Errorf("event %s: build-id %q is not the ARN of a build", e.ID, detail.BuildID)
	}
	return id, nil
}
