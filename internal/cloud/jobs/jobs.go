// Package jobs invokes users' functions in Lambda, whose invocations are jobs.
package jobs

import (
	"context"
	"encoding/json"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
)

// Functions is a lambda.Invoker of functions in Lambda.
type Functions struct {
	account   *cloud.Account
	artifacts cloud.BucketOptions
}

var _ lambda.Invoker = (*Functions)(nil)

// New makes those of the account; artifacts are the options of the buckets that they read and store in.
func New(account *cloud.Account, artifacts cloud.BucketOptions) *Functions {
	return &Functions{account: account, artifacts: artifacts}
}

// Invoke is that of lambda.Invoker: Lambda takes the event and answers at once.
func (f *Functions) Invoke(ctx context.Context, functionName string, e lambda.Event) error {
	doing := "invoke function " + functionName
	payload, err := json.Marshal(e)
	if err != nil {
		return f.account.Failed(doing, err)
	}
	client, err := cloud.Client(f.account, sdk.NewFromConfig)
	if err != nil {
		return f.account.Failed(doing, err)
	}
	in := &sdk.InvokeInput{FunctionName: &functionName, InvocationType: types.InvocationTypeEvent, Payload: payload}
	if _, err := client.Invoke(ctx, in); err != nil {
		return f.account.Failed(doing, err)
	}
	return nil
}

// Credentials is that of lambda.Invoker: those of the session that the account is narrowed to.
func (f *Functions) Credentials(ctx context.Context) (c lambda.Credentials, expires time.Time, err error) {
	const doing = "make the credentials of a job"
	loaded, err := f.account.SDK()
	if err != nil {
		return c, expires, f.account.Failed(doing, err)
	}
	got, err := loaded.Credentials.Retrieve(ctx)
	if err != nil {
		return c, expires, f.account.Failed(doing, err)
	}
	return lambda.Credentials{AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken}, got.Expires, nil
}

// Stored is that of lambda.Invoker.
func (f *Functions) Stored(ctx context.Context, at artifact.Location) (artifact.Object, error) {
	return f.account.Objects(f.artifacts).Measure(ctx, at)
}
