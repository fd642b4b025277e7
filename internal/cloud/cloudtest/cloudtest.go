// Package cloudtest starts moto, which stands for AWS in tests.
package cloudtest

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/statemachines/engine/mototest"
)

//go:embed serve.py
var program []byte

// Region and Account are where moto is.
const (
	Region  = "eu-central-1"
	Account = "123456789012"
)

// Start starts moto's server in a process of its own, which ends with the test, and returns its URL. A test without Python is
// skipped.
func Start(t testing.TB) (endpoint string) {
	t.Helper()
	python := mototest.Python(t)
	file := filepath.Join(t.TempDir(), "serve.py")
	if err := os.WriteFile(file, program, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(python, file)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	c.Stderr = &complaints
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	t.Cleanup(func() {
		_ = in.Close() // which ends the program
		_ = c.Wait()
		if t.Failed() {
			t.Log(complaints.String())
		}
	})
	if err != nil {
		t.Fatalf("start moto: %v", err)
	}
	return strings.TrimSpace(line)
}

// Empty forgets everything that is in moto.
func Empty(t testing.TB, endpoint string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint+"/moto-api/reset", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("moto is not emptied: %s", answer.Status)
	}
}

// CreateTable makes a platform's table at moto's endpoint. It needs no client of DynamoDB.
func CreateTable(t testing.TB, endpoint, name string) {
	t.Helper()
	const table = `{"TableName":%q,"BillingMode":"PAY_PER_REQUEST",
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
		"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}]}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(fmt.Sprintf(table, name)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.CreateTable")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=id/20260304/"+Region+"/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK {
		t.Fatalf("create the table: %s %s", answer.Status, body)
	}
}
