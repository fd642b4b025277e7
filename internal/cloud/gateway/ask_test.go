package gateway

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscredentials "github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/penstock-ci/penstock/internal/execution"
)

// to is a Gateway to a server, with credentials.
func to(t *testing.T, server *httptest.Server, credentials aws.CredentialsProvider) *Gateway {
	t.Helper()
	u, err := ParseURL(server.URL + "/v1")
	if err != nil {
		t.Fatal(err)
	}
	path := func(target string, _ []byte) (string, error) { return "/" + target, nil }
	g := New(Config{URL: u, Path: path, Now: now.UTC})
	g.load = func() (loaded, error) { return loaded{credentials, "eu-central-1"}, nil }
	return g
}

var static = awscredentials.NewStaticCredentialsProvider(session.AccessKeyID, session.SecretAccessKey, session.SessionToken)

// What is asked comes signed, at its path; exceptions come back by their names, of whoever answers.
func TestAsk(t *testing.T) {
	for _, c := range []struct {
		status          int
		errorType, body string
		name, message   string
		code            execution.Code
	}{
		{200, "", `{"a":1}`, "", "", ""},
		{400, "", `{"__type":"PipelineNotFoundException","message":"no"}`, "PipelineNotFoundException", "no", execution.NotFound},
		{400, "", `{"__type":"com.amazonaws.codepipeline#ValidationException","message":"no"}`, "ValidationException", "no", execution.Invalid},
		{403, "AccessDeniedException", `{"Message":"User: ann is not authorized"}`, "AccessDeniedException", "User: ann is not authorized", execution.NotAllowed},
		{403, "AccessDeniedException", `{"Message":"User: ann may not"}`, "AccessDeniedException", "User: ann may not (POST /v1/Do)", execution.NotAllowed},
		{403, "InvalidSignatureException:http://x", `{"message":"no"}`, "InvalidSignatureException", "no", execution.NotAllowed},
		{403, "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`, "MissingAuthenticationTokenException", "Missing Authentication Token", execution.NotAllowed},
		{429, "TooManyRequestsException", `{"message":"Too Many Requests"}`, "TooManyRequestsException", "Too Many Requests", execution.Throttled},
		{502, "InternalServerErrorException", `{"message": "Internal server error"}`, "InternalServerErrorException", "Internal server error", execution.Unavailable},
		{301, "", ``, "", "301 Moved Permanently", execution.Invalid},
		{504, "", `<html>`, "", "504 Gateway Timeout", execution.Unavailable},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if err := verify(r, body, session, now); err != nil || r.URL.Path != "/v1/Do" || !strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/execute-api/") {
				t.Errorf("%s with %s: %v", r.URL, r.Header, err)
			}
			w.Header().Set("Location", "https://example.com")
			w.Header().Set("X-Amzn-Errortype", c.errorType)
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		got, err := to(t, server, static).Ask(t.Context(), "Do", []byte(`{"x":"é"}`))
		server.Close()
		var e *execution.Error
		switch {
		case c.code == "":
			if err != nil || string(got) != c.body {
				t.Errorf("%d %s: %s %v", c.status, c.body, got, err)
			}
		case !errors.As(err, &e) || e.Name != c.name || e.Code != c.code || !strings.Contains(e.Message, c.message):
			t.Errorf("%d %s %s: %+v", c.status, c.errorType, c.body, err)
		}
	}
}

// Nobody there, and nobody signed in.
func TestAskNobody(t *testing.T) {
	// No process is given port 1 because it asked for any: one that a server has left may be somebody else's by now.
	server := &httptest.Server{URL: "http://127.0.0.1:1"}
	if _, err := to(t, server, static).Ask(t.Context(), "Do", nil); execution.CodeOf(err) != execution.Unavailable || !strings.HasPrefix(err.Error(), "ask the platform at "+server.URL+"/v1: dial tcp ") || strings.Count(err.Error(), "dial") != 1 {
		t.Errorf("a server that is not there: %v", err)
	}
	_, err := to(t, server, aws.AnonymousCredentials{}).Ask(t.Context(), "Do", nil)
	if execution.CodeOf(err) != execution.NotAllowed || !strings.HasPrefix(err.Error(), "there are no credentials of AWS: ") || strings.Count(err.Error(), "anonymous") > 1 {
		t.Errorf("without credentials: %v", err)
	}
}

// The Region is that of the URL, where it names one.
func TestLoad(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	for _, c := range []struct{ url, region, want string }{
		{"https://abc.execute-api.eu-central-1.amazonaws.com/v1", "us-east-1", "eu-central-1"},
		{"https://abc-vpce-1.execute-api.cn-north-1.amazonaws.com.cn/v1", "", "cn-north-1"},
		{"https://release.example.com", "us-east-1", "us-east-1"},
		{"https://release.example.com", "", ""},
	} {
		t.Setenv("AWS_REGION", c.region)
		u, err := ParseURL(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := load(u); l.region != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s with AWS_REGION=%s: %q %v", c.url, c.region, l.region, err)
		}
	}
}
