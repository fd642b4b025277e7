package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
)

// Config says where a platform is. Credentials, and the Region where the URL does not name it, come from the environment and
// the shared files, as for the AWS CLI.
type Config struct {
	// URL is the platform's ApiUrl, with its stage: https://ID.execute-api.REGION.amazonaws.com/v1.
	URL *url.URL
	// Path is the path of a request behind the URL, by its X-Amz-Target and body.
	Path func(target string, body []byte) (string, error)
	// Now is the time.
	Now func() time.Time
}

// Gateway is a platform's API, seen with somebody's credentials. It may be used concurrently.
type Gateway struct {
	config Config
	load   func() (loaded, error)
	client *http.Client
}

type loaded struct {
	credentials aws.CredentialsProvider
	region      string
}

// silence is how long the platform may take to begin its answer. API Gateway waits for 29 seconds itself.
const silence = 35 * time.Second

// New makes a Gateway. It reads nothing and calls nothing.
func New(c Config) *Gateway {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: silence, ForceAttemptHTTP2: true,
	}
	return &Gateway{
		config: c,
		load:   sync.OnceValues(func() (loaded, error) { return load(c.URL) }),
		client: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// ParseURL reads the URL of a platform. What would send credentials in clear, or to nobody, is refused.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, notAURL(text)
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return nil, notSafe(text)
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

var regional = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\.execute-api\.([a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws)$`)
})

// load reads the environment and the shared files. It asks nobody: credentials are fetched by the first call.
func load(u *url.URL) (loaded, error) {
	c, err := config.LoadDefaultConfig(context.Background(), config.WithLogger(logging.Nop{}))
	if err != nil {
		return loaded{}, settingsUnreadable(err)
	}
	region := c.Region
	if m := regional().FindStringSubmatch(u.Hostname()); m != nil {
		region = m[1]
	}
	if region == "" {
		return loaded{}, noRegion(u.Hostname())
	}
	return loaded{c.Credentials, region}, nil
}

// credentials are whose the requests are.
func (g *Gateway) credentials(ctx context.Context) (aws.Credentials, string, error) {
	l, err := g.load()
	if err != nil {
		return aws.Credentials{}, "", err
	}
	c, err := l.credentials.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, "", noCredentials(err)
	}
	return c, l.region, nil
}

// Identity is with whose access key requests are signed, and for which Region. An error says what is missing.
func (g *Gateway) Identity(ctx context.Context) (accessKeyID, region string, err error) {
	c, region, err := g.credentials(ctx)
	return c.AccessKeyID, region, err
}

// signingName is that of API Gateway's APIs.
const signingName = "execute-api"

// request is a signed one.
func (g *Gateway) request(ctx context.Context, target string, body []byte) (*http.Request, error) {
	path, err := g.config.Path(target, body)
	if err != nil {
		return nil, err
	}
	to := *g.config.URL
	to.Path += path
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return nil, unreachable(g.config.URL, err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target)
	credentials, region, err := g.credentials(ctx)
	if err != nil {
		return nil, err
	}
	return r, v4.NewSigner().SignHTTP(ctx, credentials, r, digest(body), signingName, region, g.config.Now())
}

// send signs a request and returns the platform's answer.
func (g *Gateway) send(r *http.Request) (*http.Response, error) {
	answer, err := g.client.Do(r)
	if err != nil {
		return nil, unreachable(g.config.URL, err)
	}
	return answer, nil
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// maxAnswer bounds an answer, in bytes: that of a Lambda function has 6 MB.
const maxAnswer = 10 << 20

func readAnswer(r io.Reader) ([]byte, error) { return io.ReadAll(io.LimitReader(r, maxAnswer)) }
