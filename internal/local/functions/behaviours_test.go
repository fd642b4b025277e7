package functions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/action/lambda"
)

// behaviour is the variable that makes this binary a function.
const behaviour = "FUNCTION_BEHAVIOUR"

func TestMain(m *testing.M) {
	if act, ok := behaviours()[os.Getenv(behaviour)]; ok {
		act(&program{base: "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/"})
		return
	}
	os.Exit(m.Run())
}

// program is a function that speaks the runtime API by hand.
type program struct {
	base, id string
	event    []byte
	job      lambda.EventJob
}

func (p *program) next() {
	r, err := http.Get(p.base + "invocation/next") //nolint:noctx // the program is killed
	if err != nil {
		panic(err)
	}
	p.event, _ = io.ReadAll(r.Body)
	_ = r.Body.Close()
	p.id = r.Header.Get("Lambda-Runtime-Aws-Request-Id")
	for _, name := range []string{"Deadline-Ms", "Invoked-Function-Arn", "Trace-Id"} {
		if r.Header.Get("Lambda-Runtime-"+name) == "" {
			panic("no header " + name)
		}
	}
	var event lambda.Event
	if json.Unmarshal(p.event, &event) == nil {
		p.job = event.Job
	}
}

func (p *program) post(path, body string) int {
	r, err := http.Post(p.base+path, "application/json", strings.NewReader(body)) //nolint:noctx // as above
	if err != nil {
		return 0
	}
	_ = r.Body.Close()
	return r.StatusCode
}

func (p *program) respond(body string) { p.post("invocation/"+p.id+"/response", body) }

// call calls an operation of CodePipeline and returns the exception, if it is one.
func (p *program) call(key, operation, body string) string {
	r := p.request(http.MethodPost, "", key, body)
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709."+operation)
	_, text := send(r)
	var e struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal([]byte(text), &e)
	return e.Type
}

func (p *program) succeed(rest string) string {
	return p.call(p.key(), "PutJobSuccessResult", fmt.Sprintf(`{"jobId":%q%s}`, p.job.ID, rest))
}

func (p *program) succeedWith(variables map[string]string) string {
	encoded, _ := json.Marshal(variables)
	return p.succeed(`,"outputVariables":` + string(encoded))
}

func (p *program) key() string { return os.Getenv("AWS_ACCESS_KEY_ID") }

func (p *program) request(method, path, key, body string) *http.Request {
	r, err := http.NewRequest(method, os.Getenv("AWS_ENDPOINT_URL_S3")+"/"+path, strings.NewReader(body)) //nolint:noctx // as above
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20260102/us-east-1/s3/aws4_request, Signature=0")
	return r
}

func send(r *http.Request) (status int, body string) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if r.Method == http.MethodHead {
		text = []byte(answer.Header.Get("Content-Length"))
	}
	return answer.StatusCode, string(text)
}

// object sends a request about an object and tells the status with the body, or with the code of the error.
func object(r *http.Request) string {
	status, body := send(r)
	if _, rest, ok := strings.Cut(body, "<Code>"); ok {
		body, _, _ = strings.Cut(rest, "</Code>")
	}
	return fmt.Sprint(status, " ", body)
}

// hang waits to be killed.
func hang() { <-make(chan struct{}) }

