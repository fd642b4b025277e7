// Complete-action is told by services that outside work may be over: it looks, records the end, and answers the Task state
// that waits.
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
	functions.Events(resources.CompleteAction, parts, func(ctx context.Context, p *platform.Platform, e events.Envelope) error {
		return p.Handlers().ServiceEvent(ctx, e)
	})
}
