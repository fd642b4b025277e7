package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/api"
)

const approveIt = `{"pipelineName":"shop","stageName":"Approve","actionName":"Gate","token":"$TOKEN","result":{"summary":"","status":"Approved"}}`

// A request is answered at the path of its body and nowhere else.
func TestByPath(t *testing.T) {
	w := newWorld(t)
	token := findToken(ask(w.handler(), "GetPipelineState", `{"name":"shop"}`))
	handler := api.ByPath(w.handler())
	const denied, approval = "AccessDeniedException", "/PutApprovalResult/shop/Approve/Gate"
	for _, c := range []struct{ path, operation, body, want string }{
		{"/ListPipelines", "ListPipelines", `{}`, ""},
		{"/ListPipelines", "ListPipelines", ``, ""},
		{"/GetPipeline/shop", "GetPipeline", `{"name":"shop"}`, ""},
		{"/GetPipelineState/nothing", "GetPipelineState", `{"name":"nothing"}`, "PipelineNotFoundException"},
		{"/StartPipelineExecution/shop", "StartPipelineExecution", `{"name":"shop","variables":[{"name":"NOTE","value":"x"}]}`, ""},
		{"/", "ListPipelines", `{}`, denied},
		{"", "ListPipelines", `{}`, denied},
		{"/ListPipelines/", "ListPipelines", `{}`, denied},
		{"//ListPipelines", "ListPipelines", `{}`, denied},
		{"/v1/ListPipelines", "ListPipelines", `{}`, denied},
		{"/listpipelines", "ListPipelines", `{}`, denied},
		{"/ListPipelines?x=/GetPipeline/shop", "ListPipelines", `{}`, denied},
		{"/jobs", "ListPipelines", `{}`, denied},
		{"/jobs", "PutApprovalResult", approveIt, denied},
		{"/GetPipeline/tiny", "GetPipeline", `{"name":"shop"}`, denied},
		{"/GetPipeline", "GetPipeline", `{"name":"shop"}`, denied},
		{"/GetPipelineState/shop", "GetPipeline", `{"name":"shop"}`, denied},
		{"/GetPipeline/SHOP", "GetPipeline", `{"name":"shop"}`, denied},
		{"/GetPipeline/sho%70", "GetPipeline", `{"name":"shop"}`, denied},
		{"/GetPipeline%2Fshop", "GetPipeline", `{"name":"shop"}`, denied},
		{"/GetPipeline/x/../shop", "GetPipeline", `{"name":"shop"}`, denied},
		{"/GetPipeline/./shop", "GetPipeline", `{"name":"shop"}`, denied},
		{"/GetPipeline/..", "GetPipeline", `{"name":".."}`, "cannot stand in the path"},
		{"/GetPipeline/tiny", "GetPipeline", `{"name":"tiny","name":"shop"}`, denied},
		{"/GetPipeline/tiny", "GetPipeline", `{"name":"tiny","name":null}`, "must not be null"},
		{"/GetPipeline/tiny", "GetPipeline", `{"Name":"tiny","name":"shop"}`, denied},
		{"/GetPipeline/tiny", "GetPipeline", `{"NAME":"tiny"}`, "must not be null"},
		{"/GetPipeline/shop/x", "GetPipeline", `{"name":"shop/x"}`, "regular expression"},
		{"/GetPipeline/tiny", "GetPipeline", `{"name":"tiny"}{"name":"shop"}`, "SerializationException"},
		{"/FlyToTheMoon", "FlyToTheMoon", `{}`, "UnknownOperationException"},
		{"/PutApprovalResult/shop/Approve", "PutApprovalResult", approveIt, denied},
		{"/PutApprovalResult/shop/Deploy/Gate", "PutApprovalResult", approveIt, denied},
		{"/PutApprovalResult/tiny/Approve/Gate", "PutApprovalResult", approveIt, denied},
		{approval, "PutApprovalResult", strings.Replace(approveIt, "{", `{"pipelineName":"tiny",`, 1), ""},
		{approval, "GetPipelineState", `{"name":"shop"}`, denied},
	} {
		r := request(c.operation, strings.ReplaceAll(c.body, "$TOKEN", token))
		u, err := url.Parse(c.path)
		w.must(err)
		r.URL = u
		got := httptest.NewRecorder()
		handler.ServeHTTP(got, r)
		answer := got.Body.String()
		if good := got.Code == http.StatusOK; good != (c.want == "") || !strings.Contains(strings.ToLower(answer), strings.ToLower(c.want)) {
			t.Errorf("%s %s at %q: %d %s, want %q", c.operation, c.body, c.path, got.Code, answer, c.want)
		}
		if c.want == denied && !strings.Contains(answer, "nothing was done") {
			t.Errorf("%s at %q does not say that nothing was done: %s", c.operation, c.path, answer)
		}
	}
}

