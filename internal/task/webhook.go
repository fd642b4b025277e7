package task

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

// WebhookRequest is a request to /webhooks/PIPELINE/WEBHOOK. SourceIP is the address that it came from, as the service in
// front says: a header would only claim it. RequestID is that service's, another one for each request.
type WebhookRequest struct {
	PipelineName string
	WebhookName  string
	SourceIP     string
	RequestID    string
	Header       http.Header
	Body         []byte
}

// Secrets is the port to the secrets of webhooks. Secret returns the value that a reference of a registered definition
// names, as CloudFormation writes it: "{{resolve:secretsmanager:ID:SecretString:KEY}}". One that is not there is an *execution.Error with code
// NotFound.
type Secrets interface {
	Secret(ctx context.Context, d execution.Definition, reference string) (string, error)
}

// MaxWebhookBody is the longest body of a webhook, in bytes. Whoever reads the request need not read on behind it.
const MaxWebhookBody = 256 << 10

// errTooLarge is the name of the error about a body that is longer.
const errTooLarge = "PayloadTooLarge"

// ReceiveWebhook starts a pipeline because a request came to one of its webhooks. What is not authenticated learns nothing,
// neither whether the pipeline is there nor why it was refused. What is but fails a filter starts nothing, which is no
// error. HTTPStatus is for the answer.
//
// One delivery starts one execution. A delivery that is signed is told by what is signed, so that no copy of it under
// another name starts a second one.
func (h *Handlers) ReceiveWebhook(ctx context.Context, r WebhookRequest) (Started, error) {
	if len(r.Body) > MaxWebhookBody {
		return Started{}, &execution.Error{Code: execution.Invalid, Name: errTooLarge, Message: fmt.Sprintf("a body may have %d bytes", MaxWebhookBody)}
	}
	d, p, err := h.definitions.newest(ctx, r.PipelineName)
	if execution.CodeOf(err) == execution.NotFound {
		return Started{}, refused()
	}
	if err != nil {
		return Started{}, err
	}
	i := slices.IndexFunc(d.Webhooks, func(w execution.Webhook) bool { return w.Name == r.WebhookName })
	if i < 0 {
		return Started{}, refused()
	}
	w := d.Webhooks[i]
	if err := h.authenticate(ctx, d, w, r); err != nil {
		return Started{}, err
	}
	a := sourceOf(p, w.TargetAction)
	if a == nil {
		return Started{Skipped: fmt.Sprintf("pipeline %q has no source action %q any more", r.PipelineName, w.TargetAction)}, nil
	}
	if why, err := filteredOut(w, a, r.Body); why != "" || err != nil {
		return Started{Skipped: why}, err
	}
	s := start{definition: d, pipeline: p, delivery: "webhook/" + delivery(w, r)}
	if a.ActionTypeID.Provider.Value == connectionProvider {
		return h.startFromConnection(ctx, s, a, gitEventOf(r.Header, r.Body))
	}
	s.trigger = execution.Trigger{Type: triggerWebhook, Detail: h.records.WebhookARN(w.Name)}
	return h.begin(ctx, s)
}

// refused is the one answer to whoever is not let in.
func refused() *execution.Error {
	return &execution.Error{Code: execution.NotAllowed, Message: "there is no such webhook, or the request does not authenticate itself to it"}
}

// The ways of authentication of PutWebhook.
const (
	gitHubHMAC      = "GITHUB_HMAC"
	byAddress       = "IP"
	unauthenticated = "UNAUTHENTICATED"
)

func (h *Handlers) authenticate(ctx context.Context, d execution.Definition, w execution.Webhook, r WebhookRequest) error {
	switch w.Authentication {
	case gitHubHMAC:
		return h.checkSignature(ctx, d, w, r)
	case byAddress:
		allowed, err := netip.ParsePrefix(w.AuthenticationConfiguration.AllowedIPRange)
		if err != nil {
			return &execution.Error{Code: execution.Internal, Message: fmt.Sprintf("webhook %q: its AllowedIPRange is none", w.Name), Err: err}
		}
		from, err := netip.ParseAddr(r.SourceIP)
		if err != nil || !allowed.Contains(from.Unmap()) {
			return refused()
		}
		return nil
	case unauthenticated:
		return nil
	}
	return &execution.Error{Code: execution.Internal, Message: fmt.Sprintf("webhook %q: authentication %q is not known", w.Name, w.Authentication)}
}

type signature struct {
	header, prefix string
	hash           func() hash.Hash
}

// signatures are the headers in which GitHub signs the body, the better one first, and the one in which Bitbucket does: the
// first that is there counts.
var signatures = []signature{
	{"X-Hub-Signature-256", "sha256=", sha256.New},
	{"X-Hub-Signature", "sha256=", sha256.New},
	{"X-Hub-Signature", "sha1=", sha1.New},
}

// gitLabToken is the header in which GitLab sends the secret itself. Its deliveries are told apart by another one, which is the
// same when a delivery is repeated.
const (
	gitLabToken    = "X-Gitlab-Token"
	gitLabDelivery = "Idempotency-Key"
)

