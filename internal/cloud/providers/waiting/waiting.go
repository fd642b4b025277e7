// Package waiting makes the providers whose work outlasts the call that starts it: functions that look at such work, or end
// it, are made of them. They begin nothing.
package waiting

import (
	"github.com/penstock-ci/penstock/internal/cloud/providers"
	"github.com/penstock-ci/penstock/internal/cloud/providers/builds"
	"github.com/penstock-ci/penstock/internal/cloud/providers/deploys"
	"github.com/penstock-ci/penstock/internal/cloud/providers/invokes"
)

// Providers are those of all actions that wait for work outside.
func Providers() providers.Providers {
	return builds.Connections().And(builds.Providers()).And(deploys.Providers()).And(invokes.Providers(nil))
}