// Nobody calls nothing.
func TestByPathWithoutCaller(t *testing.T) {
	h := newWorld(t).handler()
	h.Caller = func(*http.Request) string { return "" }
	r := request("ListPipelines", "{}")
	r.URL.Path = "/ListPipelines"
	w := httptest.NewRecorder()
	api.ByPath(h).ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "nobody has said who calls") {
		t.Errorf("a request of nobody is answered: %s", w.Body)
	}
}

// The path of a request that is still to be sent, or why it has none.
func TestPathOf(t *testing.T) {
	refused := httptest.NewRecorder()
	for _, c := range []struct{ operation, body, want string }{
		{"ListPipelines", `{}`, "/ListPipelines"},
		{"GetPipeline", `{"name":"a@b"}`, "/GetPipeline/a@b"},
		{"PutApprovalResult", strings.ReplaceAll(approveIt, "$TOKEN", "00000000-0000-4000-8000-000000000001"), "/PutApprovalResult/shop/Approve/Gate"},
	} {
		got, err := api.PathOf("CodePipeline_20150709."+c.operation, []byte(c.body))
		if err != nil || got != c.want {
			t.Errorf("%s %s: %q %v, want %q", c.operation, c.body, got, err, c.want)
		}
	}
	_, err := api.PathOf("CodePipeline_20150709.GetPipeline", []byte(`{}`))
	api.Refuse(refused, err)
	if refused.Code != http.StatusBadRequest || !strings.Contains(refused.Body.String(), `"__type":"ValidationException"`) {
		t.Errorf("an input that has no path: %d %s", refused.Code, refused.Body)
	}
}

// Whatever comes: what is done is what the path says, as another reader of JSON sees the body.
func FuzzByPath(f *testing.F) {
	f.Add("/GetPipeline/shop", "GetPipeline", `{"name":"tiny","Name":"x","name":"shop"}`)
	f.Add("/GetPipelineState/tiny", "GetPipelineState", `{"n\u0061me":"shop","name":"tiny"}`)
	f.Add("/ListActionExecutions/sho%70", "ListActionExecutions", `{"pipelineName":"shop"}`)
	f.Add("/StopPipelineExecution/shop", "StopPipelineExecution", `{"pipelineName":"shop","pipelineExecutionId":"00000000-0000-4000-8000-000000000001"}`)
	f.Add("/PutApprovalResult/shop/Approve/Gate", "PutApprovalResult", approveIt)
	handler := api.ByPath(newWorld(f).handler())
	f.Fuzz(func(t *testing.T, path, operation, body string) {
		r := request(operation, body)
		u, err := url.Parse(path)
		if err != nil {
			return
		}
		r.URL = u
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			return
		}
		want := "/" + operation
		for _, member := range []string{"name", "pipelineName", "stageName", "actionName"} {
			if value := lastOf(body, member); value != "" {
				want += "/" + value
			}
		}
		if path != want {
			t.Errorf("%s %s was answered at %q, want %q", operation, body, path, want)
		}
	})
}

// lastOf is the text of the last member of that name, read token by token.
func lastOf(body, name string) (last string) {
	decoder := json.NewDecoder(strings.NewReader(body))
	if _, err := decoder.Token(); err != nil {
		return ""
	}
	for decoder.More() {
		key, err := decoder.Token()
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil {
			return ""
		}
		if text := ""; key == name && json.Unmarshal(value, &text) == nil {
			last = text
		}
	}
	return last
}
