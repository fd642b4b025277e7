package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
)

// others are the executions that this process runs for other processes.
func (r *running) others() []string {
	return slices.DeleteFunc(r.session.Others(), func(id string) bool { return r.run != nil && id == r.run.PipelineExecutionID })
}

// stay waits until the executions of others have ended: they end with this process. Ctrl-C stops them, a second one
// leaves.
func (r *running) stay(ctx context.Context, others []string) error {
	short := make([]string, len(others))
	for i, id := range others {
		short[i] = view.ShortID(id)
	}
	line := "running for other shells: " + strings.Join(short, ", ") + "; Ctrl-C stops that"
	if _, err := fmt.Fprintln(r.process.stderr, line); err != nil {
		return err
	}
	over := make(chan error, 1)
	go func() { over <- r.session.WaitForOthers(ctx) }()
	for asked := false; ; asked = true {
		select {
		case err := <-over:
			return err
		case <-r.process.signals:
		}
		if asked {
			return errLeft
		}
		for _, id := range r.session.Others() {
			_, err := r.session.Stop(ctx, id, execution.StopTrigger{Reason: "interrupted", Abandon: true})
			if err != nil && execution.CodeOf(err) != execution.Conflict {
				return err
			}
		}
	}
}
