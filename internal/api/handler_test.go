package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
)

var update = flag.Bool("update", false, "write what the API answers into testdata")

// TestAnswers holds the answers to the requests of testdata/*.txtar, each file on a world of its own: of every file
// "N Operation what" the input, and of "N Operation what answer" the status and the body. $TOKEN is that of the approval that
// waits.
func TestAnswers(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			cases, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			handler := newWorld(t).handler()
			token := findToken(ask(handler, "GetPipelineState", `{"name":"shop"}`))
			out := &txtar.Archive{Comment: cases.Comment}
			for _, c := range cases.Files {
				if strings.HasSuffix(c.Name, " answer") {
					continue
				}
				answer := ask(handler, strings.Fields(c.Name)[1], strings.ReplaceAll(string(c.Data), "$TOKEN", token))
				answer = strings.ReplaceAll(answer, token, "$TOKEN")
				out.Files = append(out.Files, c, txtar.File{Name: c.Name + " answer", Data: []byte(answer)})
			}
			if *update {
				if err := os.WriteFile(file, txtar.Format(out), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(cases)), string(txtar.Format(out))); diff != "" {
				t.Errorf("answers (-want +got):\n%s", diff)
			}
		})
	}
}

// ask sends a request as SDKs do and returns the status and the body, laid out.
func ask(handler http.Handler, operation, input string) string {
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request(operation, input))
	var body bytes.Buffer
	if err := json.Indent(&body, w.Body.Bytes(), "", "  "); err != nil {
		return err.Error() + ": " + w.Body.String()
	}
	return fmt.Sprintf("%d\n%s\n", w.Code, strings.TrimSpace(body.String()))
}

func request(operation, input string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(input))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "CodePipeline_20150709."+operation)
	return r
}

// Nothing but GetPipelineState shows the token of an approval, and it only that of one that waits; nothing at all shows
// the value of a secret or a task token.
func TestNoAnswerHoldsSecrets(t *testing.T) {
	w := newWorld(t)
	waiting := findToken(ask(w.handler(), "GetPipelineState", `{"name":"shop"}`))
	if waiting == "" {
		t.Fatal("GetPipelineState shows no token of the approval that waits")
	}
	for operation, input := range map[string]string{
		"ListPipelines": `{}`, "GetPipeline": `{"name":"shop"}`, "GetPipelineState": `{"name":"shop"}`,
		"ListPipelineExecutions": `{"pipelineName":"shop"}`, "ListActionExecutions": `{"pipelineName":"shop"}`,
	} {
		answer := ask(w.handler(), operation, input)
		if !strings.HasPrefix(answer, "200\n") {
			t.Errorf("%s answers %s", operation, answer)
		}
		for _, secret := range []string{canary, tokenPrefix} {
			if strings.Contains(answer, secret) {
				t.Errorf("%s shows %s", operation, secret)
			}
		}
		if operation != "GetPipelineState" && strings.Contains(answer, waiting) {
			t.Errorf("%s shows the token of the approval that waits", operation)
		}
	}
	answer := ask(w.handler(), "PutApprovalResult", `{"pipelineName":"shop","stageName":"Approve","actionName":"Gate","token":"`+waiting+`",
		"result":{"summary":"","status":"Approved"}}`)
	if !strings.HasPrefix(answer, "200\n") {
		t.Fatalf("PutApprovalResult answers %s", answer)
	}
	if left := findToken(ask(w.handler(), "GetPipelineState", `{"name":"shop"}`)); left != "" {
		t.Errorf("GetPipelineState shows the token %s of an approval that was answered", left)
	}
}

// The state shows the token of the execution that is in the stage, not of an earlier one that still waits there.
func TestTokenOfTheCurrentExecution(t *testing.T) {
	w := newWorld(t)
	d, err := w.records.GetPipeline(t.Context(), "tiny", 0)
	w.must(err)
	gate := w.gate(w.start(d, "earlier"))
	if token := findToken(ask(w.handler(), "GetPipelineState", `{"name":"tiny"}`)); token != gate.ApprovalToken {
		t.Errorf("the token is %q, want %q", token, gate.ApprovalToken)
	}
	w.enter(w.start(d, "later"), "Approve")
	if token := findToken(ask(w.handler(), "GetPipelineState", `{"name":"tiny"}`)); token != "" {
		t.Errorf("the token of the earlier execution is shown: %q", token)
	}
}

