package functions

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"

	"github.com/penstock-ci/penstock/internal/action"
)

// upload is an output artifact that is stored in parts, as SDKs do with what is larger than some megabytes. A part is a
// file in the folder of the invocation until the upload is completed. An artifact has one upload at a time, and its name
// is the ID of that.
type upload struct {
	job *job
	out action.Output
	dir string
}

// maxPart is the highest number that S3 gives a part.
const maxPart = 10_000

func (j *job) upload(w http.ResponseWriter, r *http.Request, out action.Output) {
	u := upload{job: j, out: out, dir: filepath.Join(j.area, "parts of "+out.Name)}
	query := r.URL.Query()
	var err error
	switch {
	case r.Method == http.MethodPost && query.Has("uploads"):
		err = u.begin(w)
	case query.Get("uploadId") != out.Name:
		refuseObject(w, http.StatusNotFound, "NoSuchUpload", "there is no such upload")
	case r.Method == http.MethodPut:
		err = u.part(w, r)
	case r.Method == http.MethodPost:
		err = u.complete(w, r)
	case r.Method == http.MethodDelete:
		if err = os.RemoveAll(u.dir); err == nil {
			w.WriteHeader(http.StatusNoContent)
		}
	default:
		refuseObject(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "a part is stored, nothing else")
	}
	if err != nil {
		refuseObject(w, http.StatusInternalServerError, "InternalError", err.Error())
	}
}

// uploadResult is the answer to the beginning and to the end of an upload.
type uploadResult struct {
	XMLName  xml.Name
	Bucket   string
	Key      string
	UploadID string `xml:"UploadId,omitempty"`
	ETag     string `xml:",omitempty"`
}

func (u upload) answer(w http.ResponseWriter, element, id, tag string) {
	w.Header().Set("Content-Type", "application/xml")
	// Whoever does not read it does not go on either.
	_ = xml.NewEncoder(w).Encode(uploadResult{
		XMLName: xml.Name{Local: element}, Bucket: u.out.Bucket, Key: u.out.Key, UploadID: id, ETag: tag,
	})
}

func (u upload) begin(w http.ResponseWriter) error {
	if err := errors.Join(os.RemoveAll(u.dir), os.MkdirAll(u.dir, 0o700)); err != nil {
		return err
	}
	u.answer(w, "InitiateMultipartUploadResult", u.out.Name, "")
	return nil
}

func (u upload) file(part int) string { return filepath.Join(u.dir, strconv.Itoa(part)) }

func (u upload) part(w http.ResponseWriter, r *http.Request) error {
	number, err := strconv.Atoi(r.URL.Query().Get("partNumber"))
	if err != nil || number < 1 || number > maxPart {
		refuseObject(w, http.StatusBadRequest, "InvalidArgument", "partNumber must be from 1 to 10000")
		return nil
	}
	f, err := os.OpenFile(u.file(number), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, bodyOf(r))
	if err = errors.Join(err, f.Close()); err == nil {
		w.Header().Set("ETag", fmt.Sprintf(`"part-%d"`, number))
	}
	return err
}

// maxParts bounds the list of all parts.
const maxParts = 4 << 20

// complete stores the artifact that the listed parts are, one after the other.
func (u upload) complete(w http.ResponseWriter, r *http.Request) error {
	var list struct {
		Parts []struct {
			PartNumber int `xml:"PartNumber"`
		} `xml:"Part"`
	}
	if err := xml.NewDecoder(http.MaxBytesReader(w, r.Body, maxParts)).Decode(&list); err != nil || len(list.Parts) == 0 {
		refuseObject(w, http.StatusBadRequest, "MalformedXML", "the list of parts cannot be read")
		return nil
	}
	body := &joined{}
	defer body.close()
	for _, part := range list.Parts {
		if _, err := os.Stat(u.file(part.PartNumber)); err != nil {
			refuseObject(w, http.StatusBadRequest, "InvalidPart", fmt.Sprintf("part %d was not stored", part.PartNumber))
			return nil
		}
		body.files = append(body.files, u.file(part.PartNumber))
	}
	stored, err := u.job.store(r.Context(), u.out, body)
	if err != nil {
		return err
	}
	u.answer(w, "CompleteMultipartUploadResult", "", etag(stored))
	return os.RemoveAll(u.dir)
}

// joined reads files one after the other, with one open at a time.
type joined struct {
	files []string
	open  *os.File
}

// Read yields the bytes of all files.
func (j *joined) Read(p []byte) (int, error) {
	for {
		if j.open == nil {
			if len(j.files) == 0 {
				return 0, io.EOF
			}
			f, err := os.Open(j.files[0])
			if err != nil {
				return 0, err
			}
			j.open, j.files = f, j.files[1:]
		}
		n, err := j.open.Read(p)
		if errors.Is(err, io.EOF) {
			j.close()
			err = nil
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

func (j *joined) close() {
	if j.open != nil {
		_ = j.open.Close() // it was only read
		j.open = nil
	}
}
