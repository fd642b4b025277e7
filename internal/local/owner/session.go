package owner

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/logs"
)

// operations are what both the owner and whoever speaks with it can do.
type operations interface {
	Run(ctx context.Context, r local.Request, feed *local.Feed) (local.Run, error)
	Watch(ctx context.Context, executionID string, feed *local.Feed) (local.Run, error)
	Stop(ctx context.Context, executionID string, stop execution.StopTrigger) (*execution.Execution, error)
	PutApprovalResult(ctx context.Context, in execution.Approval) (*execution.Action, error)
}

// Session is the use of a state directory by this process. It is not safe for concurrent use until Run or Watch has
// returned.
type Session struct {
	operations
	dir     string
	options local.Options

	platform *local.Platform // where this process owns the directory
	server   *server
	client   *client // where another one does
	records  *execution.Records
	logs     *logs.Logs
}

// patience is how long Open waits for an owner that neither serves nor ends: one that only looks, or leaves.
const (
	patience = 10 * time.Second
	pause    = 50 * time.Millisecond
)

// Open makes this process the owner of a state directory, or finds the one that is. Where nothing is to run, that is
// without bindings, nobody is served.
func Open(ctx context.Context, dir string, o local.Options) (*Session, error) {
	s := &Session{dir: dir, options: o}
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Session) open(ctx context.Context) error {
	clock := local.Clock{}
	for until := clock.Now().Add(patience); ; {
		platform, err := local.Open(ctx, s.dir, s.options)
		if err == nil {
			return s.own(platform)
		}
		var owned *local.OwnedError
		if !errors.As(err, &owned) {
			return err
		}
		client, gone := dial(ctx, s.dir)
		if gone == nil {
			s.speak(client)
			return nil
		}
		if clock.Now().After(until) {
			return err
		}
		select {
		case <-clock.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Session) own(platform *local.Platform) error {
	s.platform, s.operations = platform, platform
	s.records, s.logs = platform.Records(), platform.Logs()
	if s.options.Bindings == nil {
		return nil
	}
	var err error
	if s.server, err = serve(s.dir, platform); err != nil {
		return errors.Join(err, platform.Close())
	}
	return nil
}

func (s *Session) speak(c *client) {
	s.client, s.operations = c, c
	s.records = execution.New(execution.Ports{Table: c, Clock: local.Clock{}, IDs: local.Random{}, Origin: local.Origin()})
	s.logs = logs.New(filepath.Join(s.dir, local.LogsFolder))
}

// Owns says whether this process owns the directory.
func (s *Session) Owns() bool { return s.platform != nil }

// Records are the records of the directory: to be read where another process owns it.
func (s *Session) Records() *execution.Records { return s.records }

// Logs are the logs of actions.
func (s *Session) Logs() *logs.Logs { return s.logs }

// Platform is the directory's platform where this process owns it, else nil.
func (s *Session) Platform() *local.Platform { return s.platform }

// Run runs an execution here, or hands it to the owner. An owner that leaves in this moment makes this process the next.
func (s *Session) Run(ctx context.Context, r local.Request, feed *local.Feed) (local.Run, error) {
	for {
		run, err := s.operations.Run(ctx, r, feed)
		if !errors.Is(err, ErrGone) || s.Owns() {
			return run, err
		}
		if err := errors.Join(s.client.close(), s.open(ctx)); err != nil {
			return run, err
		}
	}
}

// Others are the executions that this process runs for others.
func (s *Session) Others() []string {
	if s.platform == nil {
		return nil
	}
	return s.platform.Running()
}

// WaitForOthers waits until nothing runs here any more.
func (s *Session) WaitForOthers(ctx context.Context) error {
	if s.platform == nil {
		return nil
	}
	return s.platform.WaitForAll(ctx)
}

// Close ends what this process still runs, and gives the directory up.
func (s *Session) Close() error {
	if s.client != nil {
		return s.client.close()
	}
	if s.server == nil {
		return s.platform.Close()
	}
	if len(s.platform.Running()) == 0 {
		s.server.leave()
	}
	return errors.Join(s.server.close(), s.platform.Close())
}
