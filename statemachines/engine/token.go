package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// A task token names the execution and the attempt, and carries a keyed hash of both under the execution's seed:
// it cannot be guessed, needs no table, and a replay makes the same one.

const macSize = 16

func (x *execution) newToken(serial int64) string {
	name := x.name + "/" + strconv.FormatInt(serial, 10)
	return base64.RawURLEncoding.EncodeToString(append([]byte(name+"/"), x.mac(name)...))
}

func (x *execution) mac(name string) []byte {
	h := hmac.New(sha256.New, x.start.Seed[:])
	h.Write([]byte("task token " + name))
	return h.Sum(nil)[:macSize]
}

// SendTaskSuccess answers a token with a result, which is JSON text. The error's code is InvalidToken for a text that
// is no token of this engine, TaskDoesNotExist for an unknown execution, TaskTimedOut when the task no longer waits
// (answered, timed out, stopped), InvalidOutput for a result that is not JSON or too large.
func (e *Engine) SendTaskSuccess(ctx context.Context, token string, output []byte) error {
	if !json.Valid(output) || len(output) > maxPayload {
		return &Error{Code: InvalidOutput, Message: "the output must be JSON of at most 256 KiB"}
	}
	return e.answer(ctx, token, Entry{Kind: EntryTokenSucceeded, Output: compact(output)})
}

// SendTaskFailure answers a token with an error and a cause, both of which may be empty. Codes as SendTaskSuccess.
func (e *Engine) SendTaskFailure(ctx context.Context, token, name, cause string) error {
	return e.answer(ctx, token, Entry{Kind: EntryTokenFailed, Error: name, Cause: cause})
}

// SendTaskHeartbeat tells that the work goes on: the state's HeartbeatSeconds begin anew. Codes as SendTaskSuccess.
func (e *Engine) SendTaskHeartbeat(ctx context.Context, token string) error {
	return e.answer(ctx, token, Entry{Kind: EntryTokenHeartbeat})
}

func (e *Engine) answer(ctx context.Context, token string, entry Entry) error {
	if !e.hold(0) {
		return errClosed()
	}
	defer e.release(0)
	name, serial, mac, ok := parseToken(token)
	if !ok {
		return errInvalidToken()
	}
	x, ok := e.lookup(name)
	if !ok {
		return &Error{Code: TaskDoesNotExist, Message: "there is no such task"}
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if !hmac.Equal(mac, x.mac(name+"/"+strconv.FormatInt(serial, 10))) {
		return errInvalidToken()
	}
	if _, live := x.pending[serial]; !live {
		return &Error{Code: TaskTimedOut, Message: "the task does not wait for an answer any more"}
	}
	entry.Serial = serial
	if err := x.commit(ctx, entry); err != nil {
		return fmt.Errorf("answer task token of execution %s: %w", name, err)
	}
	return nil
}

func errInvalidToken() error {
	return &Error{Code: InvalidToken, Message: "the task token is not valid"}
}

// parseToken takes a token apart; names of executions hold no slash.
func parseToken(token string) (name string, serial int64, mac []byte, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return "", 0, nil, false
	}
	parts := strings.SplitN(string(raw), "/", 3)
	if len(parts) != 3 {
		return "", 0, nil, false
	}
	serial, err = strconv.ParseInt(parts[1], 10, 64)
	return parts[0], serial, []byte(parts[2]), err == nil
}

func (e *Engine) lookup(name string) (*execution, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	x, ok := e.executions[name]
	return x, ok
}
