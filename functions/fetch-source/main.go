// Fetch-source performs source actions.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/git"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/builds"
	"github.com/penstock-ci/penstock/internal/cloud/providers/sources"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() {
	fetch := git.Program(functions.Beside(resources.Clone))
	functions.Tasks(resources.FetchSource, platform.Parts{Assume: roles.Assume, Providers: sources.Providers(fetch).And(builds.Connections())})
}
