package functions

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	lambdaevents "github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/penstock-ci/penstock/internal/cloud/platform"
)

// Gateway answers the requests of a REST API of API Gateway, by proxy integration: what handler makes answers each.
func Gateway(function string, parts platform.Parts, handler func(*platform.Platform) http.Handler) {
	p := Open(parts)
	g := &gateway{function: function, platform: p, handler: handler(p)}
	lambda.Start(g.answer)
}

type gateway struct {
	function string
	platform *platform.Platform
	handler  http.Handler
}

func (g *gateway) answer(ctx context.Context, in lambdaevents.APIGatewayProxyRequest) (lambdaevents.APIGatewayProxyResponse, error) {
	began := time.Now()
	g.platform.Logs().Begin()
	ctx, cancel := early(ctx)
	defer cancel()
	w := &recorded{header: http.Header{}}
	r, err := requestOf(ctx, &in)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	} else {
		g.handler.ServeHTTP(w, r)
	}
	at := platform.Place{Function: g.function, RequestID: requestID(ctx)}
	Settle(ctx, g.platform, at)
	told := in.HTTPMethod + " " + in.Path
	if status := w.sent(); status >= http.StatusInternalServerError {
		g.platform.Logs().Failed(at, told, strconv.Itoa(status), w.body.String())
	} else {
		g.platform.Logs().Done(at, told+" "+strconv.Itoa(status), began)
	}
	return w.response(), nil
}

type callerKey struct{}

// CallerOf is the ARN of who has made a request, as IAM has identified them; empty where it has not.
func CallerOf(r *http.Request) string {
	arn, _ := r.Context().Value(callerKey{}).(string)
	return arn
}

// requestOf is a request as net/http has it. Its path is that of the event as it is there: a REST API leaves it encoded, and
// nothing is decoded here either, for whoever compares it must compare what IAM did.
func requestOf(ctx context.Context, in *lambdaevents.APIGatewayProxyRequest) (*http.Request, error) {
	body := []byte(in.Body)
	if in.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(in.Body); err != nil {
			return nil, err
		}
	}
	ctx = context.WithValue(ctx, callerKey{}, in.RequestContext.Identity.UserArn)
	r, err := http.NewRequestWithContext(ctx, in.HTTPMethod, "/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.URL = &url.URL{Path: in.Path, RawQuery: url.Values(in.MultiValueQueryStringParameters).Encode()}
	for name, values := range in.MultiValueHeaders {
		for _, value := range values {
			r.Header.Add(name, value)
		}
	}
	for name, value := range in.Headers {
		if r.Header.Get(name) == "" {
			r.Header.Set(name, value)
		}
	}
	r.Host = r.Header.Get("Host")
	return r, nil
}

// recorded is an answer that is kept whole: Lambda gives it to the gateway at once.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is that of http.ResponseWriter.
func (w *recorded) Header() http.Header { return w.header }

// WriteHeader is that of http.ResponseWriter.
func (w *recorded) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write is that of http.ResponseWriter.
func (w *recorded) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *recorded) sent() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

// response has a body that is no text in base64.
func (w *recorded) response() lambdaevents.APIGatewayProxyResponse {
	out := lambdaevents.APIGatewayProxyResponse{StatusCode: w.sent(), MultiValueHeaders: w.header, Body: w.body.String()}
	if !utf8.ValidString(out.Body) {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	return out
}
