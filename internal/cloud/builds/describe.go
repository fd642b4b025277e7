package builds

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/artifact"
)

func newestFirst(page []made) []made {
	slices.SortStableFunc(page, func(a, b made) int { return b.start.Compare(a.start) })
	return page
}

func (r *run) describe(ctx context.Context, id string) (codebuild.Description, error) {
	var out describedBuilds
	err := r.builds.call(ctx, "BatchGetBuilds", theseIDs{[]string{id}}, &out)
	switch {
	case err != nil:
		return codebuild.Description{}, r.builds.account.Failed("describe build "+id, err)
	case len(out.Builds) == 0:
		return codebuild.Description{}, &codebuild.NotFoundError{BuildID: id}
	}
	d := r.description(&out.Builds[0])
	if d.Status == codebuild.InProgress {
		return d, nil
	}
	if err = r.count(ctx, &d, out.Builds[0].ReportARNs); err == nil && d.Status == codebuild.Succeeded {
		err = r.artifacts(ctx, &d, &out.Builds[0])
	}
	return d, err
}

// description is what a build says of itself, without its artifacts and reports.
func (r *run) description(build *describedBuild) codebuild.Description {
	d := codebuild.Description{
		ID: build.ID, Project: r.build.Project, Status: build.BuildStatus,
		Start: build.StartTime.Time, End: build.EndTime.Time, URL: cmp.Or(build.Logs.DeepLink, build.Logs.S3DeepLink),
		Phases: phases(build.Phases), ExportedVariables: map[string]string{},
	}
	for _, v := range build.ExportedEnvironmentVariables {
		if v.Value != "" {
			d.ExportedVariables[v.Name] = v.Value
		}
	}
	if d.Status != codebuild.InProgress && d.Status != codebuild.Succeeded {
		d.Failure = buildFailure(d)
	}
	return d
}

// phases keep the first context that says something: that of a phase that succeeded is there and empty.
func phases(all []buildPhase) []codebuild.Phase {
	var out []codebuild.Phase
	for _, one := range all {
		p := codebuild.Phase{Type: one.PhaseType, Status: one.PhaseStatus, Start: one.StartTime.Time, End: one.EndTime.Time}
		for _, c := range one.Contexts {
			if message := strings.TrimSpace(c.Message); message != "" && p.Message == "" {
				p.StatusCode, p.Message = c.StatusCode, message
			}
		}
		out = append(out, p)
	}
	return out
}

// buildEnds say what became of a build whose phases tell nothing.
var buildEnds = map[string]string{
	codebuild.Stopped: "it was stopped", codebuild.TimedOut: "it timed out", codebuild.Fault: "CodeBuild itself failed", codebuild.Failed: "it failed",
}

// buildFailure is that of the first phase that did not succeed.
func buildFailure(d codebuild.Description) *codebuild.BuildFailure {
	f := &codebuild.BuildFailure{Reason: buildEnds[d.Status]}
	for _, p := range d.Phases {
		switch p.Status {
		case codebuild.Failed, codebuild.Fault, codebuild.Stopped, codebuild.TimedOut:
		default:
			continue
		}
		f.Phase = p.Type
		if p.Message == "" {
			return f
		}
		f.Command, f.Reason = failingCommand(p.Message)
		return f
	}
	return f
}

// failingCommand reads what CodeBuild writes of a failed command: "Error while executing command: COMMAND. Reason: exit
// status 1". Any other message is the reason as it is.
func failingCommand(message string) (command, reason string) {
	told, found := strings.CutPrefix(message, "Error while executing command: ")
	at := strings.LastIndex(told, ". Reason: ")
	if !found || at < 0 {
		return "", message
	}
	return told[:at], strings.TrimSuffix(told[at+len(". Reason: "):], ".")
}

// artifacts finds what a build has stored. CodeBuild tells a digest of what it stored, and not which version: so the
// newest one is pinned and read, and must be what CodeBuild says where it says so.
func (r *run) artifacts(ctx context.Context, d *codebuild.Description, build *describedBuild) error {
	d.Artifacts = map[string]artifact.Object{}
	for _, out := range r.build.Outputs {
		stored := build.Artifacts
		for _, secondary := range build.SecondaryArtifacts {
			if secondary.ArtifactIdentifier == identifier(out.Name) {
				stored = secondary
			}
		}
		if err := r.record(ctx, d, out, stored); err != nil {
			return err
		}
	}
	return nil
}

// record puts an artifact that a build stored into its description, as the output says; one that is not there is left out.
func (r *run) record(ctx context.Context, d *codebuild.Description, out codebuild.Output, stored buildArtifacts) error {
	object, err := r.builds.account.Objects(r.builds.options.Artifacts).Measure(ctx, out.Location)
	var missing *artifact.NotFoundError
	switch {
	case errors.As(err, &missing):
		return nil
	case err != nil:
		return err
	}
	if said := stored.SHA256Sum; said != "" && !strings.EqualFold(said, object.SHA256) {
		return action.Fail(action.JobFailed, "output artifact %q at %s has the digest %s, and the build stored one with %s: it was overwritten since",
			out.Name, object.Location, object.SHA256, said)
	}
	d.Artifacts[out.Name] = object
	return nil
}

// storedAt reads where an artifact was put: "arn:aws:s3:::bucket/key", or without the beginning.
func storedAt(location string) artifact.Location {
	if _, after, found := strings.Cut(location, ":::"); found {
		location = after
	}
	bucket, key, _ := strings.Cut(location, "/")
	return artifact.Location{Bucket: bucket, Key: key}
}