// findToken is the first token in an answer.
func findToken(answer string) string {
	_, rest, _ := strings.Cut(answer, `"token": "`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// Every page size gives the same list, and a token belongs to its list.
func TestPages(t *testing.T) {
	handler := newWorld(t).handler()
	for _, c := range []listing{
		{"ListPipelines", "pipelines", ``},
		{"ListPipelineExecutions", "pipelineExecutionSummaries", `"pipelineName":"shop",`},
		{"ListPipelineExecutions", "pipelineExecutionSummaries", `"pipelineName":"shop","filter":{"succeededInStage":{"stageName":"Build"}},`},
		{"ListActionExecutions", "actionExecutionDetails", `"pipelineName":"shop",`},
		{"ListActionExecutions", "actionExecutionDetails", `"pipelineName":"tiny",`},
	} {
		whole, _ := c.pages(t, handler, 100)
		for size := 1; size <= len(whole)+1; size++ {
			got, requests := c.pages(t, handler, size)
			if diff := cmp.Diff(whole, got); diff != "" {
				t.Errorf("%s %s in pages of %d (-whole +pages):\n%s", c.operation, c.input, size, diff)
			}
			if want := max((len(whole)+size-1)/size, 1); requests != want {
				t.Errorf("%s %s in pages of %d takes %d requests, want %d", c.operation, c.input, size, requests, want)
			}
		}
	}
}

// listing is an operation that lists, the member of its answer that does, and what of its input chooses the list.
type listing struct{ operation, member, input string }

// pages lists everything in pages of a size.
func (l listing) pages(t *testing.T, handler http.Handler, size int) (all []any, requests int) {
	t.Helper()
	for token := ""; ; {
		answer := ask(handler, l.operation, fmt.Sprintf(`{%s"maxResults":%d%s}`, l.input, size, token))
		status, body, _ := strings.Cut(answer, "\n")
		var page map[string]any
		if err := json.Unmarshal([]byte(body), &page); err != nil || status != "200" {
			t.Fatalf("%s: %v\n%s", l.operation, err, answer)
		}
		list, _ := page[l.member].([]any)
		all = append(all, list...)
		requests++
		if page["nextToken"] == nil {
			return all, requests
		}
		token = fmt.Sprintf(`,"nextToken":%q`, page["nextToken"])
	}
}

// Of several attempts the filter chooses the newest; what an execution only reuses it has not performed.
func TestAttemptsAndReuse(t *testing.T) {
	w := newWorld(t)
	waiting := execution.ExecutionID("shop", "waiting")
	again := execution.Action{
		ActionExecutionID: execution.ActionExecutionID(waiting, "Build", "Compile", 2), PipelineExecutionID: waiting,
		StageName: "Build", ActionName: "Compile", Attempt: 2,
	}
	w.step()
	_, err := w.records.BeginAction(t.Context(), w.input(waiting, "Build"), again)
	w.must(err)
	filter := `"pipelineName":"shop","filter":{"latestInPipelineExecution":{"pipelineExecutionId":"` + waiting + `","startTimeRange":%q}},`
	for startTimeRange, want := range map[string]int{"All": 4, "Latest": 3} {
		l := listing{"ListActionExecutions", "actionExecutionDetails", fmt.Sprintf(filter, startTimeRange)}
		all, _ := l.pages(t, w.handler(), 2)
		newest, _ := all[0].(map[string]any)
		if len(all) != want || newest["actionExecutionId"] != again.ActionExecutionID {
			t.Errorf("%s: %d actions, want %d, the first is %v", startTimeRange, len(all), want, newest["actionExecutionId"])
		}
	}

	d, err := w.records.GetPipeline(t.Context(), "shop", 1)
	w.must(err)
	p, _ := pipeline.Parse("shop.json", d.Source)
	part, err := w.records.StartPipelineExecution(t.Context(), execution.StartInput{
		Definition: d, Pipeline: p, Variables: map[string]string{"NOTE": "part"},
		From: &execution.Reuse{PipelineExecutionID: execution.ExecutionID("shop", "released"), StageName: "Deploy"},
	})
	w.must(err)
	l := listing{"ListActionExecutions", "actionExecutionDetails", `"pipelineName":"shop","filter":{"pipelineExecutionId":"` + part.PipelineExecutionID + `"},`}
	if all, _ := l.pages(t, w.handler(), 2); len(all) != 0 {
		t.Errorf("an execution that has performed nothing lists %d actions", len(all))
	}
	answer := ask(w.handler(), "GetPipelineExecution", `{"pipelineName":"shop","pipelineExecutionId":"`+part.PipelineExecutionID+`"}`)
	if !strings.Contains(answer, `"revisionId": "1111111"`) {
		t.Errorf("an execution that reuses a source has no revision:\n%s", answer)
	}
}

// What is no request of an SDK is refused, before anything is done.
func TestWhatIsNoRequest(t *testing.T) {
	handler := api.Loopback(newWorld(t).handler())
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
		want   string
	}{
		{"a request", func(*http.Request) {}, 200, "pipelines"},
		{"GET", func(r *http.Request) { r.Method = http.MethodGet }, 400, "GET / is no request of this API"},
		{"another path", func(r *http.Request) { r.URL.Path = "/x" }, 400, "POST /x is no request"},
		{"a form", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 400, `Content-Type \"text/plain\"`},
		{"a charset", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-amz-json-1.1; charset=utf-8") }, 200, "pipelines"},
		{"no target", func(r *http.Request) { r.Header.Del("X-Amz-Target") }, 400, "UnknownOperationException"},
		{"another service", func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListPipelines") }, 400, "UnknownOperationException"},
		{"a page", func(r *http.Request) { r.Header.Set("Origin", "https://example.com") }, 403, "a page in a browser"},
		{"a page of the same origin", func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, 403, "a page in a browser"},
		{"a name that leads here", func(r *http.Request) { r.Host = "evil.example:80" }, 403, `the host is "evil.example:80"`},
		{"another address", func(r *http.Request) { r.Host = "192.0.2.1" }, 403, "192.0.2.1"},
		{"localhost", func(r *http.Request) { r.Host = "localhost:80" }, 200, "pipelines"},
		{"::1", func(r *http.Request) { r.Host = "[::1]:80" }, 200, "pipelines"},
	} {
		r := request("ListPipelines", "{}")
		r.Host = "127.0.0.1:80"
		c.change(r)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s, want %d and %s", c.name, w.Code, w.Body, c.status, c.want)
		}
	}
	long := httptest.NewRecorder()
	handler.ServeHTTP(long, local(request("ListPipelines", strings.Repeat(" ", 1<<20+1))))
	if long.Code != http.StatusRequestEntityTooLarge || long.Header().Get("X-Amzn-Requestid") == "" {
		t.Errorf("a body that is too long: %d %s, request %q", long.Code, long.Body, long.Header().Get("X-Amzn-Requestid"))
	}
}

func local(r *http.Request) *http.Request {
	r.Host = "127.0.0.1:80"
	return r
}

// Whatever comes, the answer is JSON with a status of the API, and no failure of ours.
func FuzzHandler(f *testing.F) {
	f.Add("GetPipeline", `{"name":"shop"}`)
	f.Add("ListActionExecutions", `{"pipelineName":"shop","maxResults":1,"nextToken":"e30","filter":{"pipelineExecutionId":null}}`)
	f.Add("StartPipelineExecution", `{"name":"shop","variables":[{"name":"NOTE","value":"x"},7]}`)
	f.Add("PutApprovalResult", `[1,{"a":"\ud800"}] x`)
	handler := newWorld(f).handler()
	f.Fuzz(func(t *testing.T, operation, input string) {
		r := request("", input)
		r.Header.Set("X-Amz-Target", "CodePipeline_20150709."+operation)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if !json.Valid(w.Body.Bytes()) || w.Code >= http.StatusInternalServerError {
			t.Errorf("%s %s answers %d %s", operation, input, w.Code, w.Body)
		}
	})
}
