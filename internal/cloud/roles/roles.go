// Package roles assumes roles by STS.
package roles

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
)

var service = wire.Service{ID: "STS", Prefix: "sts", Protocol: wire.Query, Model: "2011-06-15"}

// session is how long credentials are good for: as long as a function runs, and the shortest that STS gives (AssumeRole, API
// reference).
const session = 15 * time.Minute

// assumed is the answer of AssumeRole.
type assumed struct {
	AccessKeyID     string    `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
	SecretAccessKey string    `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
	SessionToken    string    `xml:"AssumeRoleResult>Credentials>SessionToken"`
	Expiration      time.Time `xml:"AssumeRoleResult>Credentials>Expiration"`
}

// Assume is a cloud.Assume.
func Assume(loaded aws.Config, r cloud.Role) aws.CredentialsProvider {
	client := wire.New(func() (aws.Config, error) { return loaded, nil }, service)
	in := url.Values{"RoleArn": {r.ARN}, "RoleSessionName": {r.SessionName}, "DurationSeconds": {strconv.Itoa(int(session.Seconds()))}}
	for name, value := range map[string]string{"ExternalId": r.ExternalID, "Policy": r.Policy} {
		if value != "" {
			in.Set(name, value)
		}
	}
	return aws.CredentialsProviderFunc(func(ctx context.Context) (aws.Credentials, error) {
		var out assumed
		if err := client.Call(ctx, "AssumeRole", in, &out); err != nil {
			return aws.Credentials{}, err
		}
		return aws.Credentials{
			AccessKeyID: out.AccessKeyID, SecretAccessKey: out.SecretAccessKey, SessionToken: out.SessionToken,
			CanExpire: true, Expires: out.Expiration, Source: "AssumeRole",
		}, nil
	})
}