func behaviours() map[string]func(*program) {
	return map[string]func(*program){
		"echo": func(p *program) { p.next(); p.respond(string(p.event)); hang() },
		// A runtime asks for the next event at once, and is frozen.
		"again":        func(p *program) { p.next(); p.respond(`"once"`); p.next(); p.respond(`"twice"`) },
		"errs":         func(p *program) { p.next(); p.fail(`{"errorType":"TypeError","errorMessage":"no such thing"}`) },
		"errs-in-text": func(p *program) { p.next(); p.fail(`plain`) },
		"errs-at-length": func(p *program) {
			p.next()
			p.fail(fmt.Sprintf(`{"errorType":"E","errorMessage":%q,"stackTrace":["a"]}`, strings.Repeat("ä", 4000)))
		},
		"init-error": func(p *program) {
			p.post("init/error", `{"errorType":"Runtime.ImportModuleError","errorMessage":"no module"}`)
			hang()
		},
		"exits":  func(p *program) { p.next(); os.Exit(3) },
		"leaves": func(p *program) { p.next() },
		"large":  func(p *program) { p.next(); p.respond(strings.Repeat("x", 7<<20)); hang() },
		"protocol": func(p *program) {
			p.next()
			p.respond(fmt.Sprintf(`"%d %d %d"`, p.post("invocation/other/response", "1"), p.post("invocation/next/all", ""), p.post("other", "")))
		},
		"hangs":       func(p *program) { p.next(); fmt.Println("I hang"); hang() },
		"parent":      parent,
		"child":       func(*program) { hold(os.Getenv("HOLD")); hang() },
		"environment": func(p *program) { p.next(); p.respond(quoted(strings.Join(os.Environ(), "\n") + "\n")) },
		"variables":   func(p *program) { p.next(); p.respond(`{"outputVariables":{"A":"1"}}`) },
		"leaks": func(p *program) {
			p.next()
			p.succeed(`,"outputVariables":{"A":"1","KEY":"the bound secret itself","bound secret":"2"},
				"executionDetails":{"summary":"has bound secret","externalExecutionId":"of bound secret"},
				"currentRevision":{"revision":"bound secret","changeIdentifier":"bound secret","revisionSummary":"bound secret"}`)
			p.respond("null")
		},
		"leaks-variables": func(p *program) { p.next(); p.respond(`{"outputVariables":{"A":"1","KEY":"bound secret"}}`) },
		"leaks-value":     func(p *program) { p.next(); p.respond(`{"tried": 2, "key": ["bound secret"]}`) },
		"numbers":         func(p *program) { p.next(); p.respond(`{"outputVariables":{"A":1}}`) },
		"succeeds": func(p *program) {
			p.next()
			p.succeed(`,"continuationToken":"next","outputVariables":{"A":"1"},"executionDetails":{"summary":"did it","externalExecutionId":"x-1","percentComplete":50},
				"currentRevision":{"revision":"r","changeIdentifier":"c","created":1.5,"revisionSummary":"s"}`)
			p.respond("null")
		},
		"succeeds-and-exits": func(p *program) { p.next(); p.succeed(`,"outputVariables":{"A":"1"}`); os.Exit(1) },
		"fails": func(p *program) {
			p.next()
			p.call(p.key(), "PutJobFailureResult", fmt.Sprintf(`{"jobId":%q,"failureDetails":{"type":"PermissionError","message":"no","externalExecutionId":"x-2"}}`, p.job.ID))
			p.respond("null")
		},
		"twice":     secondResult,
		"wrong":     wrongOperations,
		"artifacts": artifacts,
		"tells":     tells,
	}
}

func (p *program) fail(body string) { p.post("invocation/"+p.id+"/error", body); hang() }

func quoted(text string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(text)
	return strings.TrimSpace(out.String())
}

// secondResult gives a result, tells what became of a second one by a file, and so shows that only the first counts.
func secondResult(p *program) {
	p.next()
	p.succeedWith(map[string]string{"Second": "InvalidJobStateException"})
	if got := p.succeedWith(map[string]string{"Second": "accepted"}); got != "InvalidJobStateException" {
		panic(got)
	}
	p.respond("null")
}

func wrongOperations(p *program) {
	p.next()
	p.succeedWith(map[string]string{
		"Job":       p.call(p.key(), "PutJobSuccessResult", `{"jobId":"other"}`),
		"Key":       p.call("ASIAOTHER", "PutJobSuccessResult", fmt.Sprintf(`{"jobId":%q}`, p.job.ID)),
		"Operation": p.call(p.key(), "StopPipelineExecution", `{}`),
		"Type":      p.call(p.key(), "PutJobFailureResult", fmt.Sprintf(`{"jobId":%q,"failureDetails":{"type":"Other"}}`, p.job.ID)),
		"Long":      p.succeed(`,"executionDetails":{"summary":"` + strings.Repeat("x", 2049) + `"}`),
		"Silent":    p.call(p.key(), "PutJobFailureResult", fmt.Sprintf(`{"jobId":%q,"failureDetails":{"type":"JobFailed"}}`, p.job.ID)),
		"Body":      p.call(p.key(), "PutJobSuccessResult", `{`),
	})
	p.respond("null")
}

