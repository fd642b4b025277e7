package engine_test

import (
	"context"
	"time"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// taskFunc is a Tasks made of one function.
type taskFunc func(ctx context.Context, i engine.Invocation) ([]byte, error)

func (f taskFunc) Invoke(ctx context.Context, i engine.Invocation) ([]byte, error) { return f(ctx, i) }

// realClock is the time of this machine.
type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return time.AfterFunc(d, f).Stop
}

// fixedSeeds gives every execution the same randomness.
type fixedSeeds struct{}

func (fixedSeeds) Seed() [32]byte { return [32]byte{1, 2, 3} }

// newEngine makes an engine with fixed seeds, and with the real clock where no other is given.
func newEngine(o engine.Options) *engine.Engine {
	o.Seeds = fixedSeeds{}
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	return engine.New(o)
}
