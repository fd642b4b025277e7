package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// outside does the work of Task states. An effect has a key, and is done once however often it is asked for; the key is
// made of all that an invocation holds, so an invocation that a resumed engine makes differently is another effect.
type outside struct {
	mu       sync.Mutex
	jobs     map[string]*job
	finished map[string]bool // answered tokens
}

// job is one effect: what became of its invocation and its token.
type job struct {
	state   string
	token   string
	release chan struct{} // not nil while an invocation waits
	called  bool          // the invocation returned
}

func newOutside() *outside { return &outside{jobs: map[string]*job{}, finished: map[string]bool{}} }

func (o *outside) effects() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Sorted(maps.Keys(o.jobs))
}

// Invoke waits until its turn comes, and gives what its key says.
func (o *outside) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) {
	key := fmt.Sprintf("%s#%d %x", i.State, i.Attempt, sha256.Sum256(append([]byte(i.Token), i.Arguments...)))
	release := make(chan struct{})
	o.mu.Lock()
	j := o.jobs[key]
	if j == nil {
		j = &job{state: i.State, token: i.Token}
		o.jobs[key] = j
	}
	j.release, j.called = release, false
	o.mu.Unlock()
	select {
	case <-release:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if i.Token == "" && fate(key) == fails {
		return nil, &engine.TaskError{Name: "Broken", Cause: "as decided"}
	}
	return []byte(`{"outputArtifacts": {}, "outputVariables": {"CommitId": "c", "VERSION": "1"}}`), nil
}

// The fates of jobs.
const (
	succeeds = iota
	fails
	hangs
)

// fate decides from the key alone, so that it does not depend on crashes.
func fate(key string) int {
	switch sum := sha256.Sum256([]byte(key)); {
	case sum[0] < 50:
		return fails
	case sum[0] < 70:
		return hangs
	default:
		return succeeds
	}
}

// act lets one invocation return or answers one token: the first by key. It tells whether there was one.
func (o *outside) act(e *engine.Engine) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(o.jobs)) {
		j := o.jobs[key]
		hung := fate(key) == hangs
		switch {
		case j.release != nil && (!hung || j.token != ""):
			close(j.release)
			j.release, j.called = nil, true
			return true
		case j.token != "" && j.called && !hung && !o.finished[key]:
			o.finished[key] = o.answer(e, key, j)
			return true
		}
	}
	return false
}

// answer answers a token; it tells whether that is settled: a crash is not an answer, and the answer comes again.
func (o *outside) answer(e *engine.Engine, key string, j *job) bool {
	ctx := context.Background()
	var err error
	if fate(key) == fails {
		err = e.SendTaskFailure(ctx, j.token, "Broken", "as decided")
	} else {
		err = e.SendTaskSuccess(ctx, j.token, []byte(`{"outputArtifacts": {}, "outputVariables": {"CommitId": "c", "VERSION": "1"}}`))
	}
	return err == nil || engine.CodeOf(err) == engine.TaskTimedOut
}
