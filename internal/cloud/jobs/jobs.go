// Package jobs has functions of Lambda perform jobs. It knows no Lambda itself: what only looks at jobs invokes nothing.
package jobs

import (
	"context"
	"encoding/json"
	"time"

	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
)

// Functions is a lambda.Invoker of functions in Lambda.
type Functions struct {
	account   *cloud.Account
	artifacts cloud.BucketOptions
	invoke    Invoke
}

// Invoke invokes a function of the account, whose answer nobody waits for. An error is the SDK's.
type Invoke func(ctx context.Context, account *cloud.Account, functionName string, payload []byte) error

var _ lambda.Invoker = (*Functions)(nil)

// New makes those of the account; artifacts are the options of the buckets that they read and store in. Where invoke is nil
// jobs can be looked at, and none begun.
func New(account *cloud.Account, artifacts cloud.BucketOptions, invoke Invoke) *Functions {
	return &Functions{account: account, artifacts: artifacts, invoke: invoke}
}

// Invoke is that of lambda.Invoker: Lambda takes the event and answers at once.
func (f *Functions) Invoke(ctx context.Context, functionName string, e lambda.Event) error {
	doing := "invoke function " + functionName
	payload, err := json.Marshal(e)
	if err != nil {
		return f.account.Failed(doing, err)
	}
	if f.invoke == nil {
		return notInvoked(doing)
	}
	if err := f.invoke(ctx, f.account, functionName, payload); err != nil {
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
