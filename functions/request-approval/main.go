// Request-approval asks for approvals; who answers them calls answer-api.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/providers/approvals"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() { functions.Tasks(resources.RequestApproval, approvals.Providers()) }
