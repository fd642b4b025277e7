package graph

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

// Diagram is what a picture of a pipeline shows.
type Diagram struct {
	Name      string
	Type      string // V1 or V2, where the definition says so
	Mode      string
	Variables []string // "NAME=default", or the name alone
	Triggers  []string // "push to main starts Checkout"
	Stages    []Stage
	Artifacts []Artifact // in the order in which they are made
}

// Stage is a stage with its actions in the order in which they run.
type Stage struct {
	Name       string
	Groups     []Group
	Conditions []Condition
}

// Group holds the actions of one runOrder, which run in parallel.
type Group struct {
	RunOrder int
	Actions  []*Action
}

// Action is one action. An action is its pointer: two may have one name.
type Action struct {
	Name      string
	Category  string
	Provider  string
	Namespace string
	When      []string // checks that must all hold: #{Source.BranchName} EQ "main"
	Reads     []string // variables, each once: "BuildVariables.VERSION"
	Inputs    []string // artifacts
	Outputs   []string
}

// Condition is what a stage asks before entry, on success or on failure, and the result that it may have.
type Condition struct {
	When      string
	Result    string
	RetryMode string // of the result RETRY, where it is given
	Rules     []string
}

// Artifact is made by one action and taken by others.
type Artifact struct {
	Name string
	From *Action
	To   []*Action // in the order in which they run; empty where nobody takes it
}

// Of returns the diagram of a pipeline. The pipeline has no errors.
func Of(p *pipeline.Pipeline) Diagram {
	d := Diagram{Name: line(p.Name.Value), Type: line(p.PipelineType.Value), Mode: line(p.Mode())}
	for _, v := range p.Variables {
		d.Variables = append(d.Variables, variableOf(v))
	}
	for _, t := range p.Triggers {
		d.Triggers = append(d.Triggers, triggersOf(t)...)
	}
	for i := range p.Stages {
		d.Stages = append(d.Stages, stageOf(&p.Stages[i]))
	}
	d.Artifacts = artifactsOf(d.Stages)
	return d
}

// Actions counts the actions of all stages.
func (d Diagram) Actions() int {
	n := 0
	for _, stage := range d.Stages {
		for _, group := range stage.Groups {
			n += len(group.Actions)
		}
	}
	return n
}

func variableOf(v pipeline.Variable) string {
	if !v.DefaultValue.IsSet() {
		return line(v.Name.Value)
	}
	return line(v.Name.Value + "=" + v.DefaultValue.Value)
}

func stageOf(s *pipeline.Stage) Stage {
	stage := Stage{Name: line(s.Name.Value), Conditions: conditionsOf(s)}
	for _, group := range s.Groups() {
		g := Group{RunOrder: group[0].RunOrderOrDefault()}
		for _, a := range group {
			g.Actions = append(g.Actions, actionOf(a))
		}
		stage.Groups = append(stage.Groups, g)
	}
	return stage
}

func actionOf(a *pipeline.Action) *Action {
	action := &Action{
		Name: line(a.Name.Value), Namespace: line(a.Namespace.Value), Inputs: lines(a.InputArtifacts), Reads: readsOf(a),
		Category: line(a.ActionTypeID.Category.Value), Provider: line(a.ActionTypeID.Provider.Value),
	}
	for _, c := range a.When {
		action.When = append(action.When, line(c.Variable.Value+" "+c.Operator.Value+" "+diag.Quote(c.Value.Value)))
	}
	for _, out := range a.OutputArtifacts {
		action.Outputs = append(action.Outputs, line(out.Name.Value))
	}
	return action
}

// readsOf returns the variables that an action reads once it runs, each once, in the order of the definition.
func readsOf(a *pipeline.Action) []string {
	var reads []string
	read := func(t pipeline.Text) {
		for _, r := range pipeline.References(t.Value) {
			if name := r.Namespace + "." + r.Key; r.Key != "" && !slices.Contains(reads, name) {
				reads = append(reads, name)
			}
		}
	}
	for _, entry := range a.Configuration {
		read(entry.Value)
	}
	for _, command := range a.Commands {
		read(command)
	}
	for _, variable := range a.EnvironmentVariables {
		read(variable.Value)
	}
	return reads
}

