package main

import (
	"encoding/json"
	"strings"

	"github.com/penstock-ci/penstock/internal/resources"
)

// plannedWebhook is the webhook that a source is given.
type plannedWebhook struct {
	Name       string             `json:"name"` // PIPELINE/WEBHOOK
	Source     string             `json:"source"`
	Repository string             `json:"repository"`
	Senders    []resources.Sender `json:"senders"`
	Secret     string             `json:"secret"`
	Stack      string             `json:"stack"`
}

func webhooksOf(p resources.Platform, made resources.Pipeline) []plannedWebhook {
	var all []plannedWebhook
	for _, w := range made.Given {
		all = append(all, plannedWebhook{
			Name: made.Name + "/" + w.Name, Source: w.Action, Repository: w.Repository, Senders: w.Senders, Secret: w.Secret,
			Stack: p.PipelineStack(made.Name),
		})
	}
	return all
}

// elsewhere is what no stack of the pipeline does.
func (d *deployment) elsewhere(w *hanging) {
	if len(d.Notifying) > 0 {
		w.title("Buckets that must send their events to EventBridge")
	}
	for _, bucket := range d.Notifying {
		w.item(bucket)
		w.detail("add EventBridgeConfiguration: {} to its notification configuration, and keep what is in that: putting one replaces it")
	}
	d.webhooks(w)
	if len(d.Silent) > 0 {
		w.title("Sources whose changes start nothing")
	}
	for _, source := range d.Silent {
		w.item(source)
		w.detail("no rule and no webhook is about it, or it is told not to detect changes: give its template an AWS::CodePipeline::Webhook or a schedule, or start the pipeline with penstock start or CodePipeline's API")
	}
	w.trusts(d.Trusts)
}

// trusts are statements as they are written into policies.
func (w *hanging) trusts(trusts []plannedTrust) {
	if len(trusts) > 0 {
		w.title("Roles of actions, and the trust that each needs")
	}
	for _, t := range trusts {
		w.item(t.Role + ", of " + strings.Join(t.Actions, ", "))
		text, err := json.MarshalIndent(t.Statement, "", "  ")
		if err != nil {
			text = []byte(err.Error()) // cannot happen: strings always encode
		}
		for _, line := range strings.Split(string(text), "\n") {
			w.detail(line)
		}
	}
}

// webhooks are what somebody must tell repositories, once the stack is there.
func (d *deployment) webhooks(w *hanging) {
	if len(d.Webhooks) == 0 {
		return
	}
	w.title("Webhooks to add to repositories, after the deployment")
	for _, hook := range d.Webhooks {
		w.item(hook.Name + ", to " + hook.Repository + ", for source " + hook.Source)
		w.detail("URL: in the outputs of stack " + hook.Stack + ", the one that ends with /webhooks/" + hook.Name)
		w.detail("secret:")
		w.whole("aws secretsmanager get-secret-value --secret-id " + hook.Secret + " --query SecretString --output text")
		for _, s := range hook.Senders {
			line := "on " + s.Provider + ": "
			if s.Enter != "" {
				line += s.Enter + "; "
			}
			w.detail(line + "send " + strings.Join(s.Events, ", "))
		}
	}
	w.item("No push starts the pipeline before that.")
}
