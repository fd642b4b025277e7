package task

import (
	"crypto/sha256"
	"encoding/base32"
	"io"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// request is what a provider gets of an action execution.
func (h *Handlers) request(w work, log io.WriteCloser) action.Request {
	r := action.Request{
		PipelineName: w.execution.PipelineName, PipelineVersion: w.execution.PipelineVersion,
		PipelineExecutionID: w.execution.PipelineExecutionID, Stage: w.record.StageName, Action: w.declaration,
		RoleARN:           h.definitions.roleARN(w.execution),
		ActionExecutionID: w.record.ActionExecutionID, Configuration: w.record.ResolvedConfiguration,
		Variables: w.execution.Variables, Started: w.record.StartTime, Deadline: w.record.Deadline, ApprovalToken: w.record.ApprovalToken, Log: log,
	}
	r.EncryptionKeys, r.StoreRegions = encryptionKeys(w.pipeline), storeRegions(w.pipeline)
	r.Commands, r.EnvironmentVariables = w.record.ResolvedCommands, environment(w)
	for _, o := range w.execution.SourceRevisions {
		if o.ActionName == r.Action.Name.Value && r.Action.ActionTypeID.Category.Value == "Source" {
			r.Overrides = append(r.Overrides, action.Override{Type: o.RevisionType, Value: o.RevisionValue})
		}
	}
	for _, in := range w.record.InputArtifacts {
		r.Inputs = append(r.Inputs, action.Input{Name: in.Name, Object: artifact.Object{
			Location: artifact.Location{Bucket: in.Bucket, Key: in.Key, VersionID: in.VersionID}, SHA256: in.SHA256, Size: in.Size,
		}, Revision: in.Revision})
	}
	bucket, prefix := h.store(w)
	for _, out := range w.declaration.OutputArtifacts {
		r.Outputs = append(r.Outputs, action.Output{Name: out.Name.Value, Location: artifact.Location{
			Bucket: bucket, Key: artifactKey(prefix, out.Name.Value, w.record.ActionExecutionID),
		}})
	}
	return r
}

// environment are the declared environment variables, with the values that were resolved.
func environment(w work) []pipeline.EnvironmentVariable {
	out := slices.Clone(w.declaration.EnvironmentVariables)
	for _, resolved := range w.record.ResolvedEnvironment {
		for i := range out {
			if out[i].Name.Value == resolved.Name {
				out[i].Value.Value = resolved.Value
			}
		}
	}
	return out
}

// encryptionKeys are those of the definition's own artifact stores, by bucket.
func encryptionKeys(p *pipeline.Pipeline) map[string]string {
	keys := map[string]string{}
	for _, s := range ownStores(p) {
		if s.EncryptionKey != nil && s.EncryptionKey.ID.Value != "" {
			keys[s.Location.Value] = s.EncryptionKey.ID.Value
		}
	}
	return keys
}

// storeRegions are the Regions of those stores, by bucket.
func storeRegions(p *pipeline.Pipeline) map[string]string {
	regions := map[string]string{}
	for _, s := range ownStores(p) {
		if s.Region.Value != "" {
			regions[s.Location.Value] = s.Region.Value
		}
	}
	return regions
}

func ownStores(p *pipeline.Pipeline) []pipeline.ArtifactStore {
	if p.ArtifactStore == nil {
		return p.ArtifactStores
	}
	return append(slices.Clone(p.ArtifactStores), *p.ArtifactStore)
}

// store is the bucket of the definition's own artifact store for the action's Region, or the platform's, and what the keys of
// the pipeline's artifacts begin with there.
func (h *Handlers) store(w work) (bucket, prefix string) {
	p, name := w.pipeline, w.execution.PipelineName
	if p.ArtifactStore != nil && p.ArtifactStore.Location.Value != "" {
		return p.ArtifactStore.Location.Value, artifact.StorePrefix(name)
	}
	for i, s := range p.ArtifactStores {
		if s.Region.Value == w.declaration.Region.Value || (w.declaration.Region.Value == "" && i == 0) {
			return s.Location.Value, artifact.StorePrefix(name)
		}
	}
	return h.bucket, artifact.PlatformPrefix(name)
}

// Lengths of the parts of an artifact's key. CodePipeline cuts the name at the same length; its last part has 7
// random characters, ours is longer, because it is derived and two artifacts must never share a key.
const (
	keyArtifactLength = 10
	keyIdentityLength = 16
)

// artifactKey is where an artifact is stored, in CodePipeline's form. Its last part is derived from the action
// execution, so that a repeated invocation stores to the same place.
func artifactKey(prefix, artifactName, actionExecutionID string) string {
	sum := sha256.Sum256([]byte(actionExecutionID + "/" + artifactName))
	identity := base32.StdEncoding.EncodeToString(sum[:])[:keyIdentityLength]
	return strings.Join([]string{prefix, artifactName[:min(len(artifactName), keyArtifactLength)], identity}, "/")
}

func record(name string, o artifact.Object) execution.Artifact {
	return execution.Artifact{Name: name, Bucket: o.Bucket, Key: o.Key, VersionID: o.VersionID, SHA256: o.SHA256, Size: o.Size}
}
