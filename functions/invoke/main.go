// Invoke performs invoke actions.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	invoked "github.com/penstock-ci/penstock/internal/cloud/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/invokes"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() {
	functions.Tasks(resources.Invoke, platform.Parts{Assume: roles.Assume, Providers: invokes.Providers(invoked.Invoke)})
}
