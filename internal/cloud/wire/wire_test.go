package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"
)

var (
	overJSON  = Service{ID: "DynamoDB", Prefix: "dynamodb", Protocol: JSON10, Model: "DynamoDB_20120810"}
	overQuery = Service{ID: "STS", Prefix: "sts", Protocol: Query, Model: "2011-06-15"}
)

// sender is a function as an aws.HTTPClient.
type sender func(*http.Request) (*http.Response, error)

func (f sender) Do(r *http.Request) (*http.Response, error) { return f(r) }

// reply is an answer of a service.
type reply struct {
	status int
	header map[string]string
	body   io.Reader
}

func (a reply) answer(r *http.Request) *http.Response {
	header := http.Header{}
	for name, value := range a.header {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(a.body), Request: r, ContentLength: -1}
}

// client calls a service that answers by answers, one an attempt. What was asked is in asked.
func client(service Service, asked *[]*http.Request, answers ...reply) *Client {
	return New(func() (aws.Config, error) {
		return aws.Config{
			Region: "eu-central-1", Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "token"),
			Retryer: func() aws.Retryer {
				return retry.NewStandard(func(o *retry.StandardOptions) { o.Backoff = retry.NewExponentialJitterBackoff(0) })
			},
			HTTPClient: sender(func(r *http.Request) (*http.Response, error) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return nil, err
				}
				r.Body = io.NopCloser(strings.NewReader(string(body)))
				*asked = append(*asked, r)
				return answers[min(len(*asked), len(answers))-1].answer(r), nil
			}),
		}, nil
	}, service)
}

func body(t *testing.T, r *http.Request) string {
	t.Helper()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestJSON(t *testing.T) {
	var asked []*http.Request
	var out struct{ Item struct{ S string } }
	in := struct{ TableName, Text string }{"t", `a<b>&"`}
	err := client(overJSON, &asked, reply{200, nil, strings.NewReader(`{"Item":{"S":"v"},"Other":[1]}`)}).Call(t.Context(), "GetItem", in, &out)
	if err != nil || out.Item.S != "v" {
		t.Fatalf("answer %+v, error %v", out, err)
	}
	r := asked[0]
	if r.Method != http.MethodPost || r.URL.String() != "https://dynamodb.eu-central-1.amazonaws.com/" {
		t.Errorf("%s %s", r.Method, r.URL)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem", "X-Amz-Security-Token": "token",
		"Accept-Encoding": "identity",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if got := r.Header.Get("Authorization"); !strings.Contains(got, "/eu-central-1/dynamodb/aws4_request, SignedHeaders=") || !strings.Contains(got, "x-amz-target") {
		t.Errorf("signed by %s", got)
	}
	if got := body(t, r); got != `{"TableName":"t","Text":"a\u003cb\u003e\u0026\""}` || r.ContentLength != int64(len(got)) {
		t.Errorf("sent %d bytes: %s", r.ContentLength, got)
	}
}

func TestQuery(t *testing.T) {
	var asked []*http.Request
	var out struct {
		Key string `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
	}
	answer := reply{200, nil, strings.NewReader(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId></Credentials></AssumeRoleResult></AssumeRoleResponse>`)}
	err := client(overQuery, &asked, answer).Call(t.Context(), "AssumeRole", url.Values{"RoleArn": {"arn:aws:iam::1:role/a b"}}, &out)
	if err != nil || out.Key != "A" {
		t.Fatalf("answer %+v, error %v", out, err)
	}
	const want = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa+b&Version=2011-06-15"
	if got := body(t, asked[0]); got != want || asked[0].Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		t.Errorf("sent %q as %s", got, asked[0].Header.Get("Content-Type"))
	}
	var coding *smithy.SerializationError
	if err := client(overQuery, &asked, answer).Call(t.Context(), "AssumeRole", struct{}{}, nil); !errors.As(err, &coding) {
		t.Errorf("a struct as a form: error %v", err)
	}
}

// What a service says of an error is found wherever its protocol, or its version, has it.
func TestErrors(t *testing.T) {
	for name, c := range map[string]struct {
		service       Service
		status        int
		header, body  string
		code, message string
	}{
		"a type":                 {overJSON, 400, "", `{"__type":"ResourceNotFoundException","message":"no table"}`, "ResourceNotFoundException", "no table"},
		"a type with namespace":  {overJSON, 400, "", `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","Message":"no table"}`, "ResourceNotFoundException", "no table"},
		"a header":               {overJSON, 400, "ValidationException:http://internal.amazon.com/coral/", `{"message":"bad"}`, "ValidationException", "bad"},
		"a member called code":   {overJSON, 400, "", `{"code":"InvalidArn","message":"bad"}`, "InvalidArn", "bad"},
		"a header and no body":   {overJSON, 400, "AccessDeniedException", ``, "AccessDeniedException", ""},
		"a page of a proxy":      {overJSON, 407, "", `<html>`, "UnknownError", "<html>"},
		"nothing":                {overJSON, 400, "", ``, "UnknownError", ""},
		"an error in XML":        {overQuery, 403, "", `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>`, "AccessDenied", "no"},
		"an error in XML alone":  {overQuery, 403, "", `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`, "AccessDenied", "no"},
		"no XML":                 {overQuery, 403, "", `no`, "UnknownError", "no"},
		"JSON of another make":   {overJSON, 400, "", `["a"]`, "UnknownError", `["a"]`},
		"a code that is nothing": {overJSON, 400, "#:", `{}`, "UnknownError", "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []*http.Request
			err := client(c.service, &asked, reply{c.status, map[string]string{"X-Amzn-Errortype": c.header}, strings.NewReader(c.body)}).Call(t.Context(), "Do", url.Values{}, nil)
			var answered *Error
			var operation *smithy.OperationError
			if !errors.As(err, &answered) || !errors.As(err, &operation) || operation.OperationName != "Do" || operation.ServiceID != c.service.ID {
				t.Fatalf("error %v", err)
			}
			if answered.ErrorCode() != c.code || answered.ErrorMessage() != c.message || answered.ErrorFault() != smithy.FaultClient {
				t.Errorf("code %q, message %q, want %q, %q", answered.ErrorCode(), answered.ErrorMessage(), c.code, c.message)
			}
			if len(asked) != 1 {
				t.Errorf("%d attempts", len(asked))
			}
		})
	}
}

