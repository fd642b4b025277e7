package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Image is what imageDetail.json, the artifact of an ECR source, says of an image, in the words of ECR. Its members stand
// in CodePipeline's order; Size is a number of bytes in digits, Pushed as PushedAt writes it.
type Image struct {
	Size       string   `json:"ImageSizeInBytes,omitempty"`
	Digest     string   `json:"ImageDigest"`
	Version    string   `json:"Version,omitempty"`
	Pushed     string   `json:"ImagePushedAt,omitempty"`
	RegistryID string   `json:"RegistryId"`
	Repository string   `json:"RepositoryName"`
	URI        string   `json:"ImageURI"`
	Tags       []string `json:"ImageTags,omitempty"`
}

// PushedAt writes when an image was pushed, as CodePipeline does.
func PushedAt(t time.Time) string { return t.UTC().Format("Mon Jan 02 15:04:05 MST 2006") }

// ImageDetail is the name of the file that says it.
const ImageDetail = "imageDetail.json"

// File is imageDetail.json about the image.
func (i Image) File() (artifact.File, error) {
	i.Version = "1.0"
	text, err := json.Marshal(i)
	if err != nil {
		return artifact.File{}, fmt.Errorf("write %s: %w", ImageDetail, err)
	}
	return fileOf(text), nil
}

func fileOf(text []byte) artifact.File {
	return artifact.File{Path: ImageDetail, Size: int64(len(text)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text)), nil
	}}
}

// readImage reads imageDetail.json for an ECR source and leaves nothing else to be stored. A registry there is none
// here, and an image that nobody pushed has no digest that could be made up. Where a digest is asked for, the file is
// about that image, whatever its tag means by now.
func readImage(f *Fetched, digest string) (Image, error) {
	for _, file := range f.Files {
		if file.Path != ImageDetail || file.Link != "" {
			continue
		}
		image, members, err := parseImage(file)
		if err != nil || digest == "" || digest == image.Digest {
			f.Files = []artifact.File{file}
			return image, err
		}
		image.Digest, image.URI = digest, byDigest(image.URI, digest)
		for _, ofTheOther := range []string{"ImageTags", "ImageSizeInBytes", "ImagePushedAt"} {
			delete(members, ofTheOther)
		}
		members["ImageDigest"], members["ImageURI"] = image.Digest, image.URI
		text, err := json.Marshal(members)
		f.Files = []artifact.File{fileOf(text)}
		return image, err
	}
	return Image{}, noDetail()
}

// parseImage reads what is used of the file, and all its members.
func parseImage(file artifact.File) (image Image, members map[string]any, err error) {
	content, err := file.Open()
	if err != nil {
		return image, nil, fmt.Errorf("open %s: %w", ImageDetail, err)
	}
	defer content.Close()
	text, err := io.ReadAll(io.LimitReader(content, 1<<20))
	if err != nil {
		return image, nil, fmt.Errorf("read %s: %w", ImageDetail, err)
	}
	for _, into := range []any{&image, &members} {
		if err := json.Unmarshal(text, into); err != nil {
			return image, nil, unreadableDetail(err)
		}
	}
	if image.Digest == "" || image.URI == "" {
		return image, nil, emptyDetail()
	}
	return image, members, nil
}

// byDigest is the URI of another image of the same repository.
func byDigest(uri, digest string) string {
	uri, _, _ = strings.Cut(uri, "@")
	if colon := strings.LastIndexByte(uri, ':'); colon > strings.LastIndexByte(uri, '/') {
		uri = uri[:colon]
	}
	return uri + "@" + digest
}
