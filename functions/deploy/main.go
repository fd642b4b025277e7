// Deploy performs deploy actions.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/deploys"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() {
	functions.Tasks(resources.Deploy, platform.Parts{Assume: roles.Assume, Providers: deploys.Providers()})
}
