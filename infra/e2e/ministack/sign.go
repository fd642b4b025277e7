package ministack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Credentials are those of a principal: the root of the account, a user, or a session, which has a token too.
type Credentials struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
}

// Root are the credentials of the account's root, to whom nothing is denied. Only this emulator knows them: they are those
// of AWS's documentation.
func Root() Credentials {
	return Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
}

// environment is that of a program which calls with the credentials.
func (c Credentials) environment() []string {
	variables := []string{"AWS_ACCESS_KEY_ID=" + c.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey}
	if c.SessionToken != "" {
		variables = append(variables, "AWS_SESSION_TOKEN="+c.SessionToken)
	}
	return variables
}

// Sign adds Signature Version 4 to a request for a service.
func (c Credentials) Sign(r *http.Request, service string, body []byte) {
	now := time.Now().UTC() //nolint:forbidigo // signatures are of the hour of the process that checks them
	stamp, day := now.Format("20060102T150405Z"), now.Format("20060102")
	hash := digest(string(body))
	r.Header.Set("X-Amz-Date", stamp)
	r.Header.Set("X-Amz-Content-Sha256", hash)
	headers := []string{"host:" + r.URL.Host, "x-amz-content-sha256:" + hash, "x-amz-date:" + stamp}
	signed := "host;x-amz-content-sha256;x-amz-date"
	if c.SessionToken != "" {
		r.Header.Set("X-Amz-Security-Token", c.SessionToken)
		headers = append(headers, "x-amz-security-token:"+c.SessionToken)
		signed += ";x-amz-security-token"
	}
	query := strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20")
	canonical := strings.Join([]string{r.Method, r.URL.EscapedPath(), query, strings.Join(headers, "\n"), "", signed, hash}, "\n")
	scope := strings.Join([]string{day, Region, service, "aws4_request"}, "/")
	key := []byte("AWS4" + c.SecretAccessKey)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	signature := mac(key, strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, digest(canonical)}, "\n"))
	r.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s",
		c.AccessKeyID, scope, signed, hex.EncodeToString(signature)))
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
