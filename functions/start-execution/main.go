// Start-execution starts a pipeline because a rule or a schedule says so.
package main

import (
	"context"

	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/task"
)

func main() {
	parts := platform.Parts{}
	functions.Events(resources.StartExecution, parts, func(ctx context.Context, p *platform.Platform, r task.StartRequest) error {
		started, err := p.Handlers().StartFromEvent(ctx, r)
		if err == nil {
			p.Logs().Started(r.PipelineName, started)
		}
		return err
	})
}
