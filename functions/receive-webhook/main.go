// Receive-webhook starts a pipeline when a request comes to one of its webhooks.
package main

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	lambdaevents "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/penstock-ci/penstock/functions"
	"github.com/penstock-ci/penstock/internal/cloud/platform"
	"github.com/penstock-ci/penstock/internal/cloud/roles"
	"github.com/penstock-ci/penstock/internal/cloud/secrets"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/task"
)

func main() {
	p := functions.Open(platform.Parts{Assume: roles.Assume, Secret: secrets.Read})
	lambda.Start(func(ctx context.Context, in lambdaevents.APIGatewayV2HTTPRequest) (lambdaevents.APIGatewayV2HTTPResponse, error) {
		return answer(ctx, p, in)
	})
}

// answer answers a request to POST /webhooks/{pipeline}/{webhook}. Whoever sends one is told no more than whether it may be
// sent again; what came of it is in the log.
func answer(ctx context.Context, p *platform.Platform, in lambdaevents.APIGatewayV2HTTPRequest) (lambdaevents.APIGatewayV2HTTPResponse, error) {
	began := time.Now()
	p.Logs().Begin()
	at := platform.Place{Function: resources.ReceiveWebhook, PipelineName: in.PathParameters["pipeline"], RequestID: in.RequestContext.RequestID}
	body := []byte(in.Body)
	if in.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(in.Body); err != nil {
			return lambdaevents.APIGatewayV2HTTPResponse{StatusCode: http.StatusBadRequest}, nil //nolint:nilerr // the client's error
		}
	}
	header := http.Header{}
	for name, value := range in.Headers {
		header.Set(name, value)
	}
	started, err := p.Handlers().ReceiveWebhook(ctx, task.WebhookRequest{
		PipelineName: in.PathParameters["pipeline"], WebhookName: in.PathParameters["webhook"],
		SourceIP: in.RequestContext.HTTP.SourceIP, RequestID: in.RequestContext.RequestID, Header: header, Body: body,
	})
	functions.Settle(ctx, p, at)
	if err != nil {
		named := task.Classify(err)
		p.Logs().Failed(at, "the webhook started nothing", named.Name, named.Cause)
		return lambdaevents.APIGatewayV2HTTPResponse{StatusCode: task.HTTPStatus(err)}, nil
	}
	p.Logs().Started(at.PipelineName, started)
	p.Logs().Done(at, "webhook "+in.PathParameters["webhook"], began)
	return lambdaevents.APIGatewayV2HTTPResponse{StatusCode: http.StatusOK}, nil
}