func (h *Handlers) checkSignature(ctx context.Context, d execution.Definition, w execution.Webhook, r WebhookRequest) error {
	for _, s := range signatures {
		given, signed := strings.CutPrefix(r.Header.Get(s.header), s.prefix)
		if !signed {
			continue
		}
		secret, err := h.secret(ctx, d, w)
		if err != nil {
			return err
		}
		mac := hmac.New(s.hash, []byte(secret))
		mac.Write(r.Body)
		sum, err := hex.DecodeString(given)
		if err != nil || !hmac.Equal(sum, mac.Sum(nil)) {
			return refused()
		}
		return nil
	}
	if token := r.Header.Get(gitLabToken); token != "" {
		return h.checkToken(ctx, d, w, token)
	}
	return refused()
}

// checkToken compares digests, which have the same length whatever was sent.
func (h *Handlers) checkToken(ctx context.Context, d execution.Definition, w execution.Webhook, token string) error {
	secret, err := h.secret(ctx, d, w)
	if err != nil {
		return err
	}
	given, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(secret))
	if !hmac.Equal(given[:], want[:]) {
		return refused()
	}
	return nil
}

func isSigned(h http.Header) bool {
	return slices.ContainsFunc(signatures, func(s signature) bool { return strings.HasPrefix(h.Get(s.header), s.prefix) })
}

// secret is that of a webhook. A record never holds a secret: one that stands in the template in clear is not taken.
func (h *Handlers) secret(ctx context.Context, d execution.Definition, w execution.Webhook) (string, error) {
	reference := w.AuthenticationConfiguration.SecretToken
	if !strings.HasPrefix(reference, "{{resolve:") {
		return "", &execution.Error{
			Code:    execution.Internal,
			Message: fmt.Sprintf("webhook %q: its SecretToken names no secret; write {{resolve:secretsmanager:...}} there", w.Name),
		}
	}
	if h.secrets == nil {
		return "", &execution.Error{Code: execution.Internal, Message: fmt.Sprintf("webhook %q: secrets are not read here", w.Name)}
	}
	secret, err := h.secrets.Secret(ctx, d, reference)
	if err == nil && secret == "" {
		err = errors.New("it is empty")
	}
	switch code := execution.CodeOf(err); {
	case err == nil:
		return secret, nil
	case code == execution.NotFound || code == execution.NotAllowed: // by us: that is not the caller's fault
		return "", &execution.Error{Code: execution.Internal, Message: fmt.Sprintf("read the secret of webhook %q", w.Name), Err: err}
	}
	return "", fmt.Errorf("read the secret of webhook %q: %w", w.Name, err)
}

// delivery is what identifies a delivery. Of a signed one it is what is signed. Who sends the secret itself could send anything, and
// may name a delivery.
func delivery(w execution.Webhook, r WebhookRequest) string {
	identity := r.RequestID
	if named := r.Header.Get("X-GitHub-Delivery"); named != "" {
		identity = named
	}
	if w.Authentication == gitHubHMAC {
		what := r.Body
		if named := r.Header.Get(gitLabDelivery); named != "" && !isSigned(r.Header) {
			what = []byte(gitLabDelivery + named)
		}
		sum := sha256.Sum256(what)
		identity = hex.EncodeToString(sum[:])
	}
	return w.Name + "/" + identity
}

// configurationInBraces is a part of MatchEquals that comes from the configuration of the target action.
var configurationInBraces = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\{([A-Za-z0-9_-]+)\}`) })

// filteredOut says which filter a body fails; "" where it passes all of them.
func filteredOut(w execution.Webhook, a *pipeline.Action, body []byte) (string, error) {
	if len(w.Filters) == 0 {
		return "", nil
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return "", &execution.Error{Code: execution.Invalid, Message: "the body is not JSON, which the filters of the webhook look into", Err: err}
	}
	for _, f := range w.Filters {
		path, err := parsePath(f.JSONPath)
		if err != nil {
			return "", &execution.Error{Code: execution.Internal, Message: fmt.Sprintf("webhook %q, filter %q", w.Name, f.JSONPath), Err: err}
		}
		want := configurationInBraces().ReplaceAllStringFunc(f.MatchEquals, func(match string) string {
			if setting, there := a.Setting(match[1 : len(match)-1]); there {
				return setting.Value
			}
			return match
		})
		if !slices.Contains(path.texts(value), want) {
			return fmt.Sprintf("%s is not %q", f.JSONPath, want), nil
		}
	}
	return "", nil
}

// statuses give each code of an error the status of the answer to a webhook.
var statuses = map[execution.Code]int{
	execution.Invalid:     http.StatusBadRequest,
	execution.NotFound:    http.StatusNotFound,
	execution.Conflict:    http.StatusConflict,
	execution.NotAllowed:  http.StatusForbidden,
	execution.Throttled:   http.StatusTooManyRequests,
	execution.Unavailable: http.StatusServiceUnavailable,
	execution.Canceled:    http.StatusServiceUnavailable,
	execution.Internal:    http.StatusInternalServerError,
}

// HTTPStatus is the status of the answer to a webhook: 200 where the error is nil. What an error of the status 500 says is
// for the log only.
func HTTPStatus(err error) int {
	var operational *execution.Error
	switch {
	case err == nil:
		return http.StatusOK
	case errors.As(err, &operational) && operational.Name == errTooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return statuses[execution.CodeOf(err)]
}
