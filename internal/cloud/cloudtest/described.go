package cloudtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// asModelled holds every request of JSON or of a form against AWS's own model of its API, and every answer in JSON: what is
// misspelt here, AWS would ignore or refuse, and what a test answers in AWS's place it would never say.
func asModelled(stack *middleware.Stack) error {
	err := stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("AsModelled",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if request, is := in.Request.(*smithyhttp.Request); is {
				if err := checkRequest(ctx, request); err != nil {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, err
				}
			}
			return next.HandleFinalize(ctx, in)
		}), middleware.After)
	if err != nil {
		return err
	}
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("AsModelled",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleDeserialize(ctx, in)
			if answer, is := out.RawResponse.(*smithyhttp.Response); is && err == nil {
				err = checkAnswer(ctx, answer)
			}
			return out, metadata, err
		}), middleware.After)
}

// checkRequest looks at what is sent, and leaves it to be sent.
func checkRequest(ctx context.Context, r *smithyhttp.Request) error {
	target, form := r.Header.Get("X-Amz-Target"), r.Header.Get("Content-Type") == "application/x-www-form-urlencoded"
	if target == "" && !form {
		return nil
	}
	m, err := modelOf(awsmiddleware.GetServiceID(ctx))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(r.GetStream())
	if err != nil {
		return err
	}
	if err := r.RewindStream(); err != nil {
		return err
	}
	operation := awsmiddleware.GetOperationName(ctx)
	input := m.Operations[operation].Input.Shape
	if _, known := m.Operations[operation]; !known {
		return fmt.Errorf("%s has no operation %s", awsmiddleware.GetServiceID(ctx), operation)
	}
	wrong := m.checkHeaders(r.Header, operation)
	if form {
		values, err := url.ParseQuery(string(body))
		if err != nil {
			return err
		}
		if got := values.Get("Version"); got != m.Metadata.APIVersion {
			wrong = append(wrong, "Version is "+got+", want "+m.Metadata.APIVersion)
		}
		return unlike(operation, append(wrong, m.checkForm(input, values)...))
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return err
	}
	return unlike(operation, append(wrong, m.check(input, input, value, true)...))
}

// checkHeaders says what is not as the service wants to be called.
func (m *model) checkHeaders(h http.Header, operation string) []string {
	var wrong []string
	signing := m.Metadata.SigningName
	if signing == "" {
		signing = m.Metadata.EndpointPrefix
	}
	if got := h.Get("Authorization"); !strings.Contains(got, "/"+signing+"/aws4_request") {
		wrong = append(wrong, "it is signed by "+got+", want the service "+signing)
	}
	if m.Metadata.TargetPrefix == "" {
		return wrong
	}
	if got, want := h.Get("X-Amz-Target"), m.Metadata.TargetPrefix+"."+operation; got != want {
		wrong = append(wrong, "its target is "+got+", want "+want)
	}
	if got, want := h.Get("Content-Type"), "application/x-amz-json-"+m.Metadata.JSONVersion; got != want {
		wrong = append(wrong, "its content is "+got+", want "+want)
	}
	return wrong
}

// checkAnswer looks at what is answered, and leaves it to be read.
func checkAnswer(ctx context.Context, r *smithyhttp.Response) error {
	if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json-") {
		return nil
	}
	m, err := modelOf(awsmiddleware.GetServiceID(ctx))
	if err != nil {
		return err
	}
	body, broken := io.ReadAll(r.Body)
	rest := io.Reader(bytes.NewReader(body))
	if broken != nil {
		rest = io.MultiReader(rest, failing{broken})
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{rest, r.Body}
	operation := awsmiddleware.GetOperationName(ctx)
	output := m.Operations[operation].Output.Shape
	var value any
	if output == "" || json.Unmarshal(body, &value) != nil {
		return nil // an answer that is none is the matter of whoever reads it
	}
	return unlike("the answer of "+operation, m.check(output, output, value, false))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func unlike(what string, wrong []string) error {
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("%s is not as AWS has it: %s", what, strings.Join(wrong, "; "))
}
