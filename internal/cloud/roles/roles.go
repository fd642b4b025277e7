// Package roles assumes roles by STS.
package roles

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/penstock-ci/penstock/internal/cloud"
)

// Assume is a cloud.Assume.
func Assume(loaded aws.Config, r cloud.Role) aws.CredentialsProvider {
	return stscreds.NewAssumeRoleProvider(sts.NewFromConfig(loaded), r.ARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.ExternalID, o.Policy = r.SessionName, cloud.Optional(r.ExternalID), cloud.Optional(r.Policy)
	})
}
