package clone

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// The program waits, and reaches the network, as all other calls do.
func TestClientIsTheSDKs(t *testing.T) {
	client, err := Client("")
	if err != nil {
		t.Fatal(err)
	}
	ours, is := client.Transport.(*http.Transport)
	if !is {
		t.Fatalf("transport %T", client.Transport)
	}
	theirs := awshttp.NewBuildableClient().GetTransport()
	if ours.TLSHandshakeTimeout != theirs.TLSHandshakeTimeout || ours.IdleConnTimeout != theirs.IdleConnTimeout ||
		ours.ExpectContinueTimeout != theirs.ExpectContinueTimeout || ours.ForceAttemptHTTP2 != theirs.ForceAttemptHTTP2 ||
		ours.TLSClientConfig.MinVersion != theirs.TLSClientConfig.MinVersion || (ours.Proxy == nil) != (theirs.Proxy == nil) || ours.ResponseHeaderTimeout != packing {
		t.Errorf("ours is %+v, the SDK's %+v", ours, theirs)
	}
}

// Certificates that are named are trusted, and no others.
func TestCertificates(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	folder := t.TempDir()
	bundle, empty := filepath.Join(folder, "bundle.pem"), filepath.Join(folder, "empty.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for file, text := range map[string][]byte{bundle: text, empty: []byte("x")} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, says := range map[string]string{bundle: "", "": "certificate signed by unknown authority"} {
		client, err := Client(file)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Get(server.URL)
		if err == nil {
			_ = answer.Body.Close()
		}
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("bundle %q: error %v, want %q", file, err, says)
		}
	}
	for _, file := range []string{empty, filepath.Join(folder, "nothing.pem")} {
		if _, err := Client(file); err == nil || !strings.Contains(err.Error(), "AWS_CA_BUNDLE names") {
			t.Errorf("bundle %s: error %v", file, err)
		}
	}
}
