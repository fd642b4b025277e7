// Deploy performs deploy actions.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/providers/deploys"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() { functions.Tasks(resources.Deploy, deploys.Providers()) }
