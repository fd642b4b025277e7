// Deploy performs deploy actions.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() { functions.Tasks(resources.Deploy) }