func TestDecodeError(t *testing.T) {
	var asked []*http.Request
	err := client(overJSON, &asked, reply{400, nil, strings.NewReader(`{"__type":"X","Item":{"request":{"S":"r"}}}`)}).Call(t.Context(), "PutItem", struct{}{}, nil)
	var answered *Error
	var in struct{ Item map[string]struct{ S string } }
	if !errors.As(err, &answered) || answered.Decode(&in) != nil || in.Item["request"].S != "r" {
		t.Errorf("error %v with %+v", err, in)
	}
}

// What passes is tried again, and what was sent is sent again whole.
func TestRepeats(t *testing.T) {
	good := reply{200, map[string]string{"X-Amz-Crc32": "2745614147"}, strings.NewReader("{}")}
	for name, first := range map[string]reply{
		"throttled":          {400, nil, strings.NewReader(`{"__type":"ThrottlingException"}`)},
		"out of order":       {500, nil, strings.NewReader("")},
		"broken off":         {200, nil, io.MultiReader(strings.NewReader("{"), broken{})},
		"an error, broken":   {400, nil, broken{}},
		"altered underway":   {200, map[string]string{"X-Amz-Crc32": "1"}, strings.NewReader("{}")},
		"throttled, no JSON": {429, nil, strings.NewReader("slow")},
	} {
		t.Run(name, func(t *testing.T) {
			good.body = strings.NewReader("{}")
			var asked []*http.Request
			err := client(overJSON, &asked, first, good).Call(t.Context(), "GetItem", map[string]string{"a": "b"}, &struct{}{})
			if name == "throttled, no JSON" { // as the SDK has it, 429 alone is not tried again
				if err == nil || len(asked) != 1 {
					t.Errorf("%d attempts, error %v", len(asked), err)
				}
				return
			}
			if err != nil || len(asked) != 2 || body(t, asked[1]) != `{"a":"b"}` {
				t.Errorf("%d attempts, error %v", len(asked), err)
			}
		})
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// An answer that is none is an error, and so is what cannot be sent or has no account.
func TestNoAnswer(t *testing.T) {
	var asked []*http.Request
	var decoding *smithy.DeserializationError
	if err := client(overJSON, &asked, reply{200, nil, strings.NewReader("<html>")}).Call(t.Context(), "GetItem", struct{}{}, &struct{}{}); !errors.As(err, &decoding) || string(decoding.Snapshot) != "<html>" {
		t.Errorf("no JSON: error %v", err)
	}
	var coding *smithy.SerializationError
	if err := client(overJSON, &asked, reply{}).Call(t.Context(), "GetItem", func() {}, nil); !errors.As(err, &coding) {
		t.Errorf("a function as JSON: error %v", err)
	}
	noRegion := errors.New("no Region")
	if err := New(func() (aws.Config, error) { return aws.Config{}, noRegion }, overJSON).Call(t.Context(), "GetItem", struct{}{}, nil); !errors.Is(err, noRegion) {
		t.Errorf("no account: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := client(overJSON, &asked, reply{500, nil, strings.NewReader("")}).Call(ctx, "GetItem", struct{}{}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: error %v", err)
	}
}

func TestDomain(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1": "amazonaws.com", "cn-north-1": "amazonaws.com.cn", "us-gov-west-1": "amazonaws.com", "us-iso-east-1": "c2s.ic.gov",
		"us-isob-east-1": "sc2s.sgov.gov", "eusc-de-east-1": "amazonaws.eu",
	} {
		if got := Domain(region); got != want {
			t.Errorf("%s is under %s, want %s", region, got, want)
		}
	}
}

func TestTime(t *testing.T) {
	at := Time{time.Date(2026, 11, 26, 17, 4, 30, 123_000_000, time.UTC)}
	text, err := at.MarshalJSON()
	if err != nil || string(text) != "1795712670.123" {
		t.Errorf("%s, error %v", text, err)
	}
	for _, text := range []string{"1795712670.123", "1.795712670123E9"} {
		var got Time
		if err := got.UnmarshalJSON([]byte(text)); err != nil || !got.Equal(at.Time) {
			t.Errorf("%s is %s, error %v", text, got, err)
		}
	}
	var none Time
	if err := none.UnmarshalJSON([]byte("null")); err != nil || !none.IsZero() {
		t.Errorf("null is %s, error %v", none, err)
	}
	if err := none.UnmarshalJSON([]byte(`"2026"`)); err == nil {
		t.Error("a text is a time")
	}
}

// Whatever a service sends, its errors are read without a panic, and have a code.
func FuzzFailure(f *testing.F) {
	f.Add("a#b:c", `{"__type":"x#y:z"}`)
	f.Add("", `<ErrorResponse><Error><Code>A</Code></Error></ErrorResponse>`)
	f.Fuzz(func(t *testing.T, header, body string) {
		for _, p := range []Protocol{JSON10, Query} {
			if e := p.failure(400, http.Header{"X-Amzn-Errortype": {header}}, []byte(body)); e.Code == "" {
				t.Errorf("%s of %q, %q has no code", p, header, body)
			}
		}
	})
}
