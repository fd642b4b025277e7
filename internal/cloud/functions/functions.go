// Package functions invokes functions of Lambda.
package functions

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/penstock-ci/penstock/internal/cloud"
)

// Invoke is a jobs.Invoke: Lambda takes the payload and answers at once.
func Invoke(ctx context.Context, account *cloud.Account, functionName string, payload []byte) error {
	client, err := cloud.Client(account, lambda.NewFromConfig)
	if err != nil {
		return err
	}
	_, err = client.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: &functionName, InvocationType: types.InvocationTypeEvent, Payload: payload,
	})
	return err
}
