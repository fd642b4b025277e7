package mototest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/penstock-ci/penstock/statemachines/engine"
)

// SendTaskSuccess answers a token with a result, which is JSON text. The error's code is the API's.
func (m *Moto) SendTaskSuccess(ctx context.Context, token string, output []byte) error {
	return m.call(ctx, "SendTaskSuccess", map[string]string{"taskToken": token, "output": string(output)})
}

// SendTaskFailure answers a token with an error and a cause, both of which may be empty.
func (m *Moto) SendTaskFailure(ctx context.Context, token, name, cause string) error {
	return m.call(ctx, "SendTaskFailure", map[string]string{"taskToken": token, "error": name, "cause": cause})
}

// call calls an operation of Step Functions' API that answers nothing.
func (m *Moto) call(ctx context.Context, operation string, input map[string]string) error {
	body, err := json.Marshal(input)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AWSStepFunctions."+operation)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode == http.StatusOK {
		return err
	}
	var refused struct {
		Type engine.Code `json:"__type"`
	}
	if err := json.Unmarshal(text, &refused); err != nil || refused.Type == "" {
		return fmt.Errorf("%s: %s: %s", operation, answer.Status, text)
	}
	return &engine.Error{Code: refused.Type, Message: string(text)}
}
