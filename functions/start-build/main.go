// Start-build starts builds and commands; complete-action tells of their ends.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/builds"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() {
	functions.Tasks(resources.StartBuild, platform.Parts{Assume: roles.Assume, Providers: builds.Providers()})
}
