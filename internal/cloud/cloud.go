// Package cloud is the ports of the inner packages on AWS: records in DynamoDB, artifacts and long values in S3, data
// keys of KMS, state machines in Step Functions, events on EventBridge. It is the only package that knows the SDK. What goes in and comes out are the ports' own values, and
// every failure of a call is an *execution.Error with its code, classified in one place.
//
// It makes no resources and decides nothing about pipelines. How they lie in a table and in buckets is in
// docs/decisions/0025-cloud.md.
package cloud

import (
	"cmp"
	"context"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/codebuild"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go/logging"
)

// Config says where AWS is and who asks. What is empty comes from the environment, as Lambda makes it: AWS_REGION,
// AWS_ENDPOINT_URL, and the keys of the function's role. Other sources of credentials, which people have, are package
// gateway's: a function would take longer to start for them.
type Config struct {
	// Region is where the table, the buckets and the key are.
	Region string
	// Endpoint is the URL of every service, where they are not AWS's own: that of an emulator.
	Endpoint string

	// Change and Through replace what a test must hold: credentials, retries, answers.
	Change  func(*aws.Config)
	Through func(aws.HTTPClient) aws.HTTPClient

	role string // what errors call whoever asks
}

// Account is an account of AWS in one Region, as one role sees it. It makes each client when it is used first.
type Account struct {
	config      Config
	load        func() (aws.Config, error)
	dynamodb    func() (*dynamodb.Client, error)
	s3          func() (*s3.Client, error)
	kms         func() (*kms.Client, error)
	sfn         func() (*sfn.Client, error)
	eventbridge func() (*eventbridge.Client, error)

	// Those of actions.
	codebuild      func() (*codebuild.Client, error)
	cloudformation func() (*cloudformation.Client, error)
	lambda         func() (*lambda.Client, error)
	sns            func() (*sns.Client, error)
	ecr            func() (*ecr.Client, error)
	secrets        func() (*secretsmanager.Client, error)
}

// New makes an Account. It reads nothing and calls nothing.
func New(c Config) *Account {
	return newAccount(c, func() (aws.Config, error) { return load(c) })
}

func newAccount(c Config, load func() (aws.Config, error)) *Account {
	load = sync.OnceValues(load)
	return &Account{
		config:      c,
		load:        load,
		dynamodb:    onFirstUse(load, func(l aws.Config) *dynamodb.Client { return dynamodb.NewFromConfig(l) }),
		s3:          onFirstUse(load, newS3),
		kms:         onFirstUse(load, func(l aws.Config) *kms.Client { return kms.NewFromConfig(l) }),
		sfn:         onFirstUse(load, func(l aws.Config) *sfn.Client { return sfn.NewFromConfig(l) }),
		eventbridge: onFirstUse(load, func(l aws.Config) *eventbridge.Client { return eventbridge.NewFromConfig(l) }),

		codebuild:      onFirstUse(load, func(l aws.Config) *codebuild.Client { return codebuild.NewFromConfig(l) }),
		cloudformation: onFirstUse(load, func(l aws.Config) *cloudformation.Client { return cloudformation.NewFromConfig(l) }),
		lambda:         onFirstUse(load, func(l aws.Config) *lambda.Client { return lambda.NewFromConfig(l) }),
		sns:            onFirstUse(load, func(l aws.Config) *sns.Client { return sns.NewFromConfig(l) }),
		ecr:            onFirstUse(load, func(l aws.Config) *ecr.Client { return ecr.NewFromConfig(l) }),
		secrets:        onFirstUse(load, func(l aws.Config) *secretsmanager.Client { return secretsmanager.NewFromConfig(l) }),
	}
}

func onFirstUse[Client any](load func() (aws.Config, error), client func(aws.Config) *Client) func() (*Client, error) {
	return sync.OnceValues(func() (*Client, error) {
		loaded, err := load()
		if err != nil {
			return nil, err
		}
		return client(loaded), nil
	})
}

// silence is how long a service may take to begin its answer; the SDK alone would wait for ever.
const silence = 30 * time.Second

// load reads the environment. It asks nobody.
func load(c Config) (aws.Config, error) {
	client := awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = silence })
	loaded := aws.Config{
		Region:     cmp.Or(c.Region, os.Getenv("AWS_REGION")),
		HTTPClient: client,
		Logger:     logging.Nop{}, // what the SDK would log goes to standard error, and what matters of it is in the errors too
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN"))),
		BaseEndpoint: optional(cmp.Or(c.Endpoint, os.Getenv("AWS_ENDPOINT_URL"))),
	}
	if loaded.Region == "" {
		return aws.Config{}, noRegion()
	}
	if c.Change != nil {
		c.Change(&loaded)
	}
	if c.Through != nil {
		loaded.HTTPClient = c.Through(loaded.HTTPClient)
	}
	loaded.Credentials = &identity{provider: loaded.Credentials}
	return loaded, nil
}

// newS3 turns the SDK's own checksums off: every body that is sent has its SHA-256, and every artifact that is read is
// held against that of its record.
func newS3(loaded aws.Config) *s3.Client {
	return s3.NewFromConfig(loaded, func(o *s3.Options) {
		// The names of buckets below an emulator's host do not resolve.
		o.UsePathStyle = loaded.BaseEndpoint != nil
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
}

// identity marks what credentials fail of, which the SDK does not tell from a failed call otherwise.
type identity struct{ provider aws.CredentialsProvider }

// Retrieve is that of aws.CredentialsProvider.
func (i *identity) Retrieve(ctx context.Context) (aws.Credentials, error) {
	got, err := i.provider.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, &credentialsError{err}
	}
	return got, nil
}

type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }
