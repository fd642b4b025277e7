// Package providers says who performs the action types that run on AWS. The providers themselves are made in the packages
// below it, one for each Lambda function that performs actions: a function is made of those that it performs or looks at,
// and of no others.
package providers

import (
	"maps"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

// Equipment is what a provider works with for one action.
type Equipment struct {
	Platform resources.Platform
	// Account is as the action's role sees it.
	Account *cloud.Account
	// Options are those of the artifact store, and Store is the artifacts there.
	Options cloud.BucketOptions
	Store   *artifact.Store
	Records *execution.Records
	Clock   execution.Clock
	// Region is that of the action, and RoleARN the pipeline's role.
	Region, RoleARN string
	// BuildRoleARN is the role of the pipeline's builds on the platform's projects.
	BuildRoleARN string
}

// Family is a set of action types that one provider performs.
type Family string

// Families of what runs on AWS.
const (
	Connections Family = "connections"
	Sources     Family = "sources"
	Builds      Family = "builds"
	Commands    Family = "commands"
	Approvals   Family = "approvals"
	Buckets     Family = "buckets"
	Stacks      Family = "stacks"
	Pipelines   Family = "pipelines"
	Jobs        Family = "jobs"
	Machines    Family = "machines"
)

// Row is one line of the table: the action types of a family. An empty owner or provider is any.
type Row struct {
	category, owner, provider string
	Family                    Family
	// Waits says that the work outlasts the call.
	Waits bool
}

var rows = []Row{
	{"Source", "AWS", "CodeStarSourceConnection", Connections, true},
	{"Source", "", "", Sources, false},
	{"Build", "AWS", "CodeBuild", Builds, true},
	{"Test", "AWS", "CodeBuild", Builds, true},
	{"Compute", "AWS", "Commands", Commands, true},
	{"Approval", "AWS", "Manual", Approvals, false},
	{"Deploy", "AWS", "S3", Buckets, false},
	{"Deploy", "AWS", "CloudFormation", Stacks, true},
	{"Invoke", "AWS", "CodePipeline", Pipelines, false},
	{"Invoke", "AWS", "Lambda", Jobs, true},
	{"Invoke", "AWS", "StepFunctions", Machines, true},
}

// Lookup finds the row of an action type, whether or not a function is made of its provider.
func Lookup(id pipeline.ActionTypeID) (Row, bool) {
	for _, r := range rows {
		if r.category == id.Category.Value && (r.owner == "" || r.owner == id.Owner.Value) && (r.provider == "" || r.provider == id.Provider.Value) {
			return r, true
		}
	}
	return Row{}, false
}

// Providers make the providers of some families.
type Providers map[Family]func(Equipment) action.Provider

// And are the providers of both.
func (p Providers) And(more Providers) Providers {
	both := maps.Clone(p)
	maps.Copy(both, more)
	return both
}
