package functions

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// object serves one object of S3, addressed by its path: an input artifact, or an output artifact that was stored, is read
// by GetObject and HeadObject; an output artifact is stored by PutObject, or in parts.
func (j *job) object(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	switch {
	case key == "":
		refuseObject(w, http.StatusNotImplemented, "NotImplemented", "only the artifacts of the job are served here, by GetObject, HeadObject, PutObject and the upload of parts")
	case query.Has("uploads") || query.Has("uploadId"):
		if out, ok := j.writable(w, bucket, key); ok {
			j.upload(w, r, out)
		}
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		j.get(w, r, bucket, key)
	case r.Method == http.MethodPut:
		j.put(w, r, bucket, key)
	default:
		refuseObject(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "an artifact is read and stored, nothing else")
	}
}

func (j *job) get(w http.ResponseWriter, r *http.Request, bucket, key string) {
	o, ok := j.readable(bucket, key)
	if !ok {
		refuseObject(w, http.StatusNotFound, "NoSuchKey", fmt.Sprintf("s3://%s/%s is no input artifact of the job", bucket, key))
		return
	}
	reader, err := j.artifacts.Open(r.Context(), o)
	if err != nil {
		refuseObject(w, http.StatusInternalServerError, "InternalError", err.Error())
		return
	}
	defer reader.Close()
	w.Header().Set("ETag", etag(o))
	w.Header().Set("Content-Type", "application/zip")
	http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(reader, 0, reader.Size()))
}

func (j *job) readable(bucket, key string) (artifact.Object, bool) {
	for _, in := range j.Inputs {
		if in.Bucket == bucket && in.Key == key {
			return in.Object, true
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, o := range j.stored {
		if o.Bucket == bucket && o.Key == key {
			return o, true
		}
	}
	return artifact.Object{}, false
}

func (j *job) put(w http.ResponseWriter, r *http.Request, bucket, key string) {
	out, ok := j.writable(w, bucket, key)
	if !ok {
		return
	}
	stored, err := j.store(r.Context(), out, bodyOf(r))
	if err != nil {
		refuseObject(w, http.StatusInternalServerError, "InternalError", err.Error())
		return
	}
	w.Header().Set("ETag", etag(stored))
}

// writable finds the output artifact of a place, or refuses.
func (j *job) writable(w http.ResponseWriter, bucket, key string) (action.Output, bool) {
	for _, out := range j.Outputs {
		if out.Bucket == bucket && out.Key == key {
			return out, true
		}
	}
	refuseObject(w, http.StatusForbidden, "AccessDenied", fmt.Sprintf("s3://%s/%s is no output artifact of the job", bucket, key))
	return action.Output{}, false
}

func (j *job) store(ctx context.Context, out action.Output, body io.Reader) (artifact.Object, error) {
	stored, err := j.artifacts.PutBody(ctx, body, out.Location)
	if err == nil {
		j.mu.Lock()
		j.stored[out.Name] = stored
		j.mu.Unlock()
	}
	return stored, err
}

// bodyOf is the body of a request without the encoding of SDKs.
func bodyOf(r *http.Request) io.Reader {
	if isChunked(r.Header) {
		return newChunks(r.Body)
	}
	return r.Body
}

// etag is of the form of an ETag; it is the digest of the content, not S3's.
func etag(o artifact.Object) string { return `"` + o.SHA256[:min(len(o.SHA256), 32)] + `"` }

// refuseObject answers as S3 does.
func refuseObject(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: code, Message: message})
}
