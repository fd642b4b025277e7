package functions

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// object serves one object of S3, addressed by its path: an input artifact, or an output artifact that was stored, is read
// by GetObject and HeadObject; an output artifact is stored by PutObject.
func (j *job) object(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	query := r.URL.Query()
	switch {
	case key == "":
		refuseObject(w, http.StatusNotImplemented, "NotImplemented", "only the artifacts of the job are served here, by GetObject, HeadObject and PutObject")
	case query.Has("uploads") || query.Has("uploadId"):
		refuseObject(w, http.StatusNotImplemented, "NotImplemented", "uploads in parts are not served here: store the artifact by one PutObject")
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
	for _, out := range j.Outputs {
		if out.Bucket != bucket || out.Key != key {
			continue
		}
		body := io.Reader(r.Body)
		if isChunked(r.Header) {
			body = newChunks(r.Body)
		}
		stored, err := j.artifacts.PutBody(r.Context(), body, out.Location)
		if err != nil {
			refuseObject(w, http.StatusInternalServerError, "InternalError", err.Error())
			return
		}
		j.mu.Lock()
		j.stored[out.Name] = stored
		j.mu.Unlock()
		w.Header().Set("ETag", etag(stored))
		return
	}
	refuseObject(w, http.StatusForbidden, "AccessDenied", fmt.Sprintf("s3://%s/%s is no output artifact of the job", bucket, key))
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
