package cloudtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Answers stands in for services, where moto does not do what AWS does: one function an operation, which gets the request
// and answers in the shape that AWS documents.
type Answers struct {
	mu sync.Mutex
	// JSON has operations of the protocol aws.json by their names, Query those of aws.query, whose answer is what stands
	// inside the result. An answer that is a Refusal is an error.
	JSON  map[string]func(in map[string]any) any
	Query map[string]func(in url.Values) any
	// Rest answers everything else.
	Rest func(r *http.Request) *http.Response
	// Asked are the operations that were called, in order.
	Asked []string
}

// Refusal is an error of a service.
type Refusal struct {
	status        int
	code, message string
}

// Refuse is an answer with this HTTP status and error.
func Refuse(status int, code, message string) Refusal { return Refusal{status, code, message} }

// Through sends nothing: it answers.
func (a *Answers) Through(aws.HTTPClient) aws.HTTPClient { return Sender(a.answer) }

func (a *Answers) answer(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	_, operation, isJSON := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if isJSON {
		a.Asked = append(a.Asked, operation)
		var in map[string]any
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
		return jsonAnswer(r, a.JSON[operation], in)
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		operation = form.Get("Action")
		a.Asked = append(a.Asked, operation)
		return queryAnswer(r, operation, a.Query[operation], form)
	}
	a.Asked = append(a.Asked, r.Method+" "+r.URL.Path)
	if a.Rest == nil {
		return Respond(r, 404, "application/xml", "<Error><Code>NoSuchKey</Code><Message>no</Message></Error>"), nil
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return a.Rest(r), nil
}

func jsonAnswer(r *http.Request, does func(map[string]any) any, in map[string]any) (*http.Response, error) {
	const kind = "application/x-amz-json-1.1"
	if does == nil {
		return Respond(r, 400, kind, `{"__type":"UnknownOperationException","message":"not answered here"}`), nil
	}
	out := does(in)
	if no, refused := out.(Refusal); refused {
		return Respond(r, no.status, kind, fmt.Sprintf(`{"__type":%q,"message":%q}`, no.code, no.message)), nil
	}
	encoded, err := json.Marshal(out)
	return Respond(r, 200, kind, string(encoded)), err
}

func queryAnswer(r *http.Request, operation string, does func(url.Values) any, in url.Values) (*http.Response, error) {
	if does == nil {
		does = func(url.Values) any { return Refusal{400, "InvalidAction", operation + " is not answered here"} }
	}
	switch out := does(in).(type) {
	case Refusal:
		return Respond(r, out.status, "text/xml", fmt.Sprintf(
			"<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>", out.code, out.message)), nil
	default:
		return Respond(r, 200, "text/xml", fmt.Sprintf("<%[1]sResponse><%[1]sResult>%[2]v</%[1]sResult></%[1]sResponse>", operation, out)), nil
	}
}

// Respond is an answer to a request, with a body of some content type.
func Respond(r *http.Request, status int, kind, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {kind}, "Content-Length": {strconv.Itoa(len(body))}}, Body: io.NopCloser(strings.NewReader(body)),
		ContentLength: int64(len(body)), Request: r,
	}
}

// Object answers every read of S3 with one content in one version, and any other call as if it were stored.
func Object(content, version string) func(*http.Request) *http.Response {
	return func(r *http.Request) *http.Response {
		body := content
		if r.Method == http.MethodPut {
			body = ""
		}
		out := Respond(r, 200, "application/octet-stream", body)
		out.Header.Set("x-amz-version-id", version)
		return out
	}
}

// FixedClock stands still.
type FixedClock time.Time

// Now is always the same time.
func (c FixedClock) Now() time.Time { return time.Time(c) }

// At looks a place up in a decoded answer: "environment.0.name".
func At(t *testing.T, in any, path string) any {
	t.Helper()
	for part := range strings.SplitSeq(path, ".") {
		switch v := in.(type) {
		case map[string]any:
			in = v[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(v) {
				t.Fatalf("no %q in %v", path, v)
			}
			in = v[i]
		default:
			return nil
		}
	}
	return in
}
