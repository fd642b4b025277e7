package resources

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline"
)

// Pipeline is what one pipeline is made of on AWS.
type Pipeline struct {
	Name string
	// Source is the canonical definition.
	Source   []byte
	Machines []Machine
	// Webhooks are those of the definition's template and those that sources are given, as JSON that FillWebhooks reads; their
	// secrets are names.
	Webhooks json.RawMessage
	// Given are the webhooks that sources are given.
	Given []GivenWebhook `json:",omitempty"`
	// Role is what the pipeline's role may do, without what its actions' own roles do.
	Role []Statement
	// BuildRole is what its builds on the platform's projects may do, and Projects are those that it has builds of.
	BuildRole []Statement `json:",omitempty"`
	Projects  []string    `json:",omitempty"`
	Rules     []Rule
	Schedules []Schedule
	// Notifying are the buckets that must send their events to EventBridge, or their rules never match.
	Notifying []string
	// Silent are the source actions whose changes start nothing.
	Silent []string `json:",omitempty"`
	// Changes are in what the template's own rules differ from those that the platform would make.
	Changes []Change `json:",omitempty"`
	// Open names what the definition leaves open until it is deployed.
	Open []string
}

// Machine is one of a pipeline's state machines.
type Machine struct {
	Name   string
	Stages []string
	// Definition is Amazon States Language with ${} for Functions and Open.
	Definition []byte
	// Functions are the task handlers that it calls, as keys of Lambda.
	Functions []string
	// Open names what its definition leaves open.
	Open []string
}

// Compile compiles a pipeline into its parts, in order.
type Compile func(d *pipeline.Pipeline) ([]Part, error)

// Part is one state machine as it is compiled: the stages in it, and its definition in Amazon States Language with ${} for
// functions and for what the pipeline's own definition leaves open.
type Part struct {
	Stages     []string
	Definition []byte
}

// Pipeline computes what a checked pipeline is made of. The error names everything about it that AWS cannot have.
func (p Platform) Pipeline(d *pipeline.Pipeline, compile Compile, values Values) (Pipeline, error) {
	if d = Deployed(d); !d.Name.IsKnown() {
		return Pipeline{}, openNameError(d.Name)
	}
	made := Pipeline{Name: d.Name.Value, Source: pipeline.Canonical(d)}
	var err error
	if made.Webhooks, err = webhooks(p.withGiven(d)); err != nil {
		return Pipeline{}, err
	}
	if made.Open, err = openNames(made.Source, made.Webhooks); err != nil {
		return Pipeline{}, err
	}
	if made.Machines, err = p.machines(d, compile, made.Open); err != nil {
		return Pipeline{}, err
	}
	made.Role = values.fillStatements(p.roleStatements(d))
	if err := p.fits(made.Name, made.Role); err != nil {
		return Pipeline{}, err
	}
	building, projects := p.buildStatements(d)
	made.BuildRole, made.Projects = values.fillStatements(building), projects
	if made.Rules, err = p.rules(d, values); err != nil {
		return Pipeline{}, err
	}
	if made.Changes, err = p.changes(d, values); err != nil {
		return Pipeline{}, err
	}
	made.Schedules, made.Given = p.schedules(d, values), p.givenWebhooks(d, values)
	made.Notifying, made.Silent = values.fillEach(notifying(d)), values.fillEach(silent(d))
	return made, nil
}

// Deployed is a pipeline as it is deployed. A name that only the deployment would know is the logical ID instead, for
// resources are named after it. A secret that a template leaves open is the name of one in Secrets Manager: its value
// would stand in the definition of a state machine. The pipeline that is given stays as it is.
func Deployed(d *pipeline.Pipeline) *pipeline.Pipeline {
	deployed := *d
	if !d.Name.IsKnown() && d.Template != nil {
		deployed.Name = pipeline.Text{Value: d.Template.LogicalID.Value, At: d.Name.At}
	}
	deployed.Template = withWebhookReferences(d.Template)
	deployed.Stages = slices.Clone(d.Stages)
	for i := range deployed.Stages {
		stage := &deployed.Stages[i]
		stage.Actions = slices.Clone(stage.Actions)
		for j := range stage.Actions {
			stage.Actions[j].Configuration = withReferences(&stage.Actions[j])
		}
	}
	return &deployed
}

// withReferences is a configuration whose open secrets refer to Secrets Manager.
func withReferences(a *pipeline.Action) []pipeline.Property {
	row, _ := pipeline.LookupActionType(a.ActionTypeID)
	configuration := slices.Clone(a.Configuration)
	for i, entry := range configuration {
		if property, _ := row.Property(entry.Key.Value); property.Secret && !entry.Value.IsKnown() && !strings.Contains(entry.Value.Value, reference) {
			configuration[i].Value = within(reference, entry.Value, "}}")
		}
	}
	return configuration
}

// OpenSecrets are the names of open parts that stand for the name of a secret.
func OpenSecrets(d *pipeline.Pipeline) map[string]bool {
	secrets := map[string]bool{}
	for _, a := range actions(d) {
		for _, entry := range a.Configuration {
			for _, p := range entry.Value.Placeholders {
				secrets[p.Name] = secrets[p.Name] || strings.Contains(entry.Value.Value, reference)
			}
		}
	}
	if d.Template == nil {
		return secrets
	}
	for _, w := range d.Template.Webhooks {
		if c := w.AuthenticationConfiguration; c != nil {
			for _, p := range c.SecretToken.Placeholders {
				secrets[p.Name] = secrets[p.Name] || strings.Contains(c.SecretToken.Value, reference)
			}
		}
	}
	return secrets
}

// reference begins a dynamic reference to Secrets Manager.
const reference = "{{resolve:secretsmanager:"

// within is a text between two others; its open parts move with it.
func within(before string, t pipeline.Text, after string) pipeline.Text {
	moved := pipeline.Text{Value: before + t.Value + after, At: t.At, Placeholders: slices.Clone(t.Placeholders)}
	for i := range moved.Placeholders {
		moved.Placeholders[i].Start += len(before)
		moved.Placeholders[i].End += len(before)
	}
	return moved
}

// actions are all of a pipeline, in order.
func actions(d *pipeline.Pipeline) []*pipeline.Action {
	var all []*pipeline.Action
	for i := range d.Stages {
		for j := range d.Stages[i].Actions {
			all = append(all, &d.Stages[i].Actions[j])
		}
	}
	return all
}

func (p Platform) machines(d *pipeline.Pipeline, compile Compile, names []string) ([]Machine, error) {
	parts, err := compile(d)
	if err != nil {
		return nil, err
	}
	machines := make([]Machine, 0, len(parts))
	for i, part := range parts {
		definition := undereferenced(string(part.Definition))
		machines = append(machines, Machine{
			Name: p.StateMachine(d.Name.Value, i), Stages: part.Stages, Definition: []byte(definition),
			Functions: used(definition, slices.Sorted(maps.Keys(Lambda()))), Open: used(definition, names),
		})
	}
	return machines, nil
}

// undereferenced writes dynamic references so that CloudFormation does not see them: it would put the secret itself into
// the definition. Step Functions reads the same text, for it decodes JSON first.
func undereferenced(definition string) string {
	return strings.ReplaceAll(definition, "{{resolve:", `{\u007bresolve:`)
}

// used are the names that stand as ${name} in a definition.
func used(definition string, names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !strings.Contains(definition, `"${`+name+`}"`)
	})
}
