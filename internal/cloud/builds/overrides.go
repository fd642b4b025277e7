package builds

import (
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
)

// overrides are what a build has of its own, the same in a build and in a batch of them. They follow from the request
// alone: CodeBuild refuses a token that comes again with anything else.
type overrides struct {
	run               *run
	source            codebuild.Source
	secondarySources  []projectSource
	secondaryVersions []projectSourceVersion
	artifacts         *projectArtifacts
	secondary         []projectArtifacts
	environment       []environmentVariable
	buildspec         string
}

func (r *run) overrides() (overrides, error) {
	o := overrides{run: r, source: r.build.Sources[0], environment: r.environment(), secondarySources: []projectSource{}}
	if err := distinct("input artifact", r.build.Sources[1:], func(s codebuild.Source) string { return s.Name }); err != nil {
		return o, err
	}
	for _, s := range r.build.Sources[1:] {
		o.secondarySources = append(o.secondarySources, projectSource{
			Type: inS3, Location: sourceLocation(s.Location), SourceIdentifier: identifier(s.Name),
		})
		if version := sourceVersion(s.Location); version != "" {
			o.secondaryVersions = append(o.secondaryVersions, projectSourceVersion{SourceIdentifier: identifier(s.Name), SourceVersion: version})
		}
	}
	if err := o.store(); err != nil {
		return o, err
	}
	if r.build.Buildspec != nil {
		if err := checkContainer(r.build); err != nil {
			return o, err
		}
		text, err := encodeCommands(r.build.Buildspec)
		o.buildspec = text
		return o, err
	}
	return o, nil
}

// identifier names a source or an artifact to CodeBuild, whose identifiers have letters, digits and `_`; an artifact's
// name may have `-` and `@` as well.
func identifier(name string) string {
	return strings.NewReplacer("-", "_", "@", "_").Replace(name)
}

// distinct refuses artifacts whose names are one for CodeBuild.
func distinct[Named any](kind string, all []Named, name func(Named) string) error {
	seen := map[string]string{}
	for _, one := range all {
		id := identifier(name(one))
		if other, ok := seen[id]; ok {
			return sameIdentifier(kind, other, name(one), id)
		}
		seen[id] = name(one)
	}
	return nil
}

func sourceLocation(at artifact.Location) string { return at.Bucket + "/" + at.Key }

// sourceVersion is "" where the bucket keeps no versions: then the build takes what is there.
func sourceVersion(at artifact.Location) string {
	if !cloud.Versioned(at) {
		return ""
	}
	return at.VersionID
}

// store says where the build puts its output artifacts: the only one is the primary one of the buildspec, several are its
// secondary ones. The artifacts that a buildspec written here declares are secondary ones always.
func (o *overrides) store() error {
	build := o.run.build
	o.secondary = []projectArtifacts{}
	switch {
	case len(build.Outputs) == 0:
		o.artifacts = &projectArtifacts{Type: noArtifacts}
	case build.Batch:
		o.storeBatch()
	case len(build.Outputs) == 1 && build.Buildspec == nil:
		o.artifacts = o.stored(build.Outputs[0].Location, namespaceNone)
	default:
		o.artifacts = &projectArtifacts{Type: noArtifacts}
		for _, out := range build.Outputs {
			to := o.stored(out.Location, namespaceNone)
			to.ArtifactIdentifier = identifier(out.Name)
			o.secondary = append(o.secondary, *to)
		}
		return distinct("output artifact", build.Outputs, func(out codebuild.Output) string { return out.Name })
	}
	return nil
}

// storeBatch says where the builds of a batch put their artifacts: all of them are given one place, below the key of the first
// output, and put the ID of each build into its middle.
func (o *overrides) storeBatch() {
	at := o.run.build.Outputs[0].Location
	at.Key += "/artifact"
	o.artifacts = o.stored(at, namespaceBuildID)
	for _, secondary := range secondaryOfBatch(o.run.build.Outputs) {
		below := at
		below.Key += "_" + secondary
		to := o.stored(below, namespaceBuildID)
		to.ArtifactIdentifier = secondary
		o.secondary = append(o.secondary, *to)
	}
}

