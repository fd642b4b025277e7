// Request-approval asks for approvals; who answers them calls answer-api.
package main

import (
	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/providers/approvals"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/resources"
)

func main() {
	functions.Tasks(resources.RequestApproval, platform.Parts{Assume: roles.Assume, Providers: approvals.Providers()})
}
