// Package invokes makes the providers of invoke actions.
package invokes

import (
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codepipeline"
	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/action/stepfunctions"
	"github.com/penstock-ci/penstock/internal/cloud/jobs"
	"github.com/penstock-ci/penstock/internal/cloud/providers"
)

// Providers are those of pipelines, functions and state machines. A pipeline of the platform is started by its records: no
// role of AWS has a part in that. Where invoke is nil jobs are only looked at.
func Providers(invoke jobs.Invoke) providers.Providers {
	return providers.Providers{
		providers.Pipelines: func(e providers.Equipment) action.Provider { return codepipeline.New(e.Records, e.RoleARN) },
		providers.Jobs: func(e providers.Equipment) action.Provider {
			return lambda.NewJobProvider(jobs.New(e.Account, e.Options, invoke), e.Records, e.Clock, e.Platform.Account)
		},
		providers.Machines: func(e providers.Equipment) action.Provider {
			return stepfunctions.New(e.Account.StateMachines(), e.Store)
		},
	}
}
