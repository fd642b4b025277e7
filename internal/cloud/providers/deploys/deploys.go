// Package deploys makes the providers of deploy actions.
package deploys

import (
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/cloudformation"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/providers"
	"github.com/penstock-ci/penstock/internal/cloud/stacks"
)

// Providers are those of deployments to buckets and stacks.
func Providers() providers.Providers {
	return providers.Providers{
		providers.Buckets: func(e providers.Equipment) action.Provider {
			return s3.New(cloud.NewBuckets(e.Account), e.Store)
		},
		providers.Stacks: func(e providers.Equipment) action.Provider {
			return cloudformation.New(stacks.New(e.Account, e.Options), e.Store)
		},
	}
}
