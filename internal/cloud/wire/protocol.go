package wire

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"
)

// Protocol is how operations, answers and errors are written (Smithy, AWS protocols).
type Protocol string

// The protocols. The two of JSON are the same but for the type that they name.
const (
	JSON10 Protocol = "application/x-amz-json-1.0"
	JSON11 Protocol = "application/x-amz-json-1.1"
	Query  Protocol = "application/x-www-form-urlencoded"
)

func (s Service) encode(header http.Header, operation string, in any) ([]byte, error) {
	header.Set("Content-Type", string(s.Protocol))
	if s.Protocol != Query {
		header.Set("X-Amz-Target", s.Model+"."+operation)
		return json.Marshal(in)
	}
	given, is := in.(url.Values)
	if !is {
		return nil, fmt.Errorf("%s sends url.Values, and no %T", operation, in)
	}
	form := url.Values{"Action": {operation}, "Version": {s.Model}}
	for name, values := range given {
		form[name] = values
	}
	return []byte(form.Encode()), nil
}

func (p Protocol) decode(body []byte, out any) error {
	if p == Query {
		return xml.Unmarshal(body, out)
	}
	return json.Unmarshal(body, out)
}

// unknown is the code of an error that has none, as of a proxy between: its HTTP status says what it is.
const unknown = "UnknownError"

// failure reads an error. Where nothing can be read, its text is the beginning of the body.
func (p Protocol) failure(status int, header http.Header, body []byte) *Error {
	e := &Error{Code: unknown, Message: strings.TrimSpace(string(body[:min(len(body), snapshot)])), status: status, body: body, protocol: p}
	code, message := p.said(header, body)
	if code != "" {
		e.Code, e.Message = code, message
	}
	return e
}

// said is the code and the text of an error: of JSON the code is a header or a member, which may have a namespace before it
// and an address behind it.
func (p Protocol) said(header http.Header, body []byte) (code, message string) {
	if p == Query {
		var in struct {
			Code, Message string
			Error         struct{ Code, Message string }
		}
		if xml.Unmarshal(body, &in) != nil {
			return "", ""
		}
		return in.Code + in.Error.Code, in.Message + in.Error.Message
	}
	var in struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"` // or Message: encoding/json reads both
	}
	_ = json.Unmarshal(body, &in) // the header may still say it
	for _, code = range []string{header.Get("X-Amzn-Errortype"), in.Type, in.Code} {
		if code != "" {
			break
		}
	}
	code, _, _ = strings.Cut(code, ":")
	return code[strings.LastIndexByte(code, '#')+1:], in.Message
}

// Error is what a service answered instead. It is a smithy.APIError.
type Error struct {
	Code, Message string

	status   int
	body     []byte
	protocol Protocol
}

// Error words it as the SDK does.
func (e *Error) Error() string { return "api error " + e.Code + ": " + e.Message }

// ErrorCode is that of smithy.APIError.
func (e *Error) ErrorCode() string { return e.Code }

// ErrorMessage is that of smithy.APIError.
func (e *Error) ErrorMessage() string { return e.Message }

// ErrorFault is that of smithy.APIError.
func (e *Error) ErrorFault() smithy.ErrorFault {
	if e.status >= http.StatusInternalServerError {
		return smithy.FaultServer
	}
	return smithy.FaultClient
}

// Decode reads what else the service says in the error.
func (e *Error) Decode(into any) error { return e.protocol.decode(e.body, into) }
