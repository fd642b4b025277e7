package platform

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// store is what is used of S3, in this process: versioned buckets that are there when they are asked for. moto is the same
// to the code, and takes a hundred times as long.
type store struct {
	mu      sync.Mutex
	objects map[string][]string // by bucket/key, each version
}

// ServeHTTP answers one request.
func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.TrimPrefix(r.URL.Path, "/")
	versions := s.objects[key]
	switch {
	case r.Method == http.MethodHead && !strings.Contains(key, "/"):
		w.Header().Set("X-Amz-Bucket-Region", "eu-central-1")
	case r.Method == http.MethodGet && r.URL.Query().Has("uploads"):
		_, _ = io.WriteString(w, `<ListMultipartUploadsResult></ListMultipartUploadsResult>`)
	case r.Method == http.MethodPut:
		body, _ := io.ReadAll(r.Body)
		if len(versions) > 0 && r.Header.Get("If-None-Match") == "*" {
			s3Error(w, http.StatusPreconditionFailed, "PreconditionFailed")
			return
		}
		s.objects[key] = append(versions, string(body))
		w.Header().Set("X-Amz-Version-Id", strconv.Itoa(len(versions)+1))
		w.Header().Set("ETag", tag(string(body)))
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		version := len(versions)
		if asked := r.URL.Query().Get("versionId"); asked != "" {
			version, _ = strconv.Atoi(asked)
		}
		if version < 1 || version > len(versions) {
			s3Error(w, http.StatusNotFound, "NoSuchKey")
			return
		}
		content := versions[version-1]
		w.Header().Set("X-Amz-Version-Id", strconv.Itoa(version))
		w.Header().Set("Last-Modified", "Wed, 04 Mar 2026 10:00:00 GMT")
		w.Header().Set("ETag", tag(content))
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
	default:
		s3Error(w, http.StatusNotImplemented, "NotImplemented")
	}
}

func tag(content string) string {
	sum := md5.Sum([]byte(content)) //nolint:gosec // an entity tag
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func s3Error(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `<Error><Code>%s</Code><Message>%s</Message></Error>`, code, code)
}

// keys are the objects of a bucket.
func (s *store) keys(bucket string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for key := range s.objects {
		if name, found := strings.CutPrefix(key, bucket+"/"); found {
			keys = append(keys, name)
		}
	}
	return keys
}

// answers are those of services of which nothing is looked at afterwards: by a part of the request's body, or its target.
var answers = []struct{ asked, answer string }{
	{"Action=AssumeRole", `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>` +
		`<AccessKeyId>role</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>t</SessionToken>` +
		`<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`},
	{"Action=Publish", `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>`},
	{"AWSEvents.PutEvents", `{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}`},
}

// answer answers a request of these.
func answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	for _, known := range answers {
		if r.Header.Get("X-Amz-Target") == known.asked || strings.Contains(string(body), known.asked) {
			_, _ = io.WriteString(w, known.answer)
			return
		}
	}
	w.WriteHeader(http.StatusNotImplemented)
}
