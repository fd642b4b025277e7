package cloud

import (
	"context"
	"encoding/json"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/penstock-ci/penstock/internal/action/lambda"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Functions is a lambda.Invoker of functions in Lambda.
type Functions struct {
	account   *Account
	artifacts BucketOptions
}

var _ lambda.Invoker = (*Functions)(nil)

// Functions are those of the account; artifacts are the options of the buckets that they read and store in.
func (a *Account) Functions(artifacts BucketOptions) *Functions {
	return &Functions{account: a, artifacts: artifacts}
}

// Invoke is that of lambda.Invoker: Lambda takes the event and answers at once.
func (f *Functions) Invoke(ctx context.Context, functionName string, e lambda.Event) error {
	doing := "invoke function " + functionName
	payload, err := json.Marshal(e)
	if err != nil {
		return f.account.failed(doing, err)
	}
	client, err := f.account.lambda()
	if err != nil {
		return f.account.failed(doing, err)
	}
	in := &sdk.InvokeInput{FunctionName: &functionName, InvocationType: types.InvocationTypeEvent, Payload: payload}
	if _, err := client.Invoke(ctx, in); err != nil {
		return f.account.failed(doing, err)
	}
	return nil
}

// Credentials is that of lambda.Invoker: those of the session that the account is narrowed to.
func (f *Functions) Credentials(ctx context.Context) (c lambda.Credentials, expires time.Time, err error) {
	const doing = "make the credentials of a job"
	loaded, err := f.account.load()
	if err != nil {
		return c, expires, f.account.failed(doing, err)
	}
	got, err := loaded.Credentials.Retrieve(ctx)
	if err != nil {
		return c, expires, f.account.failed(doing, err)
	}
	return lambda.Credentials{AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken}, got.Expires, nil
}

// Stored is that of lambda.Invoker.
func (f *Functions) Stored(ctx context.Context, at artifact.Location) (artifact.Object, error) {
	return f.account.Objects(f.artifacts).measure(ctx, at)
}