// secondaryOfBatch are the identifiers of the secondary artifacts that outputs of a batch are named for: BUILD_ARTIFACT, where
// BUILD alone, the primary artifact of that build, is an output too (CodeBuild User Guide, CodePipeline samples, batch build with
// individual artifacts). Both may have a "_" of their own, and which builds there are is in a buildspec that nobody has read
// yet: without its primary artifact a name is taken for that of a build. A guess would not do, because a build fails by an
// artifact that its buildspec does not define.
func secondaryOfBatch(outputs []codebuild.Output) []string {
	var all []string
	for _, out := range outputs {
		longest, secondary := 0, ""
		for _, primary := range outputs {
			if rest, is := strings.CutPrefix(out.Name, primary.Name+"_"); is && len(primary.Name) > longest {
				longest, secondary = len(primary.Name), identifier(rest)
			}
		}
		if secondary != "" && !slices.Contains(all, secondary) {
			all = append(all, secondary)
		}
	}
	return all
}

// stored is an artifact in S3 under exactly that key: a name of the buildspec must not move it.
func (o *overrides) stored(at artifact.Location, space string) *projectArtifacts {
	folder, name := "", at.Key
	if cut := strings.LastIndexByte(at.Key, '/'); cut >= 0 {
		folder, name = at.Key[:cut], at.Key[cut+1:]
	}
	return &projectArtifacts{
		Type: inS3, Location: at.Bucket, Path: folder, Name: name,
		NamespaceType: space, Packaging: "ZIP", OverrideArtifactName: new(false),
	}
}

// environment are the variables of the action, and those that say which action this is. CodePipeline has CodeBuild set
// CODEBUILD_INITIATOR and CODEBUILD_RESOLVED_SOURCE_VERSION, which nobody else can: their values stand beside them.
func (r *run) environment() []environmentVariable {
	var all []environmentVariable
	for _, v := range r.build.Environment {
		all = append(all, environmentVariable(v))
	}
	for _, own := range []struct{ name, value string }{
		{buildMark, r.build.IdempotencyToken},
		{"PENSTOCK_INITIATOR", "codepipeline/" + r.build.PipelineName},
		{"PENSTOCK_PIPELINE_EXECUTION", r.build.PipelineExecutionID},
		{"PENSTOCK_SOURCE_VERSION", r.build.Sources[0].Revision},
	} {
		all = slices.DeleteFunc(all, func(v environmentVariable) bool { return v.Name == own.name })
		if own.value != "" {
			all = append(all, environmentVariable{Name: own.name, Value: own.value, Type: codebuild.Plaintext})
		}
	}
	return all
}

// commandsTimeout is how long a Commands action may take, in minutes (Commands action reference).
const commandsTimeout = 55

// input is what is asked of CodeBuild.
func (o overrides) input() startBuild {
	build, options := o.run.build, o.run.builds.options
	in := startBuild{
		ProjectName: o.run.project, IdempotencyToken: build.IdempotencyToken,
		SourceType: inS3, SourceLocation: sourceLocation(o.source.Location), SourceVersion: sourceVersion(o.source.Location),
		SecondarySources: o.secondarySources, SecondarySourcesVersions: o.secondaryVersions,
		Artifacts: o.artifacts, SecondaryArtifacts: o.secondary,
		EncryptionKey: options.Artifacts.KMSKeyID, EnvironmentVariables: o.environment,
	}
	switch {
	case build.Batch && build.CombineArtifacts:
		// Else the project's own decides: an override without the role of the batch would take that away.
		in.BuildBatchConfig = &batchConfig{CombineArtifacts: true}
	case build.Buildspec != nil:
		in.Buildspec, in.TimeoutInMinutes = o.buildspec, commandsTimeout
		in.ServiceRole, in.ComputeType = options.ServiceRole, build.Container["ComputeType"]
	}
	return in
}
