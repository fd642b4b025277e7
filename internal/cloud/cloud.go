// Package cloud is the ports of the inner packages on AWS: records in DynamoDB, artifacts and long values in S3, state
// machines in Step Functions, events on EventBridge. The adapters of services that not every function calls are in packages
// below it, one a service, over the same Account: what a function does not call it is not made of. Only they know the SDK.
// What goes in and comes out are the ports' own values, and every failure of a call is an *execution.Error with its code,
// classified in one place.
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
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"

	"github.com/penstock-ci/penstock/internal/cloud/wire"
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
	config  Config
	load    func() (aws.Config, error)
	clients sync.Map // by the type of an SDK client, or by the wire.Service
}

// New makes an Account. It reads nothing and calls nothing.
func New(c Config) *Account {
	return newAccount(c, func() (aws.Config, error) { return load(c) })
}

func newAccount(c Config, load func() (aws.Config, error)) *Account {
	return &Account{config: c, load: sync.OnceValues(load)}
}

// Client is the account's client of a service. The first call makes it, with the constructor of the service's package.
func Client[C, O any](a *Account, construct func(aws.Config, ...func(*O)) *C) (*C, error) {
	return client(a, func(loaded aws.Config) *C { return construct(loaded) })
}

func client[C any](a *Account, construct func(aws.Config) *C) (*C, error) {
	loaded, err := a.load()
	if err != nil {
		return nil, err
	}
	var key *C
	made, known := a.clients.Load(key)
	if !known {
		made, _ = a.clients.LoadOrStore(key, construct(loaded))
	}
	return made.(*C), nil //nolint:errcheck // it is stored under its type
}

// SDK is the account as the SDK has it: for what signs requests of its own.
func (a *Account) SDK() (aws.Config, error) { return a.load() }

// Role is the ARN of the role as which the account is seen, or "" where that is not one that was assumed.
func (a *Account) Role() string { return a.config.role }

// Service is the account's client of a service that is called without one of the SDK.
func (a *Account) Service(s wire.Service) *wire.Client {
	made, known := a.clients.Load(s)
	if !known {
		made, _ = a.clients.LoadOrStore(s, wire.New(a.load, s))
	}
	return made.(*wire.Client) //nolint:errcheck // it is stored under its type
}

func (a *Account) s3() (*s3.Client, error) { return client(a, newS3) }

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
		BaseEndpoint: Optional(cmp.Or(c.Endpoint, os.Getenv("AWS_ENDPOINT_URL"))),
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
