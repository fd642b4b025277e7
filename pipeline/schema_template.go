package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// The tables of what only a template has. CloudFormation's names begin with a capital letter at every level.

// templateStructure is a pipeline as a template's resource: without a version, and with properties that the API does
// not have.
var templateStructure = func() structure[Pipeline] {
	s := bareStructure
	s.absent = []string{"version"}
	s.fields = append(s.fields[:len(s.fields):len(s.fields)],
		field[Pipeline]{"disableInboundStageTransitions", optional, func(p *Pipeline) slot {
			return listOf(&p.Template.DisableInboundStageTransitions, &transitionStructure, 0)
		}},
		field[Pipeline]{"restartExecutionOnUpdate", optional, func(p *Pipeline) slot {
			return scalar(&p.Template.RestartExecutionOnUpdate, trueOrFalse)
		}},
	)
	return s
}()

var transitionStructure = structure[DisabledTransition]{
	name:  "stage transition",
	at:    func(t *DisabledTransition) *diag.Range { return &t.At },
	label: func(t *DisabledTransition) Text { return t.StageName },
	fields: []field[DisabledTransition]{
		{"stageName", required, func(t *DisabledTransition) slot { return scalar(&t.StageName, stageName) }},
		{"reason", required, func(t *DisabledTransition) slot { return scalar(&t.Reason, disabledReason) }},
	},
}

var customActionTypeStructure = structure[CustomActionType]{
	name:  "custom action type",
	at:    func(c *CustomActionType) *diag.Range { return &c.At },
	label: func(c *CustomActionType) Text { return c.Provider },
	fields: []field[CustomActionType]{
		{"category", required, func(c *CustomActionType) slot { return scalar(&c.Category, actionCategory) }},
		{"provider", required, func(c *CustomActionType) slot { return scalar(&c.Provider, actionProvider) }},
		{"version", required, func(c *CustomActionType) slot { return scalar(&c.Version, actionVersion) }},
		{"configurationProperties", optional, func(c *CustomActionType) slot {
			return listOf(&c.ConfigurationProperties, &customPropertyStructure, 10)
		}},
		{"inputArtifactDetails", required, func(c *CustomActionType) slot {
			return detailsSlot{&c.InputArtifactDetails}
		}},
		{"outputArtifactDetails", required, func(c *CustomActionType) slot {
			return detailsSlot{&c.OutputArtifactDetails}
		}},
		{"settings", optional, func(c *CustomActionType) slot { return part(&c.Settings, &customSettingsStructure) }},
		{"tags", optional, func(c *CustomActionType) slot { return listOf(&c.Tags, &tagStructure, maxTags) }},
	},
}

var customPropertyStructure = structure[CustomProperty]{
	name:  "configuration property",
	at:    func(p *CustomProperty) *diag.Range { return &p.At },
	label: func(p *CustomProperty) Text { return p.Name },
	fields: []field[CustomProperty]{
		{"name", required, func(p *CustomProperty) slot { return scalar(&p.Name, configurationKey) }},
		{"description", optional, func(p *CustomProperty) slot { return scalar(&p.Description, propertyDescription) }},
		{"type", optional, func(p *CustomProperty) slot { return scalar(&p.Type, customPropertyType) }},
		{"key", required, func(p *CustomProperty) slot { return scalar(&p.Key, trueOrFalse) }},
		{"queryable", optional, func(p *CustomProperty) slot { return scalar(&p.Queryable, trueOrFalse) }},
		{"required", required, func(p *CustomProperty) slot { return scalar(&p.Required, trueOrFalse) }},
		{"secret", required, func(p *CustomProperty) slot { return scalar(&p.Secret, trueOrFalse) }},
	},
}

