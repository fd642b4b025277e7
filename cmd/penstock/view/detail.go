package view

import (
	"maps"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/mocks"
)

// Detail says in a few words what an action does or did: which revision, which project, which bucket.
func Detail(a *execution.Action) string {
	switch {
	case mocks.Is(a.ExternalExecutionID):
		return join("mock", "", join(a.Type.Provider, "", a.Summary))
	case a.Type.Category == "Source":
		return sourceDetail(a)
	case a.Type.Category == "Approval":
		return approvalDetail(a)
	case a.Type.Category == "Deploy" && a.Type.Provider == "S3":
		return join(a.ResolvedConfiguration["BucketName"], "s3://", a.Summary)
	case a.Type.Category == "Invoke" && a.Type.Provider == "Lambda" && a.Summary == "":
		return join("Lambda", "", a.ResolvedConfiguration["FunctionName"])
	case a.Type.Provider == "CodeBuild":
		return join(a.ResolvedConfiguration["ProjectName"], "CodeBuild ", a.Summary)
	}
	return join(a.Type.Provider, "", a.Summary)
}

// join puts a summary behind what it is about, unless the summary names that itself.
func join(name, prefix, summary string) string {
	summary = firstLine(summary)
	switch {
	case name == "" || strings.HasPrefix(summary, prefix+name):
		return summary
	case summary == "":
		return prefix + name
	}
	return prefix + name + "  " + summary
}

func sourceDetail(a *execution.Action) string {
	if a.Revision == nil {
		return join(a.Type.Provider, "", a.Summary)
	}
	return Revision(a)
}

// Revision says which revision a source action found, in the words of its own summary: that names branch, commit and
// changes, object or image. Without one it is branch, short commit id and the first line of its message.
func Revision(a *execution.Action) string {
	if a.Revision == nil {
		return ""
	}
	if summary := firstLine(a.Summary); summary != "" {
		return summary
	}
	var parts []string
	for _, branch := range []string{a.OutputVariables["BranchName"], a.ResolvedConfiguration["BranchName"], a.ResolvedConfiguration["Branch"]} {
		if branch != "" {
			parts = append(parts, Clean(branch))
			break
		}
	}
	parts = append(parts, shortRevision(a.Revision.ID))
	if summary := firstLine(a.Revision.Summary); summary != "" {
		parts = append(parts, `"`+summary+`"`)
	}
	return strings.Join(parts, " ")
}

// shortRevision shortens what is a digest as git does, and leaves other revisions whole.
func shortRevision(id string) string {
	if len(id) >= 32 && strings.Trim(id, "0123456789abcdef") == "" {
		return id[:7]
	}
	return Clean(id)
}

func approvalDetail(a *execution.Action) string {
	switch a.Status {
	case execution.ActionInProgress:
		return "waits for an answer"
	case execution.ActionSucceeded:
	default:
		return ""
	}
	text := "approved"
	if a.UpdatedBy != "" {
		text += " by " + Clean(a.UpdatedBy)
	}
	if summary := firstLine(a.Summary); summary != "" {
		text += ": " + summary
	}
	return text
}

// sizeOf is empty where nobody says: a platform tells neither sizes nor digests.
func sizeOf(out execution.Artifact) string {
	if out.SHA256 == "" {
		return ""
	}
	return Bytes(out.Size)
}

// outputsOf lists what an action gave: artifacts with their sizes, and the variables that a build exported.
func outputsOf(a *execution.Action) []string {
	var outputs []string
	for _, out := range a.OutputArtifacts {
		outputs = append(outputs, strings.TrimSpace("-> "+out.Name+" "+sizeOf(out)))
	}
	if a.Type.Category == "Source" || a.Type.Category == "Deploy" || a.Type.Provider == "StepFunctions" {
		return outputs // their variables are the revision, the bucket and ARNs, which the detail shows
	}
	for _, name := range slices.Sorted(maps.Keys(a.OutputVariables)) {
		outputs = append(outputs, name+"="+firstLine(a.OutputVariables[name]))
	}
	return outputs
}
