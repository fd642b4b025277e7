// Package approvals makes the provider of approval actions.
package approvals

import (
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/approval"
	"github.com/penstock-ci/penstock/internal/cloud/notifications"
	"github.com/penstock-ci/penstock/internal/cloud/providers"
)

// Providers are that of manual approvals.
func Providers() providers.Providers {
	return providers.Providers{providers.Approvals: func(e providers.Equipment) action.Provider {
		return approval.New(notifications.New(e.Account), e.Region)
	}}
}
