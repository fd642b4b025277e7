// Start-build starts builds and commands; complete-action tells of their ends.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/providers/builds"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() { functions.Tasks(resources.StartBuild, builds.Providers()) }
