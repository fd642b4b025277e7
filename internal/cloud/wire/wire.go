// Package wire calls services of AWS by the protocols awsJson 1.0, awsJson 1.1 and awsQuery: with the SDK's credentials,
// signatures and repetitions, and without its clients of the services. Each of those costs every start of a function 0.1 ms
// for tables that nobody reads (docs/decisions/0035-wire.md); what an adapter calls are a few operations, whose members it
// declares itself.
package wire

import (
	"context"
	"fmt"
	"net/url"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Service says how a service is called.
type Service struct {
	// ID is what the SDK and errors call it: "DynamoDB".
	ID string
	// Prefix is the first part of its host's name, which its requests are signed for as well, unless Signing says another.
	Prefix, Signing string
	// Protocol is JSON10, JSON11 or Query.
	Protocol Protocol
	// Model is what stands before the name of an operation in X-Amz-Target; of a service of Query, the version of its API.
	Model string
}

// Client calls one service in one Region.
type Client struct {
	service Service
	connect func() (connection, error)
}

type connection struct {
	config   aws.Config
	endpoint *url.URL
	retryer  aws.Retryer
	signer   *v4.Signer // it keeps the keys that it derives
}

// New makes a Client. Whatever load loads, and fails of, it does in the first call.
func New(load func() (aws.Config, error), service Service) *Client {
	return &Client{service: service, connect: sync.OnceValues(func() (connection, error) { return connect(load, service) })}
}

func connect(load func() (aws.Config, error), service Service) (connection, error) {
	config, err := load()
	if err != nil {
		return connection{}, err
	}
	c := connection{config: config, retryer: retry.NewStandard(), signer: v4.NewSigner()}
	if config.Retryer != nil {
		c.retryer = config.Retryer()
	}
	at := "https://" + service.Prefix + "." + config.Region + "." + Domain(config.Region)
	if config.BaseEndpoint != nil {
		at = *config.BaseEndpoint
	}
	if c.endpoint, err = url.Parse(at); err != nil {
		return connection{}, fmt.Errorf("endpoint of %s: %w", service.ID, err)
	}
	if c.endpoint.Path == "" {
		c.endpoint.Path = "/"
	}
	return c, nil
}

// Call calls an operation: in is what is sent and out, unless it is nil, what the answer is read into. Both are values for
// encoding/json; for Query, in is url.Values and out is one for encoding/xml. An error is a *smithy.OperationError, as the
// SDK's clients have it, over an *Error where the service answered one.
func (c *Client) Call(ctx context.Context, operation string, in, out any) error {
	to, err := c.connect()
	if err != nil {
		return err
	}
	stack := middleware.NewStack(operation, smithyhttp.NewStackRequest)
	err = to.fill(stack, &call{service: c.service, connection: to, operation: operation, in: in, out: out})
	if err == nil {
		handler := middleware.DecorateHandler(smithyhttp.NewClientHandlerWithOptions(to.config.HTTPClient), stack)
		_, _, err = handler.Handle(c.service.describe(ctx, operation, to.config.Region), nil)
	}
	if err != nil {
		return &smithy.OperationError{ServiceID: c.service.ID, OperationName: operation, Err: err}
	}
	return nil
}

// describe tells the SDK's parts what is called.
func (s Service) describe(ctx context.Context, operation, region string) context.Context {
	ctx = middleware.ClearStackValues(ctx)
	ctx = awsmiddleware.SetServiceID(ctx, s.ID)
	ctx = awsmiddleware.SetOperationName(ctx, operation)
	return awsmiddleware.SetRegion(ctx, region)
}

// fill puts the SDK's parts around a call: those that its own clients have too.
func (c connection) fill(stack *middleware.Stack, call *call) error {
	for _, add := range append([]func(*middleware.Stack) error{
		func(s *middleware.Stack) error { return s.Serialize.Add(serializer{call}, middleware.After) },
		func(s *middleware.Stack) error { return s.Finalize.Add(signer{call}, middleware.After) },
		func(s *middleware.Stack) error { return s.Deserialize.Add(deserializer{call}, middleware.After) },
		func(s *middleware.Stack) error {
			return retry.AddRetryMiddlewares(s, retry.AddRetryMiddlewaresOptions{Retryer: c.retryer})
		},
		awsmiddleware.AddClientRequestIDMiddleware,
		awsmiddleware.AddRequestUserAgentMiddleware,
		awsmiddleware.AddRecursionDetection,
		awsmiddleware.AddRecordResponseTiming,
		awsmiddleware.AddRequestIDRetrieverMiddleware,
		awshttp.AddResponseErrorMiddleware,
	}, c.config.APIOptions...) {
		if err := add(stack); err != nil {
			return err
		}
	}
	return nil
}
