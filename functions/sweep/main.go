// Sweep is invoked each minute: it looks at what is due, expires what is late, and does what a dead function has left.
package main

import (
	"context"

	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/waiting"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() {
	parts := platform.Parts{Assume: roles.Assume, Providers: waiting.Providers()}
	functions.Events(resources.Sweep, parts, func(ctx context.Context, p *platform.Platform, _ struct{}) error {
		return p.Sweep(ctx)
	})
}
