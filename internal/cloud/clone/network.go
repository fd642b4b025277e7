package clone

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// packing is how long the other end may look for what it sends before it begins to.
const packing = 3 * time.Minute

// Client sends as the AWS SDK does: through the proxy of the environment, with the SDK's patience, and trusting the certificates
// in the file bundle (AWS_CA_BUNDLE) and no others, where one is named.
func Client(bundle string) (*http.Client, error) {
	trusted, err := certificates(bundle)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusted},
		ForceAttemptHTTP2:     true,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		ResponseHeaderTimeout: packing,
	}}, nil
}

// certificates are those in a file, or those of the system, which are nil, where none is named.
func certificates(bundle string) (*x509.CertPool, error) {
	if bundle == "" {
		return nil, nil //nolint:nilnil // as crypto/tls has it
	}
	text, err := os.ReadFile(bundle)
	if err != nil {
		return nil, fmt.Errorf("read the certificates that AWS_CA_BUNDLE names: %w", err)
	}
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%q, which AWS_CA_BUNDLE names, has no certificate in PEM", bundle)
	}
	return trusted, nil
}
