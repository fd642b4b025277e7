// Answer-api answers CodePipeline's API behind API Gateway. A request's path says what it is about, so that IAM decides by it
// who may; who has called is recorded.
package main

import (
	"net/http"

	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/waiting"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() {
	parts := platform.Parts{Assume: roles.Assume, Providers: waiting.Providers()}
	functions.Gateway(resources.AnswerAPI, parts, func(p *platform.Platform) http.Handler {
		return api.ByPath(api.New(api.Options{
			Records: p.Records(), Runner: p, Jobs: p.Handlers(), IDs: p.IDs(), Origin: p.Origin(), Caller: functions.CallerOf,
		}))
	})
}
