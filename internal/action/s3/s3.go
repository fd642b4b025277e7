// Package s3 performs Deploy/S3: it uploads the input artifact to a bucket, either as the zip that it is or file by
// file. The bucket is behind a port; nothing is unpacked to a disk on the way.
package s3

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/pipeline"
)

// Provider performs Deploy/S3 actions. It is an action.Provider.
type Provider struct {
	buckets Buckets
	store   *artifact.Store
}

// New makes a Provider that reads input artifacts from store.
func New(buckets Buckets, store *artifact.Store) *Provider {
	return &Provider{buckets, store}
}

// Start uploads. A repeated call puts the same bytes under the same keys: {datetime} is when the action began, and
// {uuid} is derived from the action execution.
func (p *Provider) Start(ctx context.Context, r action.Request) (action.Outcome, error) {
	d, err := p.deployment(r)
	if err != nil {
		return action.Outcome{}, err
	}
	upload := d.uploadZip
	if d.extract {
		upload = d.uploadFiles
	}
	if err := upload(ctx); err != nil {
		return action.Outcome{}, fmt.Errorf("deploy to s3://%s: %w", d.bucket, err)
	}
	return action.Outcome{ExternalExecutionID: d.externalExecutionID(), Summary: d.summary()}, nil
}

// deployment is one action execution, under way.
type deployment struct {
	provider *Provider
	input    action.Input
	bucket   string
	// key is the object's key, or what the keys of the extracted files begin with; empty where they do not.
	key     string
	extract bool
	log     io.Writer
	to      Deployment
}

func (p *Provider) deployment(r action.Request) (*deployment, error) {
	d := &deployment{provider: p, bucket: r.Configuration["BucketName"], log: r.Log}
	d.to = Deployment{
		ActionExecutionID: r.ActionExecutionID, Bucket: d.bucket, CannedACL: r.Configuration["CannedACL"],
		CacheControl: r.Configuration["CacheControl"], KMSKeyARN: r.Configuration["KMSEncryptionKeyARN"], Log: r.Log, Done: d.done,
	}
	if len(r.Inputs) != 1 {
		return nil, wrongInputs(len(r.Inputs))
	}
	d.input = r.Inputs[0]
	if d.bucket == "" {
		return nil, noBucket()
	}
	switch extract := r.Configuration["Extract"]; strings.ToLower(extract) {
	case "true":
		d.extract = true
	case "false":
	default:
		return nil, wrongExtract(extract)
	}
	if allowed := cannedACLs(); r.Configuration["CannedACL"] != "" && !slices.Contains(allowed, r.Configuration["CannedACL"]) {
		return nil, wrongACL(r.Configuration["CannedACL"], allowed)
	}
	d.key = expand(r)
	if d.key == "" && !d.extract {
		return nil, noKey()
	}
	return d, nil
}

// cannedACLs are the values of CannedACL by the catalogue: a #{} in it has a value only now.
func cannedACLs() []string {
	text := func(value string) pipeline.Text { return pipeline.Text{Value: value} }
	row, _ := pipeline.LookupActionType(pipeline.ActionTypeID{Category: text("Deploy"), Owner: text("AWS"), Provider: text("S3"), Version: text("1")})
	property, _ := row.Property("CannedACL")
	return property.Allowed
}

// expand replaces what S3 deployments know beside #{}: {datetime} and {uuid}.
func expand(r action.Request) string {
	return strings.NewReplacer(
		"{datetime}", r.Started.UTC().Format("2006-01-02_15-04-05"),
		"{uuid}", uuid(r.ActionExecutionID),
	).Replace(r.Configuration["ObjectKey"])
}

// uuid derives a UUID (version 8, of a digest) from the action execution, so that a repeated call has the same.
func uuid(actionExecutionID string) string {
	b := sha256.Sum256([]byte("penstock s3 object key " + actionExecutionID))
	b[6] = b[6]&0x0f | 0x80
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func (d *deployment) uploadZip(ctx context.Context) error {
	r, err := d.provider.store.Open(ctx, d.input.Object)
	if err != nil {
		return err
	}
	defer r.Close()
	d.to.Objects = []Object{{Key: d.key, Size: r.Size(), ContentType: contentType(d.key), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(r, 0, r.Size())), nil
	}}}
	return d.provider.buckets.Put(ctx, d.to)
}

func (d *deployment) uploadFiles(ctx context.Context) error {
	z, err := d.provider.store.OpenZip(ctx, d.input.Object)
	var malformed *artifact.ZipError
	if errors.As(err, &malformed) && malformed.Kind == artifact.Malformed {
		return notZip(d.input.Name, malformed)
	}
	if err != nil {
		return err
	}
	defer z.Close()
	if slices.ContainsFunc(z.Files, func(f artifact.File) bool { return f.Path == ".git/HEAD" }) {
		return isClone(d.input.Name)
	}
	for _, f := range z.Files {
		d.add(z, f)
	}
	return d.provider.buckets.Put(ctx, d.to)
}

// add has a file put. What a symbolic link leads to is put under the link's name: S3 has no links.
func (d *deployment) add(z *artifact.Zip, f artifact.File) {
	content := f
	if f.Link != "" {
		target, isFile := z.Resolve(f)
		if !isFile {
			fmt.Fprint(d.log, noteSkipped(f))
			return
		}
		content = target
	}
	d.to.Objects = append(d.to.Objects, Object{Key: d.under(f.Path), Size: content.Size, ContentType: contentType(f.Path), Open: content.Open})
}

func (d *deployment) under(name string) string {
	if d.key == "" {
		return name
	}
	return strings.TrimSuffix(d.key, "/") + "/" + name
}

func (d *deployment) done(o Object) {
	fmt.Fprintf(d.log, "upload: s3://%s/%s  %s\n", d.bucket, o.Key, artifact.Bytes(o.Size))
}

func (d *deployment) externalExecutionID() string {
	if d.key == "" {
		return d.bucket
	}
	return d.bucket + "/" + d.key
}

func (d *deployment) summary() string {
	switch {
	case !d.extract:
		return fmt.Sprintf("s3://%s/%s  %s", d.bucket, d.key, artifact.Bytes(d.input.Size))
	case len(d.to.Objects) == 1:
		return fmt.Sprintf("s3://%s  1 file", d.bucket)
	}
	return fmt.Sprintf("s3://%s  %d files", d.bucket, len(d.to.Objects))
}
