// Package sources makes the providers of source actions, without those that a build fetches.
package sources

import (
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/cloud/git"
	"github.com/penstock-ci/penstock/internal/cloud/providers"
	"github.com/penstock-ci/penstock/internal/cloud/sources"
)

// Providers are those of sources; fetch reads repositories.
func Providers(fetch git.Fetch) providers.Providers {
	return providers.Providers{providers.Sources: func(e providers.Equipment) action.Provider {
		return source.New(sources.New(e.Account, fetch), e.Store)
	}}
}
