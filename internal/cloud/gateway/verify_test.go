package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/penstock-ci/penstock/internal/execution"
)

var (
	now     = time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC)
	longKey = aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}
	session = aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: "secret", SessionToken: "token=="}
)

const listBody = `{"maxResults":1}`

// signed is a request of an SDK.
func signed(t testing.TB, credentials aws.Credentials, at time.Time, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://127.0.0.1:4580"+path, strings.NewReader(listBody))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709.ListPipelines")
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, digest([]byte(listBody)), "codepipeline", "us-east-1", at); err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Length", "16") // which the signer signs, and which net/http keeps elsewhere
	return r
}

// What the SDK has signed with the same credentials a moment ago is taken; everything else is refused, by its name.
func TestVerify(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		ours   aws.Credentials
		age    time.Duration
		body   string
		want   string // part of the answer; "" where the request is taken
	}{
		{name: "as it is"},
		{name: "with a session", ours: session},
		{name: "4 minutes old", age: 4 * time.Minute},
		{name: "of a clock that goes fast", age: -4 * time.Minute},
		{name: "a header that is not signed", change: func(r *http.Request) { r.Header.Set("User-Agent", "x") }},
		{name: "no signature", change: func(r *http.Request) { r.Header.Del("Authorization") }, want: "MissingAuthenticationTokenException: the request has no signature"},
		{name: "two signatures", change: func(r *http.Request) { r.Header.Add("Authorization", r.Header.Get("Authorization")) }, want: "MissingAuthenticationToken"},
		{name: "a password", change: func(r *http.Request) { r.SetBasicAuth("a", "b") }, want: "not of AWS4-HMAC-SHA256"},
		{name: "6 minutes old", age: 6 * time.Minute, want: "more than 5m0s apart"},
		{name: "of tomorrow", age: -6 * time.Minute, want: "more than 5m0s apart"},
		{name: "an old one with a new date", age: 6 * time.Minute, change: redate, want: "the signature does not match"},
		{name: "another body", body: `{"maxResults":2}`, want: "the signature does not match"},
		{name: "another body than it says", body: `{"maxResults":2}`, change: func(r *http.Request) { r.Header.Set(hashHeader, digest([]byte(listBody))) }, want: "the body is not the one"},
		{name: "a body that is not signed", change: func(r *http.Request) { r.Header.Set(hashHeader, "UNSIGNED-PAYLOAD") }, want: "the body is not the one"},
		{name: "another operation", change: func(r *http.Request) { r.Header.Set("X-Amz-Target", "CodePipeline_20150709.GetPipeline") }, want: "does not match"},
		{name: "two operations", change: func(r *http.Request) { r.Header.Add("X-Amz-Target", "x") }, want: "are not each in the request once"},
		{name: "another host", change: func(r *http.Request) { r.Host = "127.0.0.1:4581" }, want: "does not match"},
		{name: "another path", change: func(r *http.Request) { r.URL.Path = "/x" }, want: "does not match"},
		{name: "another method", change: func(r *http.Request) { r.Method = http.MethodGet }, want: "does not match"},
		{name: "a query", change: func(r *http.Request) { r.URL.RawQuery = "a=b" }, want: "does not match"},
		{name: "another secret", ours: aws.Credentials{AccessKeyID: longKey.AccessKeyID, SecretAccessKey: "other"}, want: "the secret access key is another one"},
		{name: "another key", ours: aws.Credentials{AccessKeyID: "AKIDOTHER", SecretAccessKey: "secret"}, want: `signed with the access key "AKIDEXAMPLE", and the proxy has "AKIDOTHER"`},
		{name: "another session", ours: aws.Credentials{AccessKeyID: longKey.AccessKeyID, SecretAccessKey: "secret", SessionToken: "x"}, want: "the session token included"},
		{name: "no operation signed", change: replaced(";x-amz-target", ""), want: "does not sign the header x-amz-target"},
		{name: "no host signed", change: replaced("host;", ""), want: "does not sign the header host"},
		{name: "another Region", change: replaced("us-east-1", "us-west-2"), want: "does not match"},
		{name: "another service", change: replaced("/codepipeline/", "/iam/"), want: "does not match"},
		{name: "another day", change: replaced("20260304", "20260303"), want: "of another day"},
		{name: "a short scope", change: replaced("/codepipeline/", "/"), want: "its Credential is not"},
		{name: "headers out of order", change: replaced("content-length;content-type", "content-type;content-length"), want: "not in order"},
		{name: "a signature of nothing", change: func(r *http.Request) {
			scope, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
			r.Header.Set("Authorization", scope+"Signature=")
		}, want: "does not match"},
	} {
		t.Run(c.name, func(t *testing.T) {
			theirs := longKey
			if c.ours == session {
				theirs = session
			}
			if c.ours == (aws.Credentials{}) {
				c.ours = longKey
			}
			r := signed(t, theirs, now.Add(-c.age), "/")
			if c.change != nil {
				c.change(r)
			}
			if c.body == "" {
				c.body = listBody
			}
			err := verify(r, []byte(c.body), c.ours, now)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(shown(err), c.want) {
				t.Errorf("verify: %v, want %q", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "secret\"") || execution.CodeOf(err) != execution.NotAllowed) {
				t.Errorf("verify: %v", err)
			}
		})
	}
}

// shown is an error with its name in front.
func shown(err error) string {
	var e *execution.Error
	if errors.As(err, &e) {
		return e.Name + ": " + e.Message
	}
	return err.Error()
}

func redate(r *http.Request) { r.Header.Set(dateHeader, now.Format(dateFormat)) }

func replaced(from, to string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), from, to, 1))
	}
}

// The path is canonical as the SDK has it.
func TestVerifyPaths(t *testing.T) {
	for _, path := range []string{"", "/", "/v1/GetPipeline/a@b", "/a%20b", "/a//b", "/ä"} {
		r := signed(t, longKey, now, path)
		if err := verify(r, []byte(listBody), longKey, now); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// Whatever the header says: nothing but the signature itself is taken.
func FuzzVerify(f *testing.F) {
	good := signed(f, longKey, now, "/").Header.Get("Authorization")
	f.Add(good)
	f.Add(good + ", Signature=00")
	f.Add("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260304/us-east-1/codepipeline/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=")
	f.Fuzz(func(t *testing.T, authorization string) {
		r := signed(t, longKey, now, "/")
		_, want, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		r.Header.Set("Authorization", authorization)
		if err := verify(r, []byte(listBody), longKey, now); err == nil && !strings.Contains(strings.ToLower(authorization), want) {
			t.Errorf("%q is taken", authorization)
		}
	})
}

func TestParseURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://abc.execute-api.eu-central-1.amazonaws.com/v1":  "",
		"https://abc.execute-api.eu-central-1.amazonaws.com/v1/": "",
		"http://127.0.0.1:1/v1":                                  "",
		"http://localhost":                                       "",
		"http://example.com/v1":                                  "does not begin with https://",
		"abc.execute-api.amazonaws":                              "is not the URL of a platform",
		"https://a:b@c/v1":                                       "is not the URL of a platform",
		"https://c/v1?x":                                         "is not the URL of a platform",
		"https://c/v1#x":                                         "is not the URL of a platform",
		"https:///v1":                                            "is not the URL of a platform",
		"%":                                                      "is not the URL of a platform",
		"":                                                       "is not the URL of a platform",
	} {
		u, err := ParseURL(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
		if err == nil && strings.HasSuffix(u.String(), "/") {
			t.Errorf("%q is %s", text, u)
		}
	}
}
