package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

func notAURL(text string) error {
	return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf(
		"%q is not the URL of a platform, such as https://ID.execute-api.REGION.amazonaws.com/v1", text)}
}

func notSafe(text string) error {
	return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("%q does not begin with https://: others could read what is sent there", text)}
}

func settingsUnreadable(err error) error {
	return &execution.Error{Code: execution.Invalid, Message: "read the settings of AWS", Err: err}
}

func noRegion(host string) error {
	return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("the host %q does not name a Region: set AWS_REGION, or a region in the profile", host)}
}

// noCredentials leaves out what the SDK says twice.
func noCredentials(err error) error {
	const refresh = "failed to refresh cached credentials, "
	text := err.Error()
	if at := strings.LastIndex(text, refresh); at >= 0 {
		text = text[at+len(refresh):]
	}
	return &execution.Error{Code: execution.NotAllowed, Name: "UnrecognizedClientException", Message: "there are no credentials of AWS", Err: shortened{err, text}}
}

// shortened is an error that says less than it is.
type shortened struct {
	error
	text string
}

func (s shortened) Error() string { return s.text }
func (s shortened) Unwrap() error { return s.error }

// unreachable leaves out the request, which net/http tells too.
func unreachable(to *url.URL, err error) error {
	if asked := (*url.Error)(nil); errors.As(err, &asked) {
		err = asked.Err
	}
	return &execution.Error{Code: execution.Unavailable, Message: "ask the platform at " + to.String(), Err: err}
}

func noMessage(answer *http.Response, name string) string {
	return strings.TrimSpace(fmt.Sprintf("%s answers %s %s", answer.Request.URL, answer.Status, name))
}

func pathAsked(method, path string) string { return fmt.Sprintf(" (%s %s)", method, path) }

// What is wrong with a signature, by the names that AWS gives it.

func refused(name, format string, args ...any) error {
	return &execution.Error{Code: execution.NotAllowed, Name: name, Message: fmt.Sprintf(format, args...)}
}

func unsigned() error {
	return refused("MissingAuthenticationTokenException", "the request has no signature, or two: give the client the credentials that the proxy has")
}

func incomplete(what string) error {
	return refused("IncompleteSignatureException", "the Authorization header is not a signature that counts: %s", what)
}

func otherCredentials(theirs, ours string) error {
	return refused("UnrecognizedClientException",
		"the request is signed with the access key %q, and the proxy has %q: both must have the same credentials, the session token included", theirs, ours)
}

func tooOld(date, now time.Time) error {
	return refused("InvalidSignatureException", "the signature is of %s, and it is %s: more than %s apart", date.Format(time.RFC3339), now.UTC().Format(time.RFC3339), skew)
}

func otherBody() error {
	return refused("InvalidSignatureException", "the body is not the one that was signed")
}

func otherSignature() error {
	return refused("InvalidSignatureException", "the signature does not match: the secret access key is another one, or the request was changed after it was signed")
}

func notHere(method, target string) error {
	return refused("UnknownOperationException", "%s %s is no request of CodePipeline's API: it is POST /", method, target)
}

func bodyTooLong() error {
	return &execution.Error{Code: execution.Invalid, Message: fmt.Sprintf("the body has more than %d bytes", maxBody)}
}
