package local

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/internal/local/objects"
	"github.com/penstock-ci/penstock/internal/local/sources"
	"github.com/penstock-ci/penstock/pipeline"
)

// Deployed says which objects the deployments of a state directory have put, whether or not anybody owns it.
func Deployed(ctx context.Context, dir string) func(bucket, key string) bool {
	put := objectsOf(dir)
	return func(bucket, key string) bool {
		opened, err := put.Open(ctx, artifact.Location{Bucket: bucket, Key: key})
		if err != nil {
			return false // what cannot be opened is told when it is fetched
		}
		return opened.Close() == nil
	}
}

func objectsOf(dir string) *objects.Objects { return objects.New(filepath.Join(dir, ObjectsFolder)) }

// SourcesOf are what stands for the sources of a pipeline: what is bound, and what deployments of a state directory have
// put, whether or not anybody owns it.
func SourcesOf(dir string, bound *bindings.Bindings) *sources.Sources {
	return sources.New(sourceBindings(bound), objectsOf(dir))
}

// ResolveRevisions holds source revisions that somebody asks for against what stands for the sources of a pipeline, before
// its execution starts. It returns them exact, a branch as its commit ID; all that are wrong are *action.Failure in one
// joined error.
func ResolveRevisions(ctx context.Context, from *sources.Sources, p *pipeline.Pipeline, asked []execution.SourceRevisionOverride) ([]execution.SourceRevisionOverride, error) {
	exact := append([]execution.SourceRevisionOverride{}, asked...)
	var errs []error
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			a := &p.Stages[i].Actions[j]
			overrides := overridesOf(a, asked)
			if len(overrides) == 0 {
				continue
			}
			resolved, err := from.Resolve(ctx, source.Asked(p.Stages[i].Name.Value, a, settings(a), overrides))
			errs = append(errs, err)
			setCommit(exact, a.Name.Value, resolved.CommitID)
		}
	}
	return exact, errors.Join(errs...)
}

// WrongRevision says what is wrong with the revision that a source is bound to, by its key; empty where nothing is, or
// where that cannot be seen before it is fetched.
func WrongRevision(ctx context.Context, bound *bindings.Bindings) func(key string) string {
	return func(key string) string {
		stage, name, _ := strings.Cut(key, "/")
		request := source.Request{Stage: stage, Action: name, CommitID: bound.Sources[key].Revision}
		_, err := SourcesOf("", bound).Resolve(ctx, request)
		var failure *action.Failure
		if errors.As(err, &failure) {
			return failure.Message
		}
		return ""
	}
}

func overridesOf(a *pipeline.Action, asked []execution.SourceRevisionOverride) []action.Override {
	var out []action.Override
	for _, o := range asked {
		if o.ActionName == a.Name.Value && a.ActionTypeID.Category.Value == "Source" {
			out = append(out, action.Override{Type: o.RevisionType, Value: o.RevisionValue})
		}
	}
	return out
}

func setCommit(all []execution.SourceRevisionOverride, name, commit string) {
	for i := range all {
		if all[i].ActionName == name && all[i].RevisionType == "COMMIT_ID" {
			all[i].RevisionValue = commit
		}
	}
}

func settings(a *pipeline.Action) map[string]string {
	out := map[string]string{}
	for _, property := range a.Configuration {
		out[property.Key.Value] = property.Value.Value
	}
	return out
}
