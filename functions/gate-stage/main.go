// Gate-stage answers the Task states that only read and write records: those that enter, skip and fail stages, resume,
// continue and finish executions, and look at conditions.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() { functions.Tasks(resources.GateStage, platform.Parts{}) }