var detailsStructure = structure[ArtifactDetails]{
	name: "artifact details",
	at:   func(d *ArtifactDetails) *diag.Range { return &d.At },
	fields: []field[ArtifactDetails]{
		{"minimumCount", required, func(d *ArtifactDetails) slot { return numberSlot{&d.MinimumCount, 0, 5, 0} }},
		{"maximumCount", required, func(d *ArtifactDetails) slot { return numberSlot{&d.MaximumCount, 0, 5, 0} }},
	},
}

var customSettingsStructure = structure[CustomSettings]{
	name: "settings",
	at:   func(s *CustomSettings) *diag.Range { return &s.At },
	fields: []field[CustomSettings]{
		{"entityUrlTemplate", optional, func(s *CustomSettings) slot { return scalar(&s.EntityURLTemplate, urlText) }},
		{"executionUrlTemplate", optional, func(s *CustomSettings) slot { return scalar(&s.ExecutionURLTemplate, urlText) }},
		{"revisionUrlTemplate", optional, func(s *CustomSettings) slot { return scalar(&s.RevisionURLTemplate, urlText) }},
		{"thirdPartyConfigurationUrl", optional, func(s *CustomSettings) slot {
			return scalar(&s.ThirdPartyConfigurationURL, urlText)
		}},
	},
}

var webhookStructure = structure[Webhook]{
	name:  "webhook",
	at:    func(w *Webhook) *diag.Range { return &w.At },
	label: func(w *Webhook) Text { return w.Name },
	fields: []field[Webhook]{
		{"name", optional, func(w *Webhook) slot { return scalar(&w.Name, webhookName) }},
		{"targetPipeline", required, func(w *Webhook) slot { return scalar(&w.TargetPipeline, pipelineName) }},
		{"targetPipelineVersion", optional, func(w *Webhook) slot { return numberSlot{&w.TargetPipelineVersion, 1, maxInt, 0} }},
		{"targetAction", required, func(w *Webhook) slot { return scalar(&w.TargetAction, actionName) }},
		{"authentication", required, func(w *Webhook) slot { return scalar(&w.Authentication, webhookAuthentication) }},
		{"authenticationConfiguration", required, func(w *Webhook) slot {
			return part(&w.AuthenticationConfiguration, &webhookAuthenticationStructure)
		}},
		{"filters", required, func(w *Webhook) slot { return listOf(&w.Filters, &webhookFilterStructure, 5) }},
		{"registerWithThirdParty", optional, func(w *Webhook) slot { return scalar(&w.RegisterWithThirdParty, trueOrFalse) }},
	},
}

var webhookAuthenticationStructure = structure[WebhookAuthentication]{
	name: "authentication configuration",
	at:   func(a *WebhookAuthentication) *diag.Range { return &a.At },
	fields: []field[WebhookAuthentication]{
		{"allowedIPRange", optional, func(a *WebhookAuthentication) slot { return scalar(&a.AllowedIPRange, webhookValue) }},
		{"secretToken", optional, func(a *WebhookAuthentication) slot { return scalar(&a.SecretToken, webhookValue) }},
	},
}

var webhookFilterStructure = structure[WebhookFilter]{
	name: "webhook filter",
	at:   func(f *WebhookFilter) *diag.Range { return &f.At },
	fields: []field[WebhookFilter]{
		{"jsonPath", required, func(f *WebhookFilter) slot { return scalar(&f.JSONPath, webhookFilter) }},
		{"matchEquals", optional, func(f *WebhookFilter) slot { return scalar(&f.MatchEquals, webhookFilter) }},
	},
}

// Limits of what only a template has.
var (
	trueOrFalse           = oneOf("true", "false")
	disabledReason        = reasons(1, 300)
	propertyDescription   = textOf(1, 160)
	customPropertyType    = oneOf("String", "Number", "Boolean")
	urlText               = textOf(1, 2048)
	webhookName           = nameText(1, 100)
	webhookAuthentication = oneOf("GITHUB_HMAC", "IP", "UNAUTHENTICATED")
	webhookValue          = textOf(1, 100)
	webhookFilter         = textOf(1, 150)
	anyText               = textOf(0, maxInt)
)
