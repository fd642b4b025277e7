// Fetch-source performs source actions.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/providers/builds"
	"github.com/penstock-ci/penstock/internal/cloud/providers/sources"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() { functions.Tasks(resources.FetchSource, sources.Providers().And(builds.Connections())) }
