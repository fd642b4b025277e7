// Package mocks stands in for actions: instead of what an action does, its outcome is what somebody has written down. In
// goes the request for an action of any type, out comes its outcome after its delay; an action without a mock goes on to
// its own provider. It checks no definition: that a mock gives what is read of it is known before anything starts.
package mocks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Mock is the outcome of one action.
type Mock struct {
	// Failed fails the action, with Code and Message.
	Failed        bool
	Code, Message string
	Variables     map[string]string
	// Artifacts are the paths of output artifacts by name, see Store.
	Artifacts map[string]string
	// Delay is how long the action takes, from its start on: a process that is killed meanwhile is not waited for twice.
	Delay   time.Duration
	Summary string
}

// Artifacts stores output artifacts; *artifact.Store is one.
type Artifacts interface {
	Pack(ctx context.Context, tree artifact.Tree, to artifact.Location) (artifact.Object, error)
	PutFile(ctx context.Context, path string, to artifact.Location) (artifact.Object, error)
}

// Clock is the port to time.
type Clock interface {
	Now() time.Time
	// After sends the time once, when d has passed.
	After(d time.Duration) <-chan time.Time
}

// Mocks are the mocks of one pipeline.
type Mocks struct {
	mocks     map[string]Mock
	artifacts Artifacts
	clock     Clock
}

// New makes Mocks, keyed by "Stage/Action".
func New(mocks map[string]Mock, artifacts Artifacts, clock Clock) *Mocks {
	return &Mocks{mocks: mocks, artifacts: artifacts, clock: clock}
}

// executionPrefix begins the external execution ID of a mocked action.
const executionPrefix = "mock:"

// Is says whether an external execution ID is that of a mocked action.
func Is(externalExecutionID string) bool {
	return strings.HasPrefix(externalExecutionID, executionPrefix)
}

// Before puts the mocks before a provider; nil is that of a type whose actions do not run here.
func (m *Mocks) Before(p action.Provider) action.Provider {
	front := provider{mocks: m, real: p}
	if describer, ok := p.(action.Describer); ok {
		return describing{provider: front, Describer: describer}
	}
	return front
}

// provider performs an action by its mock, or has its own provider do so. The call lasts as long as the delay: whether a
// Task state waits for an answer differs between types, and an action of any may be mocked.
type provider struct {
	mocks *Mocks
	real  action.Provider
}

// Start waits until the delay is over, and answers what is written.
func (p provider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	key := r.Stage + "/" + r.Action.Name.Value
	mock, mocked := p.mocks.mocks[key]
	switch {
	case mocked:
		return p.mocks.outcome(ctx, r, mock, executionPrefix+key)
	case p.real == nil:
		return action.Outcome{}, action.Fail(action.ConfigurationError, "action type %s does not run here", r.Action.ActionTypeID)
	}
	return p.real.Start(ctx, r)
}

// describing is a provider whose actions may outlast the call, where no mock stands for them.
type describing struct {
	provider
	action.Describer
}

// Start is that of the mocks.
func (p describing) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	return p.provider.Start(ctx, r)
}

func (m *Mocks) outcome(ctx context.Context, r action.Request, mock Mock, id string) (action.Outcome, error) {
	fmt.Fprintln(r.Log, "mock: nothing of this action runs")
	if left := r.Started.Add(mock.Delay).Sub(m.clock.Now()); mock.Delay > 0 && left > 0 {
		select {
		case <-m.clock.After(left):
		case <-ctx.Done():
			return action.Outcome{}, ctx.Err()
		}
	}
	if mock.Failed {
		failure := action.Fail(mock.Code, "%s", mock.Message)
		failure.ExternalExecutionID, failure.Summary = id, mock.Summary
		return action.Outcome{}, failure
	}
	outcome := action.Outcome{
		ExternalExecutionID: id, Summary: mock.Summary, Variables: mock.Variables, Artifacts: map[string]artifact.Object{},
	}
	for _, output := range r.Outputs {
		stored, err := m.store(ctx, mock.Artifacts[output.Name], output.Location)
		if err != nil {
			return action.Outcome{}, fmt.Errorf("store output artifact %s of a mock: %w", output.Name, err)
		}
		outcome.Artifacts[output.Name] = stored
	}
	return outcome, nil
}

// store makes an artifact of a path: a folder becomes a zip of what is in it, a zip is the artifact, and any other file
// becomes a zip of itself alone.
func (m *Mocks) store(ctx context.Context, path string, to artifact.Location) (artifact.Object, error) {
	info, err := os.Stat(path)
	if err != nil {
		return artifact.Object{}, err
	}
	switch {
	case info.IsDir():
		return m.artifacts.Pack(ctx, artifact.Tree{Dir: path}, to)
	case strings.EqualFold(filepath.Ext(path), ".zip"):
		return m.artifacts.PutFile(ctx, path, to)
	}
	tree := artifact.Tree{Dir: filepath.Dir(path), Entries: []artifact.Entry{{From: filepath.Base(path)}}}
	return m.artifacts.Pack(ctx, tree, to)
}
