package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/pipeline"
)

// showOnPlatform shows an execution of a platform. Logs are not there: the API does not have them.
func showOnPlatform(ctx context.Context, p process, r *remote, request showRequest) error {
	listed, err := lookup(ctx, r, request.execution)
	if err != nil {
		return err
	}
	shown, err := r.read(ctx, listed)
	if err != nil {
		return err
	}
	if request.json {
		return printCarried(p, shown.masked())
	}
	lines := view.Lines{Style: r.console.style, NameWidth: shown.nameWidth()}
	drawn, err := shown.draw(lines, &pipeline.Pipeline{}, nil)
	if err != nil {
		return err
	}
	return printLines(p.stdout, drawn)
}

// printCarried prints records of a platform without the members that nobody has told: all that are empty.
func printCarried(p process, records shown) error {
	encoded, err := json.Marshal(records)
	if err != nil {
		return err
	}
	var value any
	if err := json.Unmarshal(encoded, &value); err != nil {
		return err
	}
	return printJSON(p.stdout, withoutEmpty(value))
}

func withoutEmpty(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = withoutEmpty(member)
		}
		maps.DeleteFunc(v, func(_ string, member any) bool { return member == nil || member == "" || member == 0.0 })
	case []any:
		for i := range v {
			v[i] = withoutEmpty(v[i])
		}
	}
	return value
}

// answerOnPlatform answers an approval of a platform, as whom IAM identifies.
func answerOnPlatform(ctx context.Context, p process, r *remote, request answerRequest) error {
	waiting, err := r.approvals(ctx, request.execution)
	if err != nil {
		return err
	}
	a, err := request.choose(p, r.place, waiting)
	if err != nil {
		return err
	}
	answer := approvalResult(a, request.approved, "")
	answer.Summary = request.summary
	at, err := r.PutApprovalResult(ctx, r.of[a.PipelineExecutionID], answer)
	if err != nil {
		return err
	}
	if request.json {
		return printJSON(p.stdout, map[string]any{
			"pipelineName": r.of[a.PipelineExecutionID], "pipelineExecutionId": a.PipelineExecutionID,
			"stageName": a.StageName, "actionName": a.ActionName, "approvedAt": at,
		})
	}
	return printLines(p.stdout, []string{request.done(a)})
}

// stopOnPlatform asks for the end of an execution of a platform.
func stopOnPlatform(ctx context.Context, p process, r *remote, request stopRequest) error {
	listed, err := openExecution(ctx, p, r.seen(), request.execution)
	if err != nil {
		return err
	}
	err = r.StopPipelineExecution(ctx, listed.PipelineName, listed.PipelineExecutionID, request.stop)
	if err != nil {
		return explainStop(err, request.stop, r.place.command(p, "stop", view.ShortID(listed.PipelineExecutionID), "--abandon"))
	}
	e, actions, err := r.GetPipelineExecution(ctx, listed.PipelineName, listed.PipelineExecutionID)
	if err != nil {
		return err
	}
	if request.json {
		return printJSON(p.stdout, map[string]string{"pipelineExecutionId": e.PipelineExecutionID, "status": string(e.Status)})
	}
	return printStopped(p, r.console, e, actions)
}

// registered is the newest definition of a pipeline of a platform.
func (r *remote) registered(ctx context.Context, name string) (*pipeline.Pipeline, error) {
	source, err := r.GetPipeline(ctx, name)
	if err != nil {
		return nil, err
	}
	p, problems := pipeline.Parse(name, source)
	if problems.HasErrors() {
		return nil, fmt.Errorf("read the definition of pipeline %s: %s", name, problems[0].Message)
	}
	return p, nil
}

// logsOnPlatform says where the logs of a platform are: its API does not have them.
func logsOnPlatform(ctx context.Context, r *remote, request logsRequest) error {
	listed, err := lookup(ctx, r, request.execution)
	if err != nil {
		return err
	}
	actions, err := r.ListActionExecutions(ctx, listed.PipelineExecutionID)
	if err != nil {
		return err
	}
	var links []string
	for _, a := range actions {
		name := a.StageName + "/" + a.ActionName
		if (request.action == "" || request.action == name) && a.ExternalExecutionURL != "" {
			links = append(links, "  "+name+"  "+a.ExternalExecutionURL)
		}
	}
	missing := errors.New("CodePipeline's API does not give what actions wrote")
	if len(links) == 0 {
		return withHelp(missing, "look in CloudWatch Logs: a build's is in the log group of its project, another action's in that of the function that performed it")
	}
	return withHelp(missing, "it can be read where they ran:\n%s", strings.Join(links, "\n"))
}
