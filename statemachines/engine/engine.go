package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine/jsonata"
)

// Options are the engine's surroundings.
type Options struct {
	Clock   Clock  // required
	Seeds   Seeds  // the operating system's by default
	Store   Store  // memory by default
	Tasks   Tasks  // by default every Task fails
	Region  string // us-east-1 by default: appears in ARNs and history
	Account string // 000000000000 by default: appears in ARNs
}

// Engine runs executions. It is safe for concurrent use.
type Engine struct {
	clock           Clock
	store           Store
	tasks           Tasks
	seeds           Seeds
	region, account string

	ctx        context.Context // ends with Close
	cancel     context.CancelFunc
	evaluators sync.Pool

	mu         sync.Mutex
	closed     bool
	busy       int           // calls and invocations that Close waits for
	invoking   int           // invocations among them
	quiet      chan struct{} // closed when busy or invoking drops to 0 and somebody waits
	executions map[string]*execution
	programs   programs
}

// New makes an engine. Close it when done. It panics without a Clock, which is a mistake of the wiring.
func New(o Options) *Engine {
	if o.Clock == nil {
		panic("engine.New: Options.Clock is required")
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &Engine{
		clock: o.Clock, store: o.Store, tasks: o.Tasks, seeds: o.Seeds,
		region: or(o.Region, "us-east-1"), account: or(o.Account, "000000000000"),
		ctx: ctx, cancel: cancel,
		executions: map[string]*execution{},
	}
	if e.store == nil {
		e.store = NewMemoryStore()
	}
	if e.tasks == nil {
		e.tasks = noTasks{}
	}
	if e.seeds == nil {
		e.seeds = systemSeeds{}
	}
	e.evaluators.New = func() any { return jsonata.NewEvaluator() }
	return e
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// noTasks is the Tasks of an engine that was given none.
type noTasks struct{}

// Invoke refuses.
func (noTasks) Invoke(context.Context, Invocation) ([]byte, error) {
	return nil, errors.New("this engine runs no tasks")
}

// systemSeeds draws from the operating system: a default that nobody can predict.
type systemSeeds struct{}

// Seed returns 32 random bytes.
func (systemSeeds) Seed() (seed [32]byte) {
	_, _ = rand.Read(seed[:]) //nolint:forbidigo // the default of the port; it never fails
	return seed
}

// Close stops timers, cancels invocations and waits until everything the engine began has returned. Executions stay
// as the store has them; no method changes anything afterwards.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	executions := make([]*execution, 0, len(e.executions))
	for _, x := range e.executions {
		executions = append(executions, x)
	}
	e.mu.Unlock()
	e.cancel()
	for _, x := range executions {
		x.mu.Lock()
		for _, stop := range x.timers {
			stop()
		}
		clear(x.timers)
		x.mu.Unlock()
	}
	_ = e.await(context.Background(), func() bool { return e.busy == 0 }) // this context never ends
}

// Settle waits until no invocation of Tasks is running. In virtual time, alternate it with the clock's Next.
func (e *Engine) Settle(ctx context.Context) error {
	return e.await(ctx, func() bool { return e.invoking == 0 })
}

// await waits until a condition on the counters holds.
func (e *Engine) await(ctx context.Context, holds func() bool) error {
	for {
		e.mu.Lock()
		if holds() {
			e.mu.Unlock()
			return nil
		}
		if e.quiet == nil {
			e.quiet = make(chan struct{})
		}
		quiet := e.quiet
		e.mu.Unlock()
		select {
		case <-quiet:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// hold keeps Close waiting until release; it fails once the engine is closed.
func (e *Engine) hold(invoking int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.busy++
	e.invoking += invoking
	return true
}

func (e *Engine) release(invoking int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy--
	e.invoking -= invoking
	if e.quiet != nil && (e.busy == 0 || e.invoking == 0) {
		close(e.quiet)
		e.quiet = nil
	}
}

func errClosed() error { return &Error{Code: Closed, Message: "the engine is closed"} }

// programs caches compiled machines by identity: a machine must not be changed once it was started.
type programs struct {
	byMachine map[*asl.StateMachine]*program
	order     []*asl.StateMachine
}

// maxPrograms bounds the cache; the oldest goes first.
const maxPrograms = 128

func (e *Engine) program(m *asl.StateMachine) (*program, error) {
	e.mu.Lock()
	p, ok := e.programs.byMachine[m]
	e.mu.Unlock()
	if ok {
		return p, nil
	}
	p, err := compile(m)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.programs.add(m, p)
	return p, nil
}

func (c *programs) add(m *asl.StateMachine, p *program) {
	if c.byMachine == nil {
		c.byMachine = map[*asl.StateMachine]*program{}
	}
	if _, ok := c.byMachine[m]; ok {
		return
	}
	if len(c.order) == maxPrograms {
		delete(c.byMachine, c.order[0])
		c.order = c.order[1:]
	}
	c.byMachine[m] = p
	c.order = append(c.order, m)
}
