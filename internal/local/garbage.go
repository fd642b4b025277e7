package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/execution"
)

// FindGarbage finds what nothing needs, and removes nothing. Nothing may run in the directory. Logs are garbage with
// their execution where withLogs is set.
func (p *Platform) FindGarbage(ctx context.Context, r execution.Retention, withLogs bool) (*Garbage, error) {
	g, err := p.findGarbage(ctx, r, withLogs)
	if err != nil {
		return nil, fmt.Errorf("look for what is not needed in %s: %w", p.state.dir, err)
	}
	return g, nil
}

func (p *Platform) findGarbage(ctx context.Context, r execution.Retention, withLogs bool) (*Garbage, error) {
	names, err := p.records.ListPipelines(ctx)
	if err != nil {
		return nil, err
	}
	var kept, expired []execution.Past
	for _, name := range names {
		history, err := p.history(ctx, name)
		if err != nil {
			return nil, err
		}
		k, e := r.Divide(history)
		kept, expired = append(kept, k...), append(expired, e...)
	}
	g := &Garbage{}
	for _, past := range kept {
		if !past.Ended() {
			g.Open++
		}
		// What lost its artifacts to another retention does not get them back.
		lost, err := p.LostArtifacts(ctx, past.Actions)
		if err != nil {
			return nil, err
		}
		if len(lost) < len(outputs(past)) {
			g.Kept++
		}
	}
	for _, past := range expired {
		e, err := p.expired(ctx, past, kept, withLogs)
		if err != nil {
			return nil, err
		}
		if len(e.Artifacts) > 0 || e.Logs > 0 {
			g.Expired = append(g.Expired, e)
		}
	}
	if g.Open == 0 {
		g.Stray, err = p.stray(ctx, slices.Concat(kept, expired))
	}
	if err == nil {
		g.Unfinished, err = p.unfinished()
	}
	return g, err
}

// history is everything that is recorded of a pipeline's executions, newest first.
func (p *Platform) history(ctx context.Context, pipeline string) ([]execution.Past, error) {
	all, err := p.records.ListPipelineExecutions(ctx, pipeline, 0)
	if err != nil {
		return nil, err
	}
	var history []execution.Past
	for _, e := range all {
		past := execution.Past{Execution: e}
		if past.Stages, err = p.records.Stages(ctx, e); err != nil {
			return nil, err
		}
		if past.Actions, err = p.records.ListActionExecutions(ctx, e.PipelineExecutionID); err != nil {
			return nil, err
		}
		history = append(history, past)
	}
	return history, nil
}

func outputs(past execution.Past) (all []execution.Artifact) {
	for _, a := range past.Actions {
		all = append(all, a.OutputArtifacts...)
	}
	return all
}

func locationOf(a execution.Artifact) artifact.Location {
	return artifact.Location{Bucket: a.Bucket, Key: a.Key, VersionID: a.VersionID}
}

// expired looks what is still there of an execution: most of the old ones lost it long ago.
func (p *Platform) expired(ctx context.Context, past execution.Past, kept []execution.Past, withLogs bool) (Expired, error) {
	e := Expired{Execution: past.Execution}
	var err error
	for _, a := range execution.Unneeded(past, kept) {
		s := Stored{Name: a.Name, At: locationOf(a)}
		if found, ok, err := p.find(ctx, s.At); err != nil {
			return e, err
		} else if ok {
			s.Bytes = found
			e.Artifacts = append(e.Artifacts, s)
		}
	}
	if withLogs {
		e.Logs, err = p.logs.Size(past.PipelineExecutionID)
	}
	return e, err
}

func (p *Platform) find(ctx context.Context, at artifact.Location) (bytes int64, found bool, err error) {
	listed, err := p.objects.Find(ctx, at)
	var missing *artifact.NotFoundError
	if errors.As(err, &missing) {
		return 0, false, nil
	}
	return listed.Size, err == nil, err
}

// LostArtifacts says which output artifacts of an execution are no longer stored.
func (p *Platform) LostArtifacts(ctx context.Context, actions []*execution.Action) (lost []execution.Artifact, err error) {
	for _, a := range outputs(execution.Past{Actions: actions}) {
		_, found, err := p.find(ctx, locationOf(a))
		if err != nil {
			return nil, err
		}
		if !found {
			lost = append(lost, a)
		}
	}
	return lost, nil
}

// stray looks in the buckets of artifacts for what is encrypted as artifacts are, and that no record names.
func (p *Platform) stray(ctx context.Context, all []execution.Past) ([]Stored, error) {
	named := map[artifact.Location]bool{}
	buckets := map[string]bool{ArtifactBucket: true}
	for _, past := range all {
		for _, a := range outputs(past) {
			named[artifact.Location{Bucket: a.Bucket, Key: a.Key}] = true
			buckets[a.Bucket] = true
		}
	}
	existing, err := p.objects.Buckets()
	var stray []Stored
	for _, bucket := range existing {
		if !buckets[bucket] {
			continue
		}
		listed, err := p.objects.List(ctx, bucket, "")
		if err != nil {
			return nil, err
		}
		for _, l := range listed {
			at := artifact.Location{Bucket: bucket, Key: l.Key}
			if named[at] {
				continue
			}
			if encrypted, err := isEncrypted(l.Path); err != nil {
				return nil, err
			} else if encrypted {
				stray = append(stray, Stored{At: at, Bytes: l.Size})
			}
		}
	}
	return stray, err
}

func isEncrypted(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	return envelope.IsEncrypted(f)
}

// unfinished is the size of what sweep removes.
func (p *Platform) unfinished() (int64, error) {
	total, err := p.objects.Unfinished()
	if err != nil {
		return 0, err
	}
	err = filepath.WalkDir(p.state.path(workFolder), func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}
