// Execution-ended is told by Step Functions that an execution of a pipeline's state machine has ended: where that was not
// the machine's own doing, it closes the records and passes the locks on.
package main

import (
	"context"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/waiting"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() {
	parts := platform.Parts{Assume: roles.Assume, Providers: waiting.Providers()}
	functions.Events(resources.ExecutionEnded, parts, func(ctx context.Context, p *platform.Platform, e events.Envelope) error {
		return p.Handlers().MachineEnded(ctx, e)
	})
}
