package main

import (
	"context"
	"time"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
)

// How often a platform is asked: soon after something has happened, for then something begins, and ever less often while
// nothing does. Each time costs three requests.
const (
	soonest = time.Second
	latest  = 15 * time.Second
)

// following is an execution of a platform that is followed to its end.
type following struct {
	process  process
	remote   *remote
	listed   *execution.Execution
	narrator narrator
}

// narrator prints what becomes of an execution. It gets all of it each time, and prints what it has not printed before.
type narrator interface {
	// tell says what has happened, and whether anything has.
	tell(s shown) (bool, error)
	// end says how the execution has ended.
	end(s shown) error
}

// watchOnPlatform tells what happens in an execution until it has ended, or until Ctrl-C, which leaves it as it is.
func watchOnPlatform(ctx context.Context, p process, r *remote, request watchRequest) error {
	listed, err := newestOpen(ctx, r, request.execution)
	if err != nil {
		return err
	}
	f := &following{process: p, remote: r, listed: listed}
	if request.json {
		f.narrator, err = newEventNarrator(ctx, p, r, listed.PipelineName)
	} else {
		f.narrator, err = newDrawingNarrator(ctx, p, r, listed)
	}
	if err != nil {
		return err
	}
	s, err := r.read(ctx, listed)
	if err != nil {
		return err
	}
	return f.follow(ctx, s)
}

// follow asks until the execution has ended.
func (f *following) follow(ctx context.Context, s shown) error {
	pause := soonest
	for {
		news, err := f.narrator.tell(s)
		if err != nil {
			return err
		}
		if s.Execution.Ended() {
			return f.end(s)
		}
		if pause = min(2*pause, latest); news {
			pause = soonest
		}
		select {
		case <-f.process.signals:
			say(f.process, "", "execution "+view.ShortID(f.listed.PipelineExecutionID)+" goes on")
			return exitError(exitFailed)
		case <-time.After(pause):
		}
		next, err := f.remote.read(ctx, f.listed)
		switch code := execution.CodeOf(err); {
		case err == nil:
			s = next
		case code != execution.Throttled && code != execution.Unavailable:
			return err
		}
	}
}

func (f *following) end(s shown) error {
	if err := f.narrator.end(s); err != nil {
		return err
	}
	if s.Execution.Status != execution.ExecutionSucceeded {
		return exitError(exitFailed)
	}
	return nil
}
