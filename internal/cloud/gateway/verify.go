package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Signature version 4: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
const (
	algorithm   = "AWS4-HMAC-SHA256"
	terminator  = "aws4_request"
	dateFormat  = "20060102T150405Z"
	dayLength   = len("20060102")
	dateHeader  = "X-Amz-Date"
	hashHeader  = "X-Amz-Content-Sha256"
	tokenHeader = "X-Amz-Security-Token"
)

// skew is how far the date of a request may be from now. SDKs send within moments what they have signed.
const skew = 5 * time.Minute

// signature is what an Authorization header says.
type signature struct {
	accessKeyID, day, region, service string
	headers                           []string
	value                             []byte
}

// Verify refuses a request that was not signed, with all that matters in it, by the credentials that the Gateway itself has,
// for whatever service. What it answers tells nothing of a secret.
func (g *Gateway) Verify(ctx context.Context, r *http.Request, body []byte) error {
	credentials, _, err := g.credentials(ctx)
	if err != nil {
		return err
	}
	return verify(r, body, credentials, g.config.Now())
}

func verify(r *http.Request, body []byte, credentials aws.Credentials, now time.Time) error {
	s, err := readSignature(r.Header)
	if err != nil {
		return err
	}
	if !same(s.accessKeyID, credentials.AccessKeyID) || !same(r.Header.Get(tokenHeader), credentials.SessionToken) {
		return otherCredentials(s.accessKeyID, credentials.AccessKeyID)
	}
	date, err := time.Parse(dateFormat, r.Header.Get(dateHeader))
	switch age := now.Sub(date); {
	case err != nil:
		return incomplete("the header " + dateHeader + " is no date")
	case age > skew || age < -skew:
		return tooOld(date, now)
	case s.day != r.Header.Get(dateHeader)[:dayLength]:
		return incomplete("the credential is of another day than the request")
	}
	hash := digest(body)
	if told := r.Header.Get(hashHeader); told != "" && told != hash {
		return otherBody()
	}
	if !hmac.Equal(s.value, s.sign(credentials.SecretAccessKey, r, hash)) {
		return otherSignature()
	}
	return nil
}

// same compares in a time that does not depend on where two texts differ.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// mustSign are the headers that say what a request does, and where and when: a signature that leaves one out is of anything.
func mustSign() []string { return []string{"host", "x-amz-date", "x-amz-target"} }

// readSignature reads the Authorization header, of which there is one.
func readSignature(h http.Header) (*signature, error) {
	all := h.Values("Authorization")
	if len(all) != 1 {
		return nil, unsigned()
	}
	rest, ok := strings.CutPrefix(all[0], algorithm+" ")
	if !ok {
		return nil, incomplete("it is not of " + algorithm)
	}
	s := &signature{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			if scope := strings.Split(value, "/"); len(scope) == 5 && scope[4] == terminator {
				s.accessKeyID, s.day, s.region, s.service = scope[0], scope[1], scope[2], scope[3]
			}
		case "SignedHeaders":
			s.headers = strings.Split(value, ";")
		case "Signature":
			s.value, _ = hex.DecodeString(value) // what is none is not equal
		}
	}
	if s.accessKeyID == "" || len(s.day) != dayLength {
		return nil, incomplete("its Credential is not KEY/DAY/REGION/SERVICE/" + terminator)
	}
	for _, name := range mustSign() {
		if !slices.Contains(s.headers, name) {
			return nil, incomplete("it does not sign the header " + name)
		}
	}
	if !slices.IsSorted(s.headers) || slices.ContainsFunc(s.headers, func(n string) bool { return n != strings.ToLower(n) || n != "host" && len(h.Values(n)) != 1 }) {
		return nil, incomplete("its SignedHeaders are not in order, or are not each in the request once")
	}
	return s, nil
}

// sign is the signature of a request with these headers.
func (s *signature) sign(secret string, r *http.Request, bodyHash string) []byte {
	var canonical strings.Builder
	canonical.WriteString(r.Method + "\n" + escape(r.URL.EscapedPath()) + "\n" + r.URL.RawQuery + "\n")
	for _, name := range s.headers {
		value := r.Header.Get(name)
		if name == "host" {
			value = r.Host
		}
		canonical.WriteString(name + ":" + strings.Join(strings.Fields(value), " ") + "\n")
	}
	canonical.WriteString("\n" + strings.Join(s.headers, ";") + "\n" + bodyHash)
	scope := strings.Join([]string{s.day, s.region, s.service, terminator}, "/")
	text := strings.Join([]string{algorithm, r.Header.Get(dateHeader), scope, digest([]byte(canonical.String()))}, "\n")
	key := []byte("AWS4" + secret)
	for _, part := range []string{s.day, s.region, s.service, terminator} {
		key = sum(key, part)
	}
	return sum(key, text)
}

func sum(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// escape encodes a path as it was sent once more, as all services but S3 have it.
func escape(path string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"
	var out strings.Builder
	for _, c := range []byte(path) {
		if strings.IndexByte(plain, c) >= 0 {
			out.WriteByte(c)
			continue
		}
		out.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
	}
	if out.Len() == 0 {
		return "/"
	}
	return out.String()
}
