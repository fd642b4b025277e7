package bindings

import (
	"os"
	"regexp"

	"github.com/penstock-ci/penstock/pipeline"
)

// source reads what stands for one source.
func (r *reader) source(key text, v value) {
	var s Source
	given := map[string]text{}
	// Even a source that is bound wrongly is not also unbound.
	defer func() { r.bindings.Sources[key.value], r.bindings.keys["source "+key.value] = s, key.at }()
	if v.kind != mapping {
		r.list.Add(wrongKind(v.at, quote(key.value), "a mapping with path"))
		return
	}
	field := func(into *string) func(text, value) {
		return func(k text, v value) {
			*into = r.scalar(k, v)
			given[k.value] = text{value: *into, at: v.at}
		}
	}
	r.fields(v, "a source", map[string]func(text, value){
		"path": func(k text, v value) {
			given["path"] = r.path(k, v)
			s.Path = r.bindings.resolve(given["path"].value)
		},
		"revision": field(&s.Revision), "image": field(&s.Image), "digest": field(&s.Digest), "uri": field(&s.URI),
	})
	r.bindings.keys["revision "+key.value] = given["revision"].at
	r.checkSource(key, s, given)
}

// checkSource finds fields that are missing, or do not go together.
func (r *reader) checkSource(key text, s Source, given map[string]text) {
	isImage := given["image"].value != "" || given["digest"].value != ""
	switch {
	case !isImage && given["path"].value == "":
		r.list.Add(missingKey(key, "path"))
	case !isImage:
		r.checkPath(s, given)
	case given["path"].value != "":
		r.list.Add(pathAndImage(key))
	case given["image"].value == "":
		r.list.Add(noImage(key))
	case !isDigest(given["digest"].value):
		r.list.Add(invalidDigest(key, given["digest"]))
	case given["revision"].value != "":
		r.list.Add(revisionOfImage(given["revision"]))
	}
}

func (r *reader) checkPath(s Source, given map[string]text) {
	if uri, ok := given["uri"]; ok {
		r.list.Add(uriWithoutImage(uri))
	}
	info, err := os.Stat(s.Path)
	if err == nil && info.Mode().IsRegular() && s.Revision != "" {
		r.list.Add(revisionOfFile(given["revision"], given["path"].value))
	}
}

// isDigest says whether a text is the digest of an image as ECR writes it.
func isDigest(text string) bool { return regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString(text) }

// needsNoBinding says whether a source is an object that a deployment on this machine has put.
func (b *Bindings) needsNoBinding(a *pipeline.Action) bool {
	if b.Deployed == nil || !isS3(a) {
		return false
	}
	bucket, _ := a.Setting("S3Bucket")
	key, _ := a.Setting("S3ObjectKey")
	return b.Deployed(bucket.Value, key.Value)
}

func isS3(a *pipeline.Action) bool  { return isSource(a, "S3") }
func isECR(a *pipeline.Action) bool { return isSource(a, "ECR") }

func isSource(a *pipeline.Action, provider string) bool {
	id := a.ActionTypeID
	return id.Category.Value == "Source" && id.Owner.Value == "AWS" && id.Provider.Value == provider
}
