package task

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/trigger"
)

// StartRequest is a rule's, or a schedule's, request to start a pipeline. ActionName is the source action whose change it
// is; empty for a schedule, and for rules that name none. DeliveryID is a schedule's, which sends no event.
type StartRequest struct {
	PipelineName string          `json:"pipelineName"`
	ActionName   string          `json:"actionName"`
	RuleARN      string          `json:"ruleArn"`
	DeliveryID   string          `json:"deliveryId,omitempty"`
	Event        events.Envelope `json:"event,omitzero"`
}

// Started is what came of a request to start a pipeline: the execution, or why none was started.
type Started struct {
	PipelineExecutionID string `json:"pipelineExecutionId,omitempty"`
	Skipped             string `json:"skipped,omitempty"`
}

// Trigger types, in the words of the API.
const (
	triggerRule       = "CloudWatchEvent"
	triggerWebhook    = "Webhook"
	triggerConnection = "WebhookV2"
)

// StartFromEvent starts a pipeline because an event came, or the time of a schedule. One delivery starts one execution,
// however often it comes and however many rules it matches. A pipeline that is deleted, a change that its filters do not
// let through, and an action that does not detect changes start nothing.
//
// The rule's pattern says which changes of a bucket or a repository of AWS count; only what passes over a connection has
// filters in the definition. Which revision is fetched is the source's business.
func (h *Handlers) StartFromEvent(ctx context.Context, r StartRequest) (Started, error) {
	delivery := cmp.Or(r.DeliveryID, r.Event.ID)
	if r.PipelineName == "" || delivery == "" {
		return Started{}, &execution.Error{
			Code: execution.Invalid, Message: fmt.Sprintf("a request to start pipeline %q by delivery %q: both must be named", r.PipelineName, delivery),
		}
	}
	d, p, err := h.definitions.newest(ctx, r.PipelineName)
	if execution.CodeOf(err) == execution.NotFound {
		return Started{Skipped: err.Error()}, nil
	}
	if err != nil {
		return Started{}, err
	}
	s := start{definition: d, pipeline: p, trigger: execution.Trigger{Type: triggerRule, Detail: r.RuleARN}, delivery: "event/" + delivery}
	if r.ActionName == "" {
		return h.begin(ctx, s)
	}
	a := sourceOf(p, r.ActionName)
	switch {
	case a == nil:
		return Started{Skipped: fmt.Sprintf("pipeline %q has no source action %q any more", r.PipelineName, r.ActionName)}, nil
	case a.ActionTypeID.Provider.Value == connectionProvider:
		return h.startFromConnection(ctx, s, a, gitEvent{gitHub, r.Event.DetailType, r.Event.Detail})
	}
	return h.begin(ctx, s)
}

const connectionProvider = "CodeStarSourceConnection"

// start is one execution that is about to be started. delivery has a "/": no client request token of a user has.
type start struct {
	definition execution.Definition
	pipeline   *pipeline.Pipeline
	trigger    execution.Trigger
	delivery   string
	revisions  []execution.SourceRevisionOverride
}

func (h *Handlers) begin(ctx context.Context, s start) (Started, error) {
	e, err := h.records.StartPipelineExecution(ctx, execution.StartInput{
		Definition: s.definition, Pipeline: s.pipeline, Trigger: s.trigger, SourceRevisions: s.revisions, ClientRequestToken: s.delivery,
	})
	if err != nil {
		return Started{}, fmt.Errorf("start pipeline %s: %w", s.definition.PipelineName, err)
	}
	return Started{PipelineExecutionID: e.PipelineExecutionID}, nil
}

// mostStarts is how many executions one event starts, which may push many tags at once. GitHub and GitLab tell of no tags where
// more than three were pushed.
const mostStarts = 3

