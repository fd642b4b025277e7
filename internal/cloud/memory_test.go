package cloud_test

import (
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/s3"
	"github.com/penstock-ci/penstock/internal/action/source"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/cloud/sources"
	"github.com/penstock-ci/penstock/pipeline"
)

// What an upload and a read hold of an object, whatever its length: some parts of it. It is far less than the object.
const maxHeap = 24 << 20

// zeros is a body of n zeros; while it is read, it sees how large the heap becomes.
type zeros struct {
	n    int64
	heap *peak
}

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), z.n)]
	clear(p)
	if before := z.n; before>>24 != (before-int64(len(p)))>>24 { // before each 16 MiB
		z.heap.look()
	}
	z.n -= int64(len(p))
	return len(p), nil
}

// peak is the largest heap that was seen. How much garbage lies in it is left to the collector and depends on what else the
// machine does: a test collects it first.
type peak struct {
	bytes   atomic.Uint64
	collect bool
}

func (h *peak) look() {
	if h.collect {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.bytes.Store(max(h.bytes.Load(), m.HeapAlloc))
}

// vast answers as S3 does, of one object of any length that is not there.
func vast(size int64, heap *peak) *cloud.Account {
	return cloud.New(cloud.Config{Region: cloudtest.Region, Change: cloudtest.Offline, Through: func(aws.HTTPClient) aws.HTTPClient {
		return cloudtest.Sender(func(r *http.Request) (*http.Response, error) {
			answer := func(length int64, body io.Reader) *http.Response {
				header := http.Header{"Etag": {`"tag"`}, "X-Amz-Version-Id": {"v"}, "Content-Length": {strconv.FormatInt(length, 10)}}
				return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(body), Request: r, ContentLength: length}
			}
			if r.Method == http.MethodGet {
				return answer(size, &zeros{size, heap}), nil
			}
			text := ""
			switch q := r.URL.Query(); {
			case r.Method == http.MethodHead:
			case q.Has("uploads"):
				text = "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
			case r.Method == http.MethodPost:
				text = "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>"
			default:
				if _, err := io.Copy(io.Discard, r.Body); err != nil {
					return nil, err
				}
			}
			return answer(int64(len(text)), strings.NewReader(text)), nil
		})
	}})
}

func throughMemory(tb testing.TB, size int64, heap *peak) {
	tb.Helper()
	o := vast(size, heap).Objects(cloud.BucketOptions{})
	stored, err := o.Put(tb.Context(), "bucket", "k", &zeros{size, heap})
	if err != nil || stored.Size != size || stored.VersionID != "v" {
		tb.Fatalf("stored %+v, error %v", stored, err)
	}
	if _, err := artifact.NewStore(o).Open(tb.Context(), stored); err != nil {
		tb.Fatal(err)
	}
}

func TestMemory(t *testing.T) {
	for name, through := range map[string]func(testing.TB, int64, *peak){"an object": throughMemory, "a source and a deployment": throughActions} {
		heap := &peak{collect: true}
		through(t, 128<<20, heap)
		if took := heap.bytes.Load(); took == 0 || took > maxHeap {
			t.Errorf("%s of 128 MiB took a heap of %d MiB, want at most %d", name, took>>20, maxHeap>>20)
		}
	}
}

// throughActions takes an object as a source and deploys what was stored of it.
func throughActions(tb testing.TB, size int64, heap *peak) {
	tb.Helper()
	a := vast(size, heap)
	store := artifact.NewStore(a.Objects(cloud.BucketOptions{}))
	r := action.Request{
		Stage: "Source", Configuration: map[string]string{"S3Bucket": "in", "S3ObjectKey": "k"}, Log: &cloudtest.Log{},
		Action: &pipeline.Action{
			Name: pipeline.Text{Value: "Get"}, ActionTypeID: pipeline.ActionTypeID{Provider: pipeline.Text{Value: "S3"}},
		},
		Outputs: []action.Output{{Name: "Source", Location: artifact.Location{Bucket: "artifacts", Key: "p/Source/1"}}},
	}
	got, err := source.New(sources.New(a, nil), store).Start(tb.Context(), r)
	if err != nil || got.Artifacts["Source"].Size != size {
		tb.Fatalf("stored %+v, error %v", got, err)
	}
	r.Inputs = []action.Input{{Name: "Source", Object: got.Artifacts["Source"]}}
	r.Configuration = map[string]string{"BucketName": "out", "Extract": "false", "ObjectKey": "k"}
	if _, err := s3.New(cloud.NewBuckets(a), store).Start(tb.Context(), r); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkActions is a source and a deployment of 1 GiB: read three times, put twice.
func BenchmarkActions(b *testing.B) {
	const size = 1 << 30
	b.SetBytes(5 * size)
	for b.Loop() {
		heap := &peak{}
		throughActions(b, size, heap)
		b.ReportMetric(float64(heap.bytes.Load())/(1<<20), "MiB-heap")
	}
}

func BenchmarkObject(b *testing.B) {
	const size = 1 << 30
	b.SetBytes(2 * size)
	for b.Loop() {
		heap := &peak{}
		throughMemory(b, size, heap)
		b.ReportMetric(float64(heap.bytes.Load())/(1<<20), "MiB-heap")
	}
}
