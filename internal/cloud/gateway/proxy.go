package gateway

import (
	"errors"
	"io"
	"net/http"
	"strings"
)

// Proxy is an http.Handler for clients of CodePipeline's API that know nothing of API Gateway: it verifies the signature of a
// request, signs it again and sends it to the platform. The answer is passed on as it is. Refuse answers a request that gets
// none there. Tell is told of each request: the path it went to, and with what status it was answered; or, where it went
// nowhere, why.
type Proxy struct {
	*Gateway
	Refuse func(http.ResponseWriter, error)
	Tell   func(path string, status int, err error)
}

// maxBody bounds the body of a request, in bytes: what the platform takes.
const maxBody = 1 << 20

// ServeHTTP answers one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer, err := p.forward(w, r)
	if err != nil {
		p.Tell("", 0, err)
		p.Refuse(w, err)
		return
	}
	p.Tell(strings.TrimPrefix(answer.Request.URL.Path, p.config.URL.Path), answer.StatusCode, nil)
	defer answer.Body.Close()
	for name, values := range answer.Header {
		if !ofConnection[name] {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body) // whoever asked may have gone, and the platform may go: the body is short of its length then
}

// ofConnection are headers that say something of one connection only.
var ofConnection = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Transfer-Encoding": true, "Upgrade": true, "Trailer": true, "Proxy-Authenticate": true,
}

func (p *Proxy) forward(w http.ResponseWriter, r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodPost || r.URL.RequestURI() != "/" {
		return nil, notHere(r.Method, r.URL.RequestURI())
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return nil, bodyTooLong()
	} else if err != nil {
		return nil, err
	}
	if err := p.Verify(r.Context(), r, body); err != nil {
		return nil, err
	}
	out, err := p.request(r.Context(), r.Header.Get("X-Amz-Target"), body)
	if err != nil {
		return nil, err
	}
	out.Header.Set("User-Agent", r.UserAgent())
	out.Header.Set("Accept-Encoding", "identity") // the answer is passed on as it is
	return p.send(out)
}
