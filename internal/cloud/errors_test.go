package cloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

// call wraps an error as the SDK does.
func call(operation string, err error) error {
	return &smithy.OperationError{ServiceID: "Service", OperationName: operation, Err: err}
}

// answer is an error answer of a service. What a service does not name has code "".
func answer(status int, code, message string) error {
	err := errors.New("no body")
	if code != "" {
		err = &smithy.GenericAPIError{Code: code, Message: message}
	}
	return &awshttp.ResponseError{RequestID: "r", ResponseError: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: err,
	}}
}

// canceled is how DynamoDB says that it has canceled a transaction.
func canceled(t *testing.T, codes ...string) error {
	t.Helper()
	body := map[string]any{"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", "Message": "Transaction cancelled"}
	all := []cancellationReason{}
	for _, c := range codes {
		all = append(all, cancellationReason{Code: c})
	}
	body["CancellationReasons"] = all
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	a := New(Config{Region: region, Change: cloudtest.Offline, Through: func(aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(text)), Request: r}, nil
		})
	}})
	return a.Service(dynamoDB).Call(t.Context(), "TransactWriteItems", transaction{TransactItems: []transactItem{}, ClientRequestToken: "r"}, nil)
}

func TestClassify(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want execution.Code
	}{
		"canceled":                     {&aws.RequestCanceledError{Err: context.Canceled}, execution.Canceled},
		"canceled while throttled":     {fmt.Errorf("%w, %w", context.Canceled, answer(400, "ThrottlingException", "")), execution.Canceled},
		"past the deadline":            {&aws.RequestCanceledError{Err: context.DeadlineExceeded}, execution.Unavailable},
		"a condition among others":     {canceled(t, "None", "TransactionConflict", "ConditionalCheckFailed"), execution.Conflict},
		"another transaction":          {canceled(t, "TransactionConflict", "None"), execution.Conflict},
		"a throttled transaction":      {canceled(t, "None", "ThrottlingError"), execution.Throttled},
		"a transaction out of bounds":  {canceled(t, "ProvisionedThroughputExceeded", "ValidationError"), execution.Invalid},
		"canceled for reasons unknown": {canceled(t, "None"), execution.Internal},
		"input that is not sent":       {&smithy.InvalidParamsError{}, execution.Invalid},
		"input that cannot be written": {&smithy.SerializationError{Err: errors.New("x")}, execution.Internal},
		"nothing was sent":             {&smithyhttp.RequestSendError{Err: errors.New("connection refused")}, execution.Unavailable},
		"an answer that is none":       {&smithy.DeserializationError{Err: errors.New("x")}, execution.Unavailable},
		"no such host":                 {&net.DNSError{Err: "no such host"}, execution.Unavailable},
		"an answer that broke off":     {&brokenError{errors.New("unexpected EOF")}, execution.Unavailable},
		"no credentials":               {&credentialsError{errors.New("no EC2 IMDS role found")}, execution.NotAllowed},
		"credentials out of reach":     {&credentialsError{&net.DNSError{}}, execution.Unavailable},
		"anything else":                {errors.New("x"), execution.Internal},
		"an unknown code, 400":         {answer(400, "NewException", ""), execution.Invalid},
		"an unknown code, 503":         {answer(503, "NewException", ""), execution.Unavailable},
		"a code against its status":    {answer(400, "RequestTimeout", ""), execution.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			if got := classify(call("X", c.err)); got != c.want {
				t.Errorf("classify = %s, want %s", got, c.want)
			}
		})
	}
}

func TestClassifyStatus(t *testing.T) {
	for status, want := range map[int]execution.Code{
		301: execution.Internal, 400: execution.Invalid, 401: execution.NotAllowed, 403: execution.NotAllowed, 404: execution.NotFound,
		405: execution.Invalid, 407: execution.NotAllowed, 408: execution.Unavailable, 409: execution.Conflict, 410: execution.NotFound,
		412: execution.Conflict, 413: execution.Invalid, 429: execution.Throttled, 500: execution.Unavailable, 502: execution.Unavailable, 599: execution.Unavailable,
	} {
		if got := classify(answer(status, "", "")); got != want {
			t.Errorf("status %d is %s, want %s", status, got, want)
		}
	}
}

// Every row of the table is read, also where its status says something else.
func TestClassifyCodes(t *testing.T) {
	known := map[execution.Code]bool{
		execution.Invalid: true, execution.NotFound: true, execution.Conflict: true, execution.NotAllowed: true, execution.Throttled: true,
		execution.Unavailable: true, execution.Internal: true,
	}
	for code, want := range apiCodes() {
		if !known[want] {
			t.Errorf("%s has the code %q", code, want)
		}
		if got := classify(answer(418, code, "")); got != want {
			t.Errorf("%s is %s, want %s", code, got, want)
		}
	}
}

func TestFailed(t *testing.T) {
	const said = "User: arn:aws:sts::1:assumed-role/R/s is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:::key/k because no policy allows it"
	for name, c := range map[string]struct {
		role string
		err  error
		want string
	}{
		"what AWS says":           {"", call("GetObject", answer(403, "AccessDenied", said)), "open object b/k: arn:aws:sts::1:assumed-role/R/s needs kms:Decrypt on arn:aws:kms:::key/k: "},
		"without a resource":      {"", call("PutItem", answer(400, "AccessDeniedException", "User: U is not authorized to perform: dynamodb:PutItem")), "open object b/k: U needs dynamodb:PutItem: "},
		"what the operation says": {"arn:aws:iam::1:role/R", call("PutObject", answer(403, "AccessDenied", "Access Denied")), "open object b/k: arn:aws:iam::1:role/R needs s3:PutObject: "},
		"nobody says":             {"", call("Other", answer(403, "", "")), "open object b/k: the caller is not allowed to, or has no valid credentials: "},
		"the role of the caller":  {"arn:aws:iam::1:role/R", call("PutObject", &credentialsError{call("AssumeRole", answer(403, "AccessDenied", "no"))}), "open object b/k: arn:aws:iam::1:role/R needs sts:AssumeRole: "},
		"another code":            {"arn:aws:iam::1:role/R", call("PutObject", answer(503, "SlowDown", "slow")), "open object b/k: operation error Service: PutObject"},
	} {
		t.Run(name, func(t *testing.T) {
			err := New(Config{role: c.role}).Failed("open object b/k", c.err)
			if !strings.HasPrefix(err.Error(), c.want) || !errors.Is(err, c.err) {
				t.Errorf("failed = %v, want %s", err, c.want)
			}
		})
	}
}