// startFromConnection starts a pipeline where the filters of the action's trigger let a change through; without a trigger,
// where it is a push to the action's branch. Each change starts an execution of its own, of which the last one is told.
func (h *Handlers) startFromConnection(ctx context.Context, s start, a *pipeline.Action, event gitEvent) (Started, error) {
	changes, err := event.changes()
	if err != nil {
		return Started{}, err
	}
	var skipped []string
	passed := slices.DeleteFunc(changes, func(c gitChange) bool {
		why := notStarted(s.pipeline, a, c)
		skipped = append(skipped, why)
		return why != ""
	})
	switch {
	case len(passed) == 0:
		if more := len(skipped) - mostStarts; more > 0 {
			skipped = append(skipped[:mostStarts], fmt.Sprintf("and so on, %d more", more))
		}
		return Started{Skipped: strings.Join(skipped, "; ")}, nil
	case len(passed) > mostStarts:
		return Started{Skipped: fmt.Sprintf("%d branches and tags were pushed at once, and at most %d start executions", len(passed), mostStarts)}, nil
	}
	var started Started
	for i, change := range passed {
		own := s
		if i > 0 {
			own.delivery = fmt.Sprintf("%s/%d", s.delivery, i)
		}
		if started, err = h.startOnChange(ctx, own, a, change); err != nil {
			return Started{}, err
		}
	}
	return started, nil
}

// startOnChange starts an execution, which takes the very commit that was pushed.
func (h *Handlers) startOnChange(ctx context.Context, s start, a *pipeline.Action, change gitChange) (Started, error) {
	repository, _ := a.Setting("FullRepositoryId")
	connection, _ := a.Setting("ConnectionArn")
	detail, err := json.Marshal(connectionDetail{
		Repository: repository.Value, Connection: connection.Value, Commit: change.commit,
		Branch: change.Branch, Tag: change.Tag, PullRequest: change.PullRequest,
	})
	if err != nil {
		return Started{}, fmt.Errorf("encode the trigger of pipeline %s: %w", s.definition.PipelineName, err)
	}
	s.trigger = execution.Trigger{Type: triggerConnection, Detail: string(detail)}
	if change.commit != "" && s.pipeline.PipelineType.Value != "V1" {
		s.revisions = []execution.SourceRevisionOverride{{ActionName: a.Name.Value, RevisionType: "COMMIT_ID", RevisionValue: change.commit}}
	}
	return h.begin(ctx, s)
}

// connectionDetail is the detail of a WebhookV2 trigger, in the words of CodePipeline's event "Pipeline Execution State
// Change".
type connectionDetail struct {
	Repository  string `json:"full-repository-name"`
	Connection  string `json:"connection-arn"`
	Commit      string `json:"commit-id"`
	Branch      string `json:"branch-name,omitempty"`
	Tag         string `json:"tag-name,omitempty"`
	PullRequest string `json:"pull-request-event,omitempty"`
}

// notStarted says why a change does not start the pipeline; "" is that it does.
func notStarted(p *pipeline.Pipeline, a *pipeline.Action, c gitChange) string {
	if c.ignored != "" {
		return c.ignored
	}
	if repository, _ := a.Setting("FullRepositoryId"); c.repository != "" && c.repository != repository.Value {
		return fmt.Sprintf("the change is one of repository %q, action %q reads %q", c.repository, a.Name.Value, repository.Value)
	}
	for _, t := range p.Triggers {
		if t.GitConfiguration == nil || t.GitConfiguration.SourceActionName.Value != a.Name.Value {
			continue
		}
		if !trigger.Starts(t.GitConfiguration, c.Change) {
			return fmt.Sprintf("no filter of the trigger of action %q lets %s through", a.Name.Value, c)
		}
		return ""
	}
	branch, _ := a.Setting("BranchName")
	detects, given := a.Setting("DetectChanges")
	switch {
	case given && detects.Value == "false":
		return fmt.Sprintf("action %q does not detect changes", a.Name.Value)
	case c.PullRequest != "" || c.Branch != branch.Value:
		return fmt.Sprintf("action %q follows branch %q, this is %s", a.Name.Value, branch.Value, c)
	}
	return ""
}

func sourceOf(p *pipeline.Pipeline, name string) *pipeline.Action {
	for i := range p.Stages {
		for j := range p.Stages[i].Actions {
			if a := &p.Stages[i].Actions[j]; a.Name.Value == name && a.ActionTypeID.Category.Value == "Source" {
				return a
			}
		}
	}
	return nil
}
