package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
)

// siteFlags say where a pipeline would be deployed. What is not given stands as a word that nobody takes for a value.
type siteFlags struct{ platform, account, region string }

func (f *siteFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.platform, platformName, resources.DefaultName, "the `NAME` of the platform that it would run on")
	cmd.Flags().StringVar(&f.account, "account", "", "the `ACCOUNT` that it would run in; of the definition's role where that has one")
	cmd.Flags().StringVar(&f.region, "region", "", "the `REGION` that it would run in")
}

func (f *siteFlags) validate(cmd *cobra.Command) error {
	return cmp.Or(
		platformLike.like(cmd, platformName, f.platform), accountLike.like(cmd, "account", f.account), regionLike.like(cmd, "region", f.region),
	)
}

// of is the platform that a definition would run on.
func (f siteFlags) of(d *pipeline.Pipeline) resources.Platform {
	account := f.account
	const accountPart, parts = 4, 6
	if arn := strings.SplitN(d.RoleArn.Value, ":", parts); account == "" && d.RoleArn.IsKnown() && len(arn) == parts {
		account = arn[accountPart]
	}
	p := resources.Platform{
		Name: f.platform, Partition: "aws", Region: cmp.Or(f.region, "REGION"), Account: cmp.Or(account, "ACCOUNT"),
	}
	p.Key = "arn:aws:kms:" + p.Region + ":" + p.Account + ":key/KEY"
	return p
}

// deployment is what a pipeline would be on AWS.
type deployment struct {
	Resources   []plannedResource `json:"resources"`
	Permissions []plannedRole     `json:"permissions"`
	Rules       []plannedRule     `json:"rules"`
	Changes     []plannedChange   `json:"changes,omitempty"`
	Notifying   []string          `json:"bucketsToNotify,omitempty"`
	Webhooks    []plannedWebhook  `json:"webhooksToAdd,omitempty"`
	Silent      []string          `json:"sourcesThatStartNothing,omitempty"`
	Trusts      []plannedTrust    `json:"trusts,omitempty"`
}

type plannedResource struct {
	Type string `json:"type"`
	Name string `json:"name"`
	Does string `json:"does"`
}

type plannedRole struct {
	Role       string                        `json:"role"`
	Statements []resources.DocumentStatement `json:"statements"`
}

type plannedRule struct {
	Name     string         `json:"name"`
	Does     string         `json:"does"`
	Pattern  map[string]any `json:"eventPattern,omitempty"`
	Schedule string         `json:"scheduleExpression,omitempty"`
}

type plannedChange struct {
	Rule    string   `json:"rule"`
	Source  string   `json:"source"`
	Only    []string `json:"only,omitempty"`
	Missing []string `json:"missing,omitempty"`
}

type plannedTrust struct {
	Role      string                      `json:"role"`
	Actions   []string                    `json:"actions"`
	Statement resources.DocumentStatement `json:"statement"`
}

// deploymentOf computes it, with what a template leaves open as it is written there.
func deploymentOf(d definition, at siteFlags) (*deployment, error) {
	platform := at.of(d.pipeline)
	made, err := platform.Pipeline(d.pipeline, machines.Compile, resources.Named)
	if err != nil {
		return nil, err
	}
	out := &deployment{
		Resources: resourcesOf(platform, made), Notifying: made.Notifying, Webhooks: webhooksOf(platform, made), Silent: made.Silent,
		Trusts: trustsOf(platform, d.pipeline),
	}
	for _, role := range rolesOf(platform, made) {
		out.Permissions = append(out.Permissions, plannedRole{role.name, resources.NewDocument(role.statements).Statement})
	}
	for _, r := range made.Rules {
		out.Rules = append(out.Rules, plannedRule{platform.Rule(made.Name, r.Name), r.Description, r.Pattern, r.Schedule})
	}
	for _, c := range made.Changes {
		out.Changes = append(out.Changes, plannedChange(c))
	}
	return out, nil
}

type madeRole struct {
	name, does string
	statements []resources.Statement
}

func rolesOf(p resources.Platform, made resources.Pipeline) []madeRole {
	roles := []madeRole{
		{p.PipelineRole(made.Name), "what actions may do", made.Role},
		{p.StateMachineRole(made.Name), "what the state machine may do", p.MachineRole(made)},
	}
	if len(made.Projects) > 0 {
		roles = append(roles, madeRole{p.BuildRole(made.Name), "what builds of connections and Commands may do", made.BuildRole})
	}
	return roles
}