func artifacts(p *program) {
	p.next()
	path := func(a lambda.EventArtifact) string {
		return a.Location.S3Location.BucketName + "/" + a.Location.S3Location.ObjectKey
	}
	in, one, two := path(p.job.Data.InputArtifacts[0]), path(p.job.Data.OutputArtifacts[0]), path(p.job.Data.OutputArtifacts[1])
	part := p.request(http.MethodGet, in, p.key(), "")
	part.Header.Set("Range", "bytes=4-6")
	chunked := func(body string) *http.Request {
		r := p.request(http.MethodPut, two, p.key(), body)
		r.Header.Set("X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		return r
	}
	got := map[string]string{
		"get":            object(p.request(http.MethodGet, in, p.key(), "")),
		"range":          object(part),
		"head":           object(p.request(http.MethodHead, in, p.key(), "")),
		"put":            object(p.request(http.MethodPut, one, p.key(), "one")),
		"torn":           object(chunked("9\r\nchunks")),
		"chunked":        object(chunked("9;chunk-signature=0\r\nchunks of\r\n4\r\n two\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n")),
		"elsewhere":      object(p.request(http.MethodGet, "artifacts/demo/Other/1", p.key(), "")),
		"put-elsewhere":  object(p.request(http.MethodPut, "artifacts/demo/Other/1", p.key(), "x")),
		"put-input":      object(p.request(http.MethodPut, in, p.key(), "x")),
		"delete":         object(p.request(http.MethodDelete, in, p.key(), "")),
		"parts-of-input": object(p.request(http.MethodPost, in+"?uploads", p.key(), "")),
		"no-upload":      object(p.request(http.MethodPut, one+"?partNumber=1&uploadId=other", p.key(), "x")),
		"part-zero":      object(p.request(http.MethodPut, one+"?partNumber=0&uploadId=One", p.key(), "x")),
		"no-list":        object(p.request(http.MethodPost, one+"?uploadId=One", p.key(), "<a/>")),
		"no-part":        object(p.request(http.MethodPost, one+"?uploadId=One", p.key(), "<a><Part><PartNumber>7</PartNumber></Part></a>")),
		"abort":          object(p.request(http.MethodDelete, one+"?uploadId=One", p.key(), "")),
		"bucket":         object(p.request(http.MethodGet, "artifacts", p.key(), "")),
		"foreign":        object(p.request(http.MethodGet, in, "ASIAOTHER", "")),
	}
	got["readback"] = object(p.request(http.MethodGet, one, p.key(), ""))
	p.succeedWith(got)
	p.respond("null")
}

// tells prints its event, in a line and in the middle of one without an end, and what must not be in the log.
func tells(p *program) {
	p.next()
	c := p.job.Data.ArtifactCredentials
	fmt.Println(string(p.event))
	fmt.Print(strings.Repeat("x", 16<<10), c.SecretAccessKey, strings.Repeat("x", 8<<10))
	fmt.Println("\nsays bound secret")
	variables, _ := json.Marshal(map[string]string{
		"bound": "bound secret", "key": c.AccessKeyID, "secret": c.SecretAccessKey, "session": c.SessionToken, "job": p.job.ID, "token": p.job.Data.ContinuationToken,
	})
	p.succeed(`,"executionDetails":{"summary":"says bound secret"},"outputVariables":` + string(variables))
	p.respond("null")
}

// parent starts a process of its own that holds a connection to the test, and answers once it does.
func parent(p *program) {
	p.next()
	child := exec.Command(os.Args[0]) //nolint:noctx,gosec // this test's own binary; the group is killed
	child.Env = append(os.Environ(), behaviour+"=child")
	if err := child.Start(); err != nil {
		panic(err)
	}
	hang()
}

// hold keeps a connection for as long as the process lives.
func hold(address string) {
	connection, err := net.Dial("tcp", address) //nolint:noctx // as above
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(connection, "I live")
}
