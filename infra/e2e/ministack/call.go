package ministack

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Operation is one of a service that speaks AWS's JSON protocol. Service is the name that signatures have, such as
// "states", Target its X-Amz-Target, such as "AWSStepFunctions.StartExecution".
type Operation struct{ Service, Target string }

// Call calls an operation as the root of the account. in is encoded, and the answer decoded into out unless that is nil. An
// answer that is no success is a *Refused.
func (e *Emulator) Call(ctx context.Context, o Operation, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", o.Target)
	text, err := e.send(r, o.Service, body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// query calls an operation of a service that speaks AWS's query protocol, and returns its XML.
func (e *Emulator) query(ctx context.Context, service string, form url.Values) ([]byte, error) {
	body := []byte(form.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.endpoint+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	text, err := e.send(r, service, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", form.Get("Action"), err)
	}
	return text, nil
}

// Assumption is what a role is assumed with. ExternalID and Policy, the text of a session policy, may be empty.
type Assumption struct{ Role, ExternalID, Policy string }

// AssumeRole assumes a role as the account's root, whom a role trusts here where it trusts the account.
func (e *Emulator) AssumeRole(ctx context.Context, a Assumption) (Credentials, error) {
	form := url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleArn": {a.Role}, "RoleSessionName": {"test"},
	}
	if a.ExternalID != "" {
		form.Set("ExternalId", a.ExternalID)
	}
	if a.Policy != "" {
		form.Set("Policy", a.Policy)
	}
	text, err := e.query(ctx, "sts", form)
	if err != nil {
		return Credentials{}, err
	}
	var answer struct {
		Credentials Credentials `xml:"AssumeRoleResult>Credentials"`
	}
	err = xml.Unmarshal(text, &answer)
	return answer.Credentials, err
}

// Refused is the answer of a service to a call that it does not do.
type Refused struct {
	Status int
	Type   string `json:"__type"`
	Text   string `json:"-"`
}

func (r *Refused) Error() string { return fmt.Sprintf("status %d: %s", r.Status, r.Text) }

// Invoke invokes a function with a payload, and returns what it answers, also where that is a function's error.
func (e *Emulator) Invoke(t testing.TB, function string, payload []byte) []byte {
	t.Helper()
	r := e.request(t, "POST /2015-03-31/functions/"+function+"/invocations", payload)
	text, err := e.send(r, "lambda", payload)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// PutObject puts an object into a bucket of S3; the key needs no escaping.
func (e *Emulator) PutObject(t testing.TB, bucket, key string, body []byte) {
	t.Helper()
	if _, err := e.send(e.request(t, "PUT /"+bucket+"/"+key, body), "s3", body); err != nil {
		t.Fatal(err)
	}
}

// Object reads an object of S3: its newest version.
func (e *Emulator) Object(t testing.TB, bucket, key string) []byte {
	t.Helper()
	body, err := e.send(e.request(t, "GET /"+bucket+"/"+key, nil), "s3", nil)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// Keys are those of the objects of a bucket, at most a thousand.
func (e *Emulator) Keys(t testing.TB, bucket string) []string {
	t.Helper()
	text, err := e.send(e.request(t, "GET /"+bucket+"?list-type=2", nil), "s3", nil)
	if err != nil {
		t.Fatal(err)
	}
	var listed struct {
		Keys []string `xml:"Contents>Key"`
	}
	if err := xml.Unmarshal(text, &listed); err != nil {
		t.Fatal(err)
	}
	return listed.Keys
}

// request makes a request of a method and a path.
func (e *Emulator) request(t testing.TB, line string, body []byte) *http.Request {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, e.endpoint+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Event is one that a service sends, an entry of PutEvents. Detail is JSON text.
type Event struct {
	Source     string
	DetailType string
	Detail     string
	Resources  []string
}

// PutEvents puts events on the default bus in the name of services: those whose sources begin with "aws." are refused by
// PutEvents. The rules that match have been given to their targets when it returns.
func (e *Emulator) PutEvents(t testing.TB, events ...Event) {
	t.Helper()
	e.door(t, "/_events", events)
}

// send signs a request and sends it.
func (e *Emulator) send(r *http.Request, service string, body []byte) ([]byte, error) {
	Root().Sign(r, service, body)
	text, err := do(r)
	if err != nil {
		return nil, fmt.Errorf("%s %s %s: %w", r.Method, r.URL.Path, r.Header.Get("X-Amz-Target"), err)
	}
	return text, nil
}

func do(r *http.Request) ([]byte, error) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode < http.StatusMultipleChoices {
		return text, err
	}
	refused := &Refused{Status: answer.StatusCode, Text: string(text)}
	_ = json.Unmarshal(text, refused) // XML has no type
	return nil, refused
}