func conditionsOf(s *pipeline.Stage) []Condition {
	var conditions []Condition
	if s.BeforeEntry != nil {
		conditions = appendConditions(conditions, "before entry", s.BeforeEntry.Conditions)
	}
	if s.OnSuccess != nil {
		conditions = appendConditions(conditions, "on success", s.OnSuccess.Conditions)
	}
	if s.OnFailure == nil {
		return conditions
	}
	if result := s.OnFailure.Result.Value; result != "" {
		condition := Condition{When: "on failure", Result: line(result)}
		if retry := s.OnFailure.RetryConfiguration; retry != nil {
			condition.RetryMode = line(retry.RetryMode.Value)
		}
		conditions = append(conditions, condition)
	}
	return appendConditions(conditions, "on failure", s.OnFailure.Conditions)
}

func appendConditions(to []Condition, when string, from []pipeline.Condition) []Condition {
	for _, c := range from {
		condition := Condition{When: when, Result: line(c.Result.Value)}
		for _, rule := range c.Rules {
			condition.Rules = append(condition.Rules, line(cmp.Or(rule.Name.Value, rule.RuleTypeID.Provider.Value)))
		}
		to = append(to, condition)
	}
	return to
}

// String says a condition in one line: "before entry: FAIL (Window, Alarm)".
func (c Condition) String() string {
	text := c.When
	if c.Result != "" {
		text += ": " + c.Result
	}
	if details := c.details(); len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	return text
}

// details are what decides about the result, or what it does again.
func (c Condition) details() []string {
	if c.RetryMode != "" {
		return append([]string{c.RetryMode}, c.Rules...)
	}
	return c.Rules
}

// triggersOf says what starts the pipeline, one line for each filter.
func triggersOf(t pipeline.Trigger) []string {
	git := t.GitConfiguration
	if git == nil {
		return nil
	}
	to := " starts " + git.SourceActionName.Value
	var triggers []string
	for _, push := range git.Push {
		triggers = append(triggers, line("push"+filterText(" to ", push.Branches)+filterText(" of tag ", push.Tags)+
			filterText(" in ", push.FilePaths)+to))
	}
	for _, pull := range git.PullRequest {
		events := ""
		if len(pull.Events) > 0 {
			events = " " + strings.ToLower(strings.Join(lines(pull.Events), ", "))
		}
		triggers = append(triggers, line("pull request"+events+filterText(" to ", pull.Branches)+
			filterText(" in ", pull.FilePaths)+to))
	}
	if len(triggers) == 0 {
		triggers = append(triggers, line("push"+to))
	}
	return triggers
}

func filterText(before string, f *pipeline.GitFilter) string {
	if f == nil {
		return ""
	}
	var parts []string
	if len(f.Includes) > 0 {
		parts = append(parts, strings.Join(lines(f.Includes), ", "))
	}
	if len(f.Excludes) > 0 {
		parts = append(parts, "not "+strings.Join(lines(f.Excludes), ", "))
	}
	if len(parts) == 0 {
		return ""
	}
	return before + strings.Join(parts, " but ")
}

// artifactsOf connects who makes an artifact with who takes it.
func artifactsOf(stages []Stage) []Artifact {
	var artifacts []Artifact
	index := map[string]int{}
	each(stages, func(a *Action) {
		for _, name := range a.Inputs {
			if i, known := index[name]; known && artifacts[i].From != a && !slices.Contains(artifacts[i].To, a) {
				artifacts[i].To = append(artifacts[i].To, a)
			}
		}
		for _, name := range a.Outputs {
			if _, known := index[name]; !known {
				index[name] = len(artifacts)
				artifacts = append(artifacts, Artifact{Name: name, From: a})
			}
		}
	})
	return artifacts
}

// each visits the actions in the order in which they run.
func each(stages []Stage, visit func(*Action)) {
	for _, stage := range stages {
		for _, group := range stage.Groups {
			for _, action := range group.Actions {
				visit(action)
			}
		}
	}
}

// line makes one line of a text: control characters, which no picture can hold, become spaces.
func line(text string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\ufffd' || !strconv.IsPrint(r) && r != '\u200d' {
			return ' '
		}
		return r
	}, text))
}

func lines(texts []pipeline.Text) []string {
	var out []string
	for _, t := range texts {
		out = append(out, line(t.Value))
	}
	return out
}
