package pipeline

import (
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

// Target is a form that a definition can be converted to.
type Target string

// Targets of Convert.
const (
	API            Target = "api"            // {"pipeline": {...}, "tags": [...]}: input of CreatePipeline
	CloudFormation Target = "cloudformation" // a template with one AWS::CodePipeline::Pipeline
	Authoring      Target = "authoring"      // {name, stages}
)

// Conversion says what a definition becomes, and supplies what the form needs and the definition does not have.
type Conversion struct {
	To             Target
	RoleArn        string            // for a definition without roleArn
	ArtifactBucket string            // for a definition without artifactStore
	Values         map[string]string // of placeholders, by name
}

// Convert writes a definition that Check accepts in another form: the tree that its file holds. Parse of that file
// gives a pipeline with the same Canonical form, but for what the conversion supplies and for what the diagnostics
// name: warnings about what the form cannot hold, and errors about what it needs; with an error there is no tree.
//
// A template that stays one is kept whole, functions and other resources included.
func Convert(p *Pipeline, c Conversion) (*tree.Value, diag.List) {
	if c.To == CloudFormation && p.Form == FormTemplate {
		return p.Template.whole, nil
	}
	var list diag.List
	w := &writing{form: c.To, values: c.Values, list: &list, spelling: c.To == CloudFormation}
	supplied := c.supply(&list, *p)
	var v *tree.Value
	switch c.To {
	case API:
		requireForAPI(&list, &supplied)
		v = (&documentStructure).written(w, &document{pipeline: &supplied, tags: supplied.Tags})
	case CloudFormation:
		v = w.template(&supplied)
	default:
		v = bareStructure.written(w, &supplied)
	}
	if c.To != CloudFormation && p.Template != nil {
		list.Add(p.Template.notHeld(c.To)...)
	}
	if list.HasErrors() {
		return nil, list.Sorted()
	}
	return v, list.Sorted()
}

// supply adds the role and the artifact store of the conversion.
func (c Conversion) supply(list *diag.List, p Pipeline) Pipeline {
	if c.RoleArn != "" {
		p.RoleArn = Text{Value: c.RoleArn, At: p.At}
	}
	if c.ArtifactBucket == "" {
		return p
	}
	if len(p.ArtifactStores) > 0 {
		list.Add(oneBucketForSeveral(p.ArtifactStores[0].At))
		return p
	}
	store := ArtifactStore{At: p.At, Type: Text{Value: "S3", At: p.At}}
	if p.ArtifactStore != nil {
		store = *p.ArtifactStore
	}
	store.Location = Text{Value: c.ArtifactBucket, At: p.At}
	p.ArtifactStore = &store
	return p
}

// requireForAPI asks for what CreatePipeline does not go without.
func requireForAPI(list *diag.List, p *Pipeline) {
	var missing, flags []string
	if !p.RoleArn.IsSet() {
		missing, flags = append(missing, "roleArn"), append(flags, "--role-arn")
	}
	if p.hasNoStore() {
		missing, flags = append(missing, "artifactStore"), append(flags, "--artifact-bucket")
	}
	if len(missing) > 0 {
		list.Add(missingForAPI(p.At, pipelineStructure.describe(p), missing, flags))
	}
}

func (p *Pipeline) hasNoStore() bool { return p.ArtifactStore == nil && len(p.ArtifactStores) == 0 }

// notHeld names what a template says beyond the definition, which no other form has a place for.
func (t *Template) notHeld(form Target) diag.List {
	var list diag.List
	add := func(at diag.Range, what string) { list.Add(notHeld(at, what, form)) }
	for i := range t.DisableInboundStageTransitions {
		add(t.DisableInboundStageTransitions[i].At, "DisableInboundStageTransitions")
	}
	if t.RestartExecutionOnUpdate.IsSet() {
		add(t.RestartExecutionOnUpdate.At, "RestartExecutionOnUpdate")
	}
	for i := range t.CustomActionTypes {
		add(t.CustomActionTypes[i].LogicalID.At, "the custom action type "+quote(t.CustomActionTypes[i].LogicalID.Value))
	}
	for i := range t.Webhooks {
		add(t.Webhooks[i].LogicalID.At, "the webhook "+quote(t.Webhooks[i].LogicalID.Value))
	}
	for i := range t.EventRules {
		add(t.EventRules[i].LogicalID.At, "the event rule "+quote(t.EventRules[i].LogicalID.Value))
	}
	for i := range t.Schedules {
		add(t.Schedules[i].LogicalID.At, "the schedule "+quote(t.Schedules[i].LogicalID.Value))
	}
	return list
}