// resourcesOf are those of the pipeline's stack that have a name, and the platform's projects that it uses.
func resourcesOf(p resources.Platform, made resources.Pipeline) []plannedResource {
	var all []plannedResource
	for _, m := range made.Machines {
		all = append(all, plannedResource{"AWS::StepFunctions::StateMachine", m.Name, "runs " + strings.Join(m.Stages, ", ")})
	}
	for _, role := range rolesOf(p, made) {
		all = append(all, plannedResource{"AWS::IAM::Role", role.name, role.does})
	}
	for _, r := range made.Rules {
		all = append(all, plannedResource{"AWS::Events::Rule", p.Rule(made.Name, r.Name), r.Description})
	}
	for _, s := range made.Schedules {
		all = append(all, plannedResource{"AWS::Scheduler::Schedule", p.Rule(made.Name, s.Name), s.Expression})
	}
	if len(made.Schedules) > 0 {
		all = append(all, plannedResource{"AWS::IAM::Role", p.ScheduleRole(made.Name), "lets schedules start the pipeline"})
	}
	for _, w := range made.Given {
		all = append(all, plannedResource{"AWS::SecretsManager::Secret", w.Secret, "signs what " + w.Repository + " sends when something is pushed"})
	}
	for _, project := range made.Projects {
		all = append(all, plannedResource{"AWS::CodeBuild::Project", p.Project(project), "of the platform"})
	}
	return all
}

func trustsOf(p resources.Platform, d *pipeline.Pipeline) []plannedTrust {
	name := resources.Deployed(d).Name.Value
	var all []plannedTrust
	for _, r := range resources.ActionRoles(d, resources.Named) {
		all = append(all, plannedTrust{r.Role, r.Actions, p.ActionTrust(name)})
	}
	return all
}

// trustLines are what penstock check --for aws says of the roles that actions name.
func trustLines(d *pipeline.Pipeline, style view.Style) []string {
	w := hanging{style: style}
	if trusts := trustsOf(siteFlags{platform: resources.DefaultName}.of(d), d); len(trusts) > 0 {
		w.trusts(trusts)
		w.item("This is of a platform called " + resources.DefaultName + ". penstock plan says it of another one with --platform-name, and where that stands with --account and --region.")
	}
	return w.lines
}

// lines are what is shown of it. Names are whole, whatever the width: somebody will look for them.
func (d *deployment) lines(style view.Style) []string {
	w := hanging{style: style}
	w.title("Resources of its stack")
	for _, r := range d.Resources {
		w.item(strings.TrimPrefix(r.Type, "AWS::") + "  " + r.Name)
		w.detail(r.Does)
	}
	w.title("Permissions")
	for _, role := range d.Permissions {
		w.item(role.Role)
		for _, s := range role.Statements {
			w.detail(strings.Join(s.Action, ", "))
			for _, resource := range s.Resource {
				w.whole("on " + resource)
			}
			for _, condition := range conditionsOf(s) {
				w.detail("  if " + condition)
			}
		}
	}
	d.events(&w)
	d.elsewhere(&w)
	return w.lines
}

// events are the rules, and what is different in those that the template has.
func (d *deployment) events(w *hanging) {
	if len(d.Rules) > 0 {
		w.title("Events")
	}
	for _, r := range d.Rules {
		w.item(r.Name + ": " + r.Does)
		if r.Schedule != "" {
			w.detail(r.Schedule)
			continue
		}
		for _, line := range resources.FlatPattern(r.Pattern) {
			w.detail(line)
		}
	}
	if len(d.Changes) > 0 {
		w.title("The template's rules, against what the source would be given")
	}
	for _, c := range d.Changes {
		w.item(c.Rule + ", of source " + c.Source)
		for _, line := range c.Only {
			w.detail("- " + line)
		}
		for _, line := range c.Missing {
			w.detail("+ " + line)
		}
	}
}

// conditionsOf are the conditions of a statement, each with its operator left out where that is the usual one.
func conditionsOf(s resources.DocumentStatement) []string {
	var all []string
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			all = append(all, fmt.Sprintf("%s is %v", key, s.Condition[operator][key]))
		}
	}
	return all
}

// hanging are lines below titles, each item with its details; what is longer than the width goes on below itself.
type hanging struct {
	style view.Style
	lines []string
}

func (w *hanging) title(text string) {
	w.lines = append(w.lines, "")
	w.add("", text)
}

func (w *hanging) item(text string) { w.add("  ", text) }

func (w *hanging) detail(text string) {
	rest := strings.TrimLeft(text, " ")
	w.add("    "+text[:len(text)-len(rest)], rest)
}

// whole is a line below a detail that is never folded: a name, or a command to paste.
func (w *hanging) whole(text string) { w.lines = append(w.lines, "      "+view.Clean(text)) }

func (w *hanging) add(indent, text string) {
	width := w.style.Width
	if width <= 0 {
		w.lines = append(w.lines, indent+text)
		return
	}
	for i, line := range view.WrapWords(text, width-len(indent)-2) {
		if i > 0 {
			line = "  " + line
		}
		w.lines = append(w.lines, indent+line)
	}
}
