package wire

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// call is one operation, as the SDK's stack handles it: made once, and read from the answer of each attempt.
type call struct {
	service Service
	connection
	operation string
	in, out   any
	digest    string // SHA-256 of what is sent
}

type serializer struct{ *call }

// ID is the name by which the SDK's parts find their place before or behind it.
func (serializer) ID() string { return "OperationSerializer" }

// HandleSerialize makes the request.
func (c serializer) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
	var none middleware.SerializeOutput
	request, is := in.Request.(*smithyhttp.Request)
	if !is {
		return none, middleware.Metadata{}, &smithy.SerializationError{Err: fmt.Errorf("unknown transport %T", in.Request)}
	}
	body, err := c.service.encode(request.Header, c.operation, c.in)
	if err != nil {
		return none, middleware.Metadata{}, &smithy.SerializationError{Err: err}
	}
	sum := sha256.Sum256(body)
	c.digest = hex.EncodeToString(sum[:])
	at := *c.endpoint
	request.URL, request.Method = &at, http.MethodPost
	// The checksum of an answer is over what was sent, and Go would unpack that unasked.
	request.Header.Set("Accept-Encoding", "identity")
	if in.Request, err = request.SetStream(bytes.NewReader(body)); err != nil {
		return none, middleware.Metadata{}, &smithy.SerializationError{Err: err}
	}
	return next.HandleSerialize(ctx, in)
}

type signer struct{ *call }

// ID is the name by which the SDK's parts find their place before it: each attempt is signed anew.
func (signer) ID() string { return "Signing" }

// HandleFinalize signs an attempt.
func (c signer) HandleFinalize(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
	request, is := in.Request.(*smithyhttp.Request)
	if !is {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("unknown transport %T", in.Request)
	}
	credentials, err := c.config.Credentials.Retrieve(ctx)
	if err == nil {
		now := time.Now() //nolint:forbidigo // signatures are held against the wall clock, as those of the SDK
		err = c.signer.SignHTTP(ctx, credentials, request.Request, c.digest, cmp.Or(c.service.Signing, c.service.Prefix), c.config.Region, now)
	}
	if err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, fmt.Errorf("sign: %w", err)
	}
	return next.HandleFinalize(ctx, in)
}

type deserializer struct{ *call }

// ID is the name by which the SDK's parts find their place before or behind it.
func (deserializer) ID() string { return "OperationDeserializer" }

// HandleDeserialize reads an answer, whole.
func (c deserializer) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	if err != nil {
		return out, metadata, err
	}
	answer, is := out.RawResponse.(*smithyhttp.Response)
	if !is {
		return out, metadata, &smithy.DeserializationError{Err: fmt.Errorf("unknown transport %T", out.RawResponse)}
	}
	body, err := read(answer)
	switch protocol := c.service.Protocol; {
	case err != nil:
		return out, metadata, &smithy.DeserializationError{Err: err}
	case answer.StatusCode < 200 || answer.StatusCode >= 300:
		return out, metadata, protocol.failure(answer.StatusCode, answer.Header, body)
	case c.out == nil:
		return out, metadata, nil
	default:
		err = protocol.decode(body, c.out)
	}
	if err != nil {
		return out, metadata, &smithy.DeserializationError{Err: err, Snapshot: body[:min(len(body), snapshot)]}
	}
	return out, metadata, nil
}

// snapshot is how much of an answer that is none an error holds.
const snapshot = 1024

// read takes a body whole. DynamoDB sends a checksum of it (Error handling with DynamoDB, CRC32).
func read(answer *smithyhttp.Response) ([]byte, error) {
	body, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, &brokenError{err}
	}
	if text := answer.Header.Get("X-Amz-Crc32"); text != "" {
		want, err := strconv.ParseUint(text, 10, 32)
		if got := crc32.ChecksumIEEE(body); err == nil && uint64(got) != want {
			return nil, &brokenError{fmt.Errorf("the CRC32 of the answer is %d, and was %d", got, want)}
		}
	}
	return body, nil
}

// brokenError is an answer that did not arrive as it was sent. The call is made again.
type brokenError struct{ err error }

func (e *brokenError) Error() string { return e.err.Error() }
func (e *brokenError) Unwrap() error { return e.err }

// ConnectionError is by what the SDK tells that it should try again.
func (*brokenError) ConnectionError() bool { return true }
