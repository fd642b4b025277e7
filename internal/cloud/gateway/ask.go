package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Ask sends a request, by its X-Amz-Target and its body, and returns the body of the answer. An exception is an
// *execution.Error with its name; Ask repeats nothing.
func (g *Gateway) Ask(ctx context.Context, target string, body []byte) ([]byte, error) {
	r, err := g.request(ctx, target, body)
	if err != nil {
		return nil, err
	}
	answer, err := g.send(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	got, err := readAnswer(answer.Body)
	switch {
	case err != nil:
		return nil, unreachable(g.config.URL, err)
	case answer.StatusCode != http.StatusOK:
		return nil, exceptionOf(answer, got)
	}
	return got, nil
}

// codes are those of exceptions, by parts of their names. What has none is what its status says.
var codes = []struct {
	part string
	code execution.Code
}{
	{"AccessDenied", execution.NotAllowed},
	{"Signature", execution.NotAllowed},
	{"Token", execution.NotAllowed},
	{"UnrecognizedClient", execution.NotAllowed},
	{"NotFound", execution.NotFound},
	{"Throttling", execution.Throttled},
	{"TooManyRequests", execution.Throttled},
	{"NotStoppable", execution.Conflict},
	{"Conflict", execution.Conflict},
	{"ApprovalAlreadyCompleted", execution.Conflict},
}

// accessDenied is the exception of who may not ask for a path. Where it is API Gateway's, its message mostly has the path.
const accessDenied = "AccessDeniedException"

// exceptionOf reads the exception of the API, which names itself in its body, or that of API Gateway, which does in a header.
func exceptionOf(answer *http.Response, body []byte) error {
	var told struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
		Other   string `json:"Message"`
	}
	_ = json.Unmarshal(body, &told) // what is no JSON has no message
	name := told.Type
	if name == "" {
		name, _, _ = strings.Cut(answer.Header.Get("X-Amzn-Errortype"), ":")
	}
	if _, short, qualified := strings.Cut(name, "#"); qualified {
		name = short
	}
	e := &execution.Error{Code: execution.Invalid, Name: name, Message: told.Message}
	if e.Message == "" {
		e.Message = told.Other
	}
	switch {
	case answer.StatusCode == http.StatusTooManyRequests:
		e.Code = execution.Throttled
	case answer.StatusCode >= http.StatusInternalServerError:
		e.Code = execution.Unavailable
	}
	for _, row := range codes {
		if strings.Contains(name, row.part) {
			e.Code = row.code
			break
		}
	}
	if e.Message == "" {
		e.Message = noMessage(answer, name)
	}
	if path := answer.Request.URL.Path; e.Code == execution.NotAllowed && name == accessDenied && !strings.Contains(e.Message, path) {
		e.Message += pathAsked(answer.Request.Method, path)
	}
	return e
}
