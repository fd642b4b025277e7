package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/template"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Types of a template's resources that are read here.
const (
	pipelineResource  = "AWS::CodePipeline::Pipeline"
	webhookResource   = "AWS::CodePipeline::Webhook"
	customResource    = "AWS::CodePipeline::CustomActionType"
	eventRuleResource = "AWS::Events::Rule"
	scheduleResource  = "AWS::Scheduler::Schedule"
)

// isTemplate recognises a CloudFormation template.
func isTemplate(root *tree.Value) bool { return template.Looks(root, pipelineResource) }

// readTemplate reads the pipelines of a template, each with the resources that belong to it.
func readTemplate(list *diag.List, root *tree.Value, options ParseOptions) []*Pipeline {
	reader := templateReader{list: list, Template: template.Read(list, root, template.Options{Parameters: options.Parameters})}
	reader.Duplicates(func(r template.Resource) bool { return r.Type.Value == pipelineResource })
	pipelines := readResources(reader, pipelineResource, reader.pipeline)
	customTypes := readResources(reader, customResource, reader.customActionType)
	webhooks := readResources(reader, webhookResource, reader.webhook)
	rules := readResources(reader, eventRuleResource, reader.eventRule)
	schedules := readResources(reader, scheduleResource, reader.schedule)
	for _, p := range pipelines {
		p.Template.whole = root
		p.Template.CustomActionTypes = customTypes
		p.Template.Webhooks = keep(webhooks, func(w *Webhook) bool { return p.isNamed(w.TargetPipeline) })
		p.Template.EventRules = keep(rules, func(r *EventRule) bool {
			return slices.ContainsFunc(r.Targets, func(t EventTarget) bool { return p.isTarget(t.Arn) })
		})
		p.Template.Schedules = keep(schedules, func(s *Schedule) bool {
			return s.Target != nil && p.isTarget(s.Target.Arn)
		})
	}
	if len(pipelines) == 0 {
		list.Add(noPipeline(root.At))
	}
	return pipelines
}

func keep[T any](all []T, wanted func(*T) bool) []T {
	var kept []T
	for i := range all {
		if wanted(&all[i]) {
			kept = append(kept, all[i])
		}
	}
	return kept
}

// templateReader reads a template's resources into the model.
type templateReader struct {
	*template.Template
	list *diag.List
}

// readResources reads all resources of one type.
func readResources[T any](r templateReader, kind string, read func(template.Resource, *tree.Value) T) []T {
	var all []T
	for _, resource := range r.Resources {
		if resource.Type.Value == kind {
			all = append(all, read(resource, r.Properties(resource)))
		}
	}
	return all
}

func (r templateReader) pipeline(resource template.Resource, properties *tree.Value) *Pipeline {
	p := &Pipeline{Form: FormTemplate, Template: &Template{LogicalID: resource.LogicalID, Condition: resource.Condition}}
	p.unreadable = !templateStructure.read(r.list, upperCamel, properties, p)
	if !p.Name.IsSet() {
		p.Name = resource.LogicalID
		p.At = resource.LogicalID.At
	}
	r.notePlaceholders(resource, properties)
	switch r.Made(resource) {
	case template.False:
		p.Template.unmade = true
		r.list.Add(pipelineNotMade(resource.LogicalID, resource.Condition))
	case template.Unknown:
		r.list.Add(pipelinePerhapsMade(resource.LogicalID, resource.Condition))
	}
	return p
}

func (r templateReader) customActionType(resource template.Resource, properties *tree.Value) CustomActionType {
	c := CustomActionType{LogicalID: resource.LogicalID}
	customActionTypeStructure.read(r.list, upperCamel, properties, &c)
	return c
}

func (r templateReader) webhook(resource template.Resource, properties *tree.Value) Webhook {
	w := Webhook{LogicalID: resource.LogicalID}
	webhookStructure.read(r.list, upperCamel, properties, &w)
	return w
}

func (r templateReader) eventRule(resource template.Resource, properties *tree.Value) EventRule {
	rule := EventRule{LogicalID: resource.LogicalID}
	var elsewhere diag.List // a rule that has nothing to do with a pipeline is none of our business
	eventRuleStructure.read(&elsewhere, upperCamel, properties, &rule)
	return rule
}

func (r templateReader) schedule(resource template.Resource, properties *tree.Value) Schedule {
	schedule := Schedule{LogicalID: resource.LogicalID}
	var elsewhere diag.List
	scheduleStructure.read(&elsewhere, upperCamel, properties, &schedule)
	return schedule
}

// openValue is a placeholder and where it is first used.
type openValue struct {
	name string
	at   diag.Range
}

// notePlaceholders says which values of a pipeline are not known.
func (r templateReader) notePlaceholders(resource template.Resource, properties *tree.Value) {
	seen := map[string]bool{}
	var parameters, others []openValue
	for p, at := range properties.Placeholding() {
		if seen[p.Name] {
			continue
		}
		seen[p.Name] = true
		if r.Takes(p.Name) {
			parameters = append(parameters, openValue{p.Name, at})
		} else {
			others = append(others, openValue{p.Name, at})
		}
	}
	if len(parameters) > 0 {
		r.list.Add(parametersWithoutValue(resource.LogicalID.At, parameters))
	}
	if len(others) > 0 {
		r.list.Add(knownToAWSOnly(resource.LogicalID.At, others))
	}
}
