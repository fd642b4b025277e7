package builds

import (
	"context"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// describeBatch answers a batch as one build. What its builds gave is asked for when it has ended.
func (r *run) describeBatch(ctx context.Context, id string) (codebuild.Description, error) {
	doing := "describe batch of builds " + id
	var out describedBatches
	err := r.builds.call(ctx, "BatchGetBuildBatches", theseIDs{[]string{id}}, &out)
	switch {
	case err != nil:
		return codebuild.Description{}, r.builds.account.Failed(doing, err)
	case len(out.BuildBatches) == 0:
		return codebuild.Description{}, &codebuild.NotFoundError{BuildID: id}
	}
	b := &out.BuildBatches[0]
	d := codebuild.Description{
		ID: b.ID, Project: r.build.Project, Status: b.BuildBatchStatus, Builds: len(b.BuildGroups),
		Start: b.StartTime.Time, End: b.EndTime.Time, Phases: phases(b.Phases),
		ExportedVariables: map[string]string{}, Artifacts: map[string]artifact.Object{},
	}
	if d.Status == codebuild.InProgress {
		return d, nil
	}
	members, err := r.members(ctx, b.BuildGroups)
	if err != nil {
		return codebuild.Description{}, r.builds.account.Failed(doing, err)
	}
	if err := r.count(ctx, &d, reports(members)); err != nil {
		return codebuild.Description{}, err
	}
	if d.Status != codebuild.Succeeded {
		d.Failure = r.batchFailure(d, members)
		return d, nil
	}
	d.ExportedVariables = r.agreed(members)
	err = r.batchArtifacts(ctx, &d, b, members)
	return d, err
}

// member is a build of a batch.
type member struct {
	identifier string
	// ignored is one whose failure does not fail the batch.
	ignored bool
	build   *describedBuild
}

// mostBuilds is how many builds BatchGetBuilds answers at once.
const mostBuilds = 100

// members are the builds of the groups, each in its last attempt; one that never began is left out.
func (r *run) members(ctx context.Context, groups []buildGroup) ([]member, error) {
	var all []member
	var ids []string
	for _, g := range groups {
		if _, id, ok := strings.Cut(g.CurrentBuildSummary.ARN, ":build/"); ok {
			all, ids = append(all, member{identifier: g.Identifier, ignored: g.IgnoreFailure}), append(ids, id)
		}
	}
	builds := map[string]*describedBuild{}
	for some := range slices.Chunk(ids, mostBuilds) {
		var out describedBuilds
		if err := r.builds.call(ctx, "BatchGetBuilds", theseIDs{some}, &out); err != nil {
			return nil, err
		}
		for i := range out.Builds {
			builds[out.Builds[i].ID] = &out.Builds[i]
		}
	}
	for i, id := range ids {
		all[i].build = builds[id]
	}
	return slices.DeleteFunc(all, func(m member) bool { return m.build == nil }), nil
}

// reports are those of each build: a batch merges them into further ones.
func reports(members []member) []string {
	var all []string
	for _, m := range members {
		all = append(all, m.build.ReportARNs...)
	}
	return all
}

// agreed are the exported variables to which no two builds give different values.
func (r *run) agreed(members []member) map[string]string {
	agreed, differing := map[string]string{}, map[string]bool{}
	for _, m := range members {
		for name, value := range r.description(m.build).ExportedVariables {
			if before, there := agreed[name]; there && before != value {
				differing[name] = true
			}
			agreed[name] = value
		}
	}
	for name := range differing {
		delete(agreed, name)
	}
	return agreed
}

// batchFailure is that of the first build that failed, or of the batch itself.
func (r *run) batchFailure(d codebuild.Description, members []member) *codebuild.BuildFailure {
	var first *codebuild.BuildFailure
	for _, m := range members {
		failure := r.description(m.build).Failure
		switch {
		case failure == nil || m.ignored:
		case first == nil:
			first = failure
			first.Build = m.identifier
		default:
			first.Others++
		}
	}
	if first == nil {
		first = buildFailure(d)
	}
	return first
}

// batchArtifacts records what the builds stored, or what was made of it all.
func (r *run) batchArtifacts(ctx context.Context, d *codebuild.Description, b *describedBatch, members []member) error {
	stored := map[string]buildArtifacts{}
	if r.build.CombineArtifacts && len(r.build.Outputs) == 1 {
		stored[r.build.Outputs[0].Name] = b.Artifacts
	} else {
		for _, m := range members {
			stored[m.identifier] = m.build.Artifacts
			for _, secondary := range m.build.SecondaryArtifacts {
				stored[m.identifier+"_"+secondary.ArtifactIdentifier] = secondary
			}
		}
	}
	for _, out := range r.build.Outputs {
		artifacts := stored[out.Name]
		if artifacts.Location == "" {
			if build := secondaryOf(out.Name, members); build != "" && !r.isOutput(build) {
				return withoutPrimary(out.Name, build)
			}
			continue
		}
		out.Location = storedAt(artifacts.Location)
		if err := r.record(ctx, d, out, artifacts); err != nil {
			return err
		}
	}
	return nil
}

// secondaryOf is the build that an output is named after with more behind it; of several the one with the longest identifier.
func secondaryOf(output string, members []member) (build string) {
	for _, m := range members {
		if strings.HasPrefix(output, m.identifier+"_") && len(m.identifier) > len(build) {
			build = m.identifier
		}
	}
	return build
}

func (r *run) isOutput(name string) bool {
	return slices.ContainsFunc(r.build.Outputs, func(out codebuild.Output) bool { return out.Name == name })
}
