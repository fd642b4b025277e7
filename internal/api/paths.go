package api

import (
	"encoding/json"
	"net/http"
	"strings"
)

// JobsPath is where the results of jobs are taken. Whoever gives one is known by nothing but the job's id: the SDK in a
// Lambda function that CodePipeline invokes signs for codepipeline, which the gateway in front of this API refuses.
const JobsPath = "/jobs"

// about are the members of an operation's input that name what it is about, outermost first: they follow the operation in
// the path of a request. A dot leads into a structure. Operations that are of a whole account have none.
var about = map[string][]string{
	"CreatePipeline":                   {"pipeline.name"},
	"DeletePipeline":                   {"name"},
	"DisableStageTransition":           {"pipelineName", "stageName"},
	"EnableStageTransition":            {"pipelineName", "stageName"},
	"GetPipeline":                      {"name"},
	"GetPipelineExecution":             {"pipelineName"},
	"GetPipelineState":                 {"name"},
	"ListActionExecutions":             {"pipelineName"},
	"ListActionTypes":                  {},
	"ListDeployActionExecutionTargets": {"pipelineName"},
	"ListPipelineExecutions":           {"pipelineName"},
	"ListPipelines":                    {},
	"ListRuleExecutions":               {"pipelineName"},
	"ListRuleTypes":                    {},
	"ListWebhooks":                     {},
	"OverrideStageCondition":           {"pipelineName", "stageName"},
	"PutActionRevision":                {"pipelineName", "stageName", "actionName"},
	"PutApprovalResult":                {"pipelineName", "stageName", "actionName"},
	"RetryStageExecution":              {"pipelineName", "stageName"},
	"RollbackStage":                    {"pipelineName", "stageName"},
	"StartPipelineExecution":           {"name"},
	"StopPipelineExecution":            {"pipelineName"},
	"UpdatePipeline":                   {"pipeline.name"},
}

// jobResults are the operations of JobsPath.
var jobResults = map[string]bool{"GetJobDetails": true, "PutJobSuccessResult": true, "PutJobFailureResult": true}

// ByPath has a Handler take requests at paths that say what they are about, and only there: POST
// /OPERATION[/PIPELINE[/STAGE[/ACTION]]]. What stands in front can then let somebody do one thing by the path alone, without
// reading bodies. The path is held, byte by byte, against the input that the operation gets, after that was read: of a member
// that is there twice, or in another case, that is the one that counts. Nothing in it is decoded or cleaned. A request that
// nobody is the caller of is refused, but for the results of jobs.
func ByPath(h *Handler) *Handler { return &Handler{Options: h.Options, byPath: true} }

// PathOf is the path of a request, by its X-Amz-Target and its body. The error is the answer to a request that has none,
// which Refuse writes.
func PathOf(target string, body []byte) (string, error) {
	name, op, err := find(target)
	if err != nil {
		return "", err
	}
	input, err := op.input.read(body)
	if err != nil {
		return "", err
	}
	return pathOf(name, input)
}

// pathOf is the path for an input that was read.
func pathOf(operation string, input []byte) (string, error) {
	if jobResults[operation] {
		return JobsPath, nil
	}
	members, known := about[operation]
	if !known {
		return "", noPath(operation)
	}
	var values map[string]any
	if err := json.Unmarshal(input, &values); err != nil {
		return "", unreadable(err)
	}
	path := "/" + operation
	for _, member := range members {
		name := lookup(values, member)
		if name == "" || strings.Trim(name, ".") == "" || strings.ContainsAny(name, "/%") {
			return "", notInAPath(member, name)
		}
		path += "/" + name
	}
	return path, nil
}

// lookup is the text of a member, empty where there is none.
func lookup(values map[string]any, member string) string {
	outer, inner, nested := strings.Cut(member, ".")
	if nested {
		structure, _ := values[outer].(map[string]any)
		return lookup(structure, inner)
	}
	text, _ := values[member].(string)
	return text
}

// check refuses a request whose path is not that of its input, and one of nobody, but for the result of a job.
func check(r *http.Request, caller, operation string, input []byte) error {
	want, err := pathOf(operation, input)
	switch {
	case err != nil:
		return err
	case caller == "" && want != JobsPath:
		return noCaller()
	}
	path := r.URL.Path
	if want == JobsPath {
		path = strings.TrimSuffix(path, "/") // which SDKs add to an endpoint's path
	}
	if path != want || r.URL.RawPath != "" || r.URL.RawQuery != "" {
		return anotherPath(r.URL.RequestURI(), want)
	}
	return nil
}

// Refuse answers a request with an error, as the exception that it is.
func Refuse(w http.ResponseWriter, err error) {
	e := exceptionOf(err)
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(e) // whoever asked may have gone
}
