package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
)

func started() time.Time {
	return time.Date(2026, time.March, 4, 23, 6, 7, 0, time.FixedZone("", -7200))
}

// memoryLog is an action's log in memory.
type memoryLog struct{ bytes.Buffer }

func (*memoryLog) Close() error { return nil }

// target is a deployment's surroundings: artifacts and buckets in memory.
type target struct {
	objects *objectstest.Memory
	store   *artifact.Store
	input   artifact.Object
	log     memoryLog
}

func newTarget(t *testing.T) *target {
	t.Helper()
	objects := objectstest.NewMemory()
	d := &target{objects: objects, store: artifact.NewStore(objects)}
	files := []artifact.File{{Path: "latest", Link: "bin/app"}, {Path: "dangling", Link: "nowhere"}}
	for name, text := range map[string]string{"bin/app": strings.Repeat("x", 1234), "index.html": "<html>"} {
		files = append(files, artifact.File{Path: name, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	}
	var err error
	if d.input, err = d.store.PackFiles(t.Context(), files, artifact.Location{Bucket: "artifacts", Key: "in"}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *target) start(ctx context.Context, configuration map[string]string) (action.Outcome, error) {
	return s3.New(s3.Over(d.objects), d.store).Start(ctx, action.Request{
		ActionExecutionID: "execution-1",
		Started:           started(),
		Configuration:     configuration,
		Inputs:            []action.Input{{Name: "Binary", Object: d.input}},
		Log:               &d.log,
	})
}

func (d *target) content(t *testing.T, key string) string {
	t.Helper()
	r, err := d.objects.Open(t.Context(), artifact.Location{Bucket: "staging", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestExtract(t *testing.T) {
	for key, want := range map[string]struct {
		prefix, id, log string
	}{
		"":       {"", "staging", "skip: dangling, a link to nowhere, which is no file of the artifact\nupload: s3://staging/bin/app  1.2 kB\nupload: s3://staging/index.html  6 B\nupload: s3://staging/latest  1.2 kB\n"},
		"site":   {"site/", "staging/site", "skip: dangling, a link to nowhere, which is no file of the artifact\nupload: s3://staging/site/bin/app  1.2 kB\nupload: s3://staging/site/index.html  6 B\nupload: s3://staging/site/latest  1.2 kB\n"},
		"site/v": {"site/v/", "staging/site/v", ""},
		"dir/":   {"dir/", "staging/dir/", ""},
	} {
		t.Run(key, func(t *testing.T) {
			d := newTarget(t)
			got, err := d.start(t.Context(), map[string]string{"BucketName": "staging", "Extract": "true", "ObjectKey": key})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(action.Outcome{ExternalExecutionID: want.id, Summary: "s3://staging  3 files"}, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			keys := []string{want.prefix + "bin/app", want.prefix + "index.html", want.prefix + "latest"}
			if diff := cmp.Diff(keys, d.objects.Keys("staging")); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			if d.content(t, keys[1]) != "<html>" || len(d.content(t, keys[0])) != 1234 || d.content(t, keys[2]) != d.content(t, keys[0]) {
				t.Error("the content is another")
			}
			if want.log != "" && d.log.String() != want.log {
				t.Errorf("log (-want +got):\n%s", cmp.Diff(want.log, d.log.String()))
			}
		})
	}
}

func TestZip(t *testing.T) {
	d := newTarget(t)
	got, err := d.start(t.Context(), map[string]string{"BucketName": "staging", "Extract": "false", "ObjectKey": "app.zip", "CacheControl": "no-cache"})
	if err != nil {
		t.Fatal(err)
	}
	want := action.Outcome{ExternalExecutionID: "staging/app.zip", Summary: "s3://staging/app.zip  " + artifact.Bytes(d.input.Size)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	stored, err := d.store.OpenZip(t.Context(), artifact.Object{Location: artifact.Location{Bucket: "staging", Key: "app.zip"}, SHA256: d.input.SHA256, Size: d.input.Size})
	if err != nil {
		t.Fatal(err)
	}
	_ = stored.Close()
	if !strings.Contains(d.log.String(), `note: CacheControl "no-cache" is recorded; `) {
		t.Errorf("log %q", d.log.String())
	}
}

func TestKeyTemplates(t *testing.T) {
	d := newTarget(t)
	configuration := map[string]string{"BucketName": "staging", "Extract": "false", "ObjectKey": "app-{datetime}-{uuid}-{other}.zip"}
	first, err := d.start(t.Context(), configuration)
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^staging/app-2026-03-05_01-06-07-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-\{other\}\.zip$`)
	if !want.MatchString(first.ExternalExecutionID) {
		t.Errorf("uploaded to %s", first.ExternalExecutionID)
	}
	again, err := d.start(t.Context(), configuration)
	if err != nil {
		t.Fatal(err)
	}
	if again.ExternalExecutionID != first.ExternalExecutionID || len(d.objects.Keys("staging")) != 1 {
		t.Errorf("a repeated call uploaded to %v", d.objects.Keys("staging"))
	}
}

func TestConfigurationErrors(t *testing.T) {
	for name, c := range map[string]map[string]string{
		"no bucket":      {"Extract": "true"},
		"no Extract":     {"BucketName": "staging"},
		"wrong Extract":  {"BucketName": "staging", "Extract": "maybe"},
		"unknown ACL":    {"BucketName": "staging", "Extract": "true", "CannedACL": "public"},
		"zip, but where": {"BucketName": "staging", "Extract": "false"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newTarget(t)
			var failure *action.Failure
			if _, err := d.start(t.Context(), c); !errors.As(err, &failure) || failure.Code != action.ConfigurationError {
				t.Errorf("error %v, want a failure ConfigurationError", err)
			}
		})
	}
}

func TestBadInput(t *testing.T) {
	d := newTarget(t)
	d.objects.Flip(d.input.Location, 40)
	for _, extract := range []string{"true", "false"} {
		var mismatch *artifact.DigestMismatchError
		_, err := d.start(t.Context(), map[string]string{"BucketName": "staging", "Extract": extract, "ObjectKey": "k"})
		if !errors.As(err, &mismatch) {
			t.Errorf("Extract %s: error %v, want a *DigestMismatchError", extract, err)
		}
	}
	if keys := d.objects.Keys("staging"); len(keys) > 0 {
		t.Errorf("deployed %v of a changed artifact", keys)
	}
}

// An artifact that an S3 source took as it was is deployed as it was, and cannot be extracted.
func TestNoZip(t *testing.T) {
	d := newTarget(t)
	var err error
	if d.input, err = d.store.PutBody(t.Context(), strings.NewReader("only text"), artifact.Location{Bucket: "artifacts", Key: "text"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.start(t.Context(), map[string]string{"BucketName": "staging", "Extract": "false", "ObjectKey": "text"}); err != nil || d.content(t, "text") != "only text" {
		t.Errorf("error %v", err)
	}
	var failure *action.Failure
	_, err = d.start(t.Context(), map[string]string{"BucketName": "staging", "Extract": "true"})
	if !errors.As(err, &failure) || failure.Code != action.JobFailed || !strings.Contains(failure.Message, "the artifact Binary cannot be extracted, it is no zip") {
		t.Errorf("error %v", err)
	}
}

// The repository of a clone does not belong among deployed files.
func TestClone(t *testing.T) {
	d := newTarget(t)
	head := artifact.File{Path: ".git/HEAD", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }}
	var err error
	if d.input, err = d.store.PackFiles(t.Context(), []artifact.File{head}, artifact.Location{Bucket: "artifacts", Key: "clone"}); err != nil {
		t.Fatal(err)
	}
	var failure *action.Failure
	_, err = d.start(t.Context(), map[string]string{"BucketName": "staging", "Extract": "true"})
	if !errors.As(err, &failure) || !strings.Contains(failure.Message, "only CodeBuild can use") || len(d.objects.Keys("staging")) > 0 {
		t.Errorf("error %v, keys %v", err, d.objects.Keys("staging"))
	}
}

// dying is a bucket whose process dies after some objects.
type dying struct {
	*objectstest.Memory
	left int
}

var errDied = errors.New("died")

func (d *dying) Put(ctx context.Context, bucket, key string, body io.Reader) (artifact.Object, error) {
	if d.left == 0 {
		return artifact.Object{}, errDied
	}
	d.left--
	return d.Memory.Put(ctx, bucket, key, body)
}

// A deployment that dies in its middle is the undisturbed one after it was started again; objects that are no part of it
// stay.
func TestAgainAfterDeath(t *testing.T) {
	configuration := map[string]string{"BucketName": "staging", "Extract": "true", "ObjectKey": "{datetime}/{uuid}"}
	whole := newTarget(t)
	want, err := whole.start(t.Context(), configuration)
	if err != nil {
		t.Fatal(err)
	}
	for died := range 3 {
		d := newTarget(t)
		if _, err := d.objects.Put(t.Context(), "staging", "kept", strings.NewReader("kept")); err != nil {
			t.Fatal(err)
		}
		request := action.Request{
			ActionExecutionID: "execution-1", Started: started(), Configuration: configuration,
			Inputs: []action.Input{{Name: "Binary", Object: d.input}}, Log: &memoryLog{},
		}
		if _, err := s3.New(s3.Over(&dying{d.objects, died}), d.store).Start(t.Context(), request); !errors.Is(err, errDied) {
			t.Fatalf("error %v, want its death", err)
		}
		got, err := s3.New(s3.Over(d.objects), d.store).Start(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after %d: outcome (-want +got):\n%s", died, diff)
		}
		if diff := cmp.Diff(append(whole.objects.Keys("staging"), "kept"), d.objects.Keys("staging")); diff != "" {
			t.Errorf("after %d: keys (-want +got):\n%s", died, diff)
		}
	}
}

// Two executions that deploy to the same keys at the same time leave whole objects.
func TestTwoAtOnce(t *testing.T) {
	d := newTarget(t)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			request := action.Request{
				Configuration: map[string]string{"BucketName": "staging", "Extract": "true"},
				Inputs:        []action.Input{{Name: "Binary", Object: d.input}}, Log: &memoryLog{},
			}
			if _, err := s3.New(s3.Over(d.objects), d.store).Start(t.Context(), request); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if len(d.objects.Keys("staging")) != 3 || d.content(t, "index.html") != "<html>" || len(d.content(t, "bin/app")) != 1234 {
		t.Errorf("keys %v", d.objects.Keys("staging"))
	}
}

func TestCancelled(t *testing.T) {
	d := newTarget(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.start(ctx, map[string]string{"BucketName": "staging", "Extract": "true"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}
