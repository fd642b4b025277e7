package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// The tables of the definition language, from the outside in. Members are in the order of the API's model.

var pipelineStructure = structure[Pipeline]{
	name:  "pipeline",
	at:    func(p *Pipeline) *diag.Range { return &p.At },
	label: func(p *Pipeline) Text { return p.Name },
	fields: []field[Pipeline]{
		{"name", required, func(p *Pipeline) slot { return scalar(&p.Name, pipelineName) }},
		{"roleArn", optional, func(p *Pipeline) slot { return scalar(&p.RoleArn, roleARN) }},
		{"artifactStore", optional, func(p *Pipeline) slot { return part(&p.ArtifactStore, &storeStructure) }},
		{"artifactStores", optional, func(p *Pipeline) slot { return storesSlot{&p.ArtifactStores} }},
		{"executionMode", optional, func(p *Pipeline) slot { return modeSlot{textSlot{&p.ExecutionMode, executionMode}} }},
		{"pipelineType", optional, func(p *Pipeline) slot { return scalar(&p.PipelineType, pipelineType) }},
		{"variables", optional, func(p *Pipeline) slot { return listOf(&p.Variables, &variableStructure, 50) }},
		{"triggers", optional, func(p *Pipeline) slot { return listOf(&p.Triggers, &triggerStructure, 50) }},
		{"stages", required, func(p *Pipeline) slot { return listOf(&p.Stages, &stageStructure, 50) }},
		{"version", optional, func(p *Pipeline) slot { return versionSlot{numberSlot{into: &p.Version, min: 1, max: maxInt}} }},
	},
}

var storeStructure = structure[ArtifactStore]{
	name: "artifactStore",
	at:   func(s *ArtifactStore) *diag.Range { return &s.At },
	fields: []field[ArtifactStore]{
		{"type", required, func(s *ArtifactStore) slot { return scalar(&s.Type, artifactStoreType) }},
		{"location", required, func(s *ArtifactStore) slot { return scalar(&s.Location, artifactStoreLocation) }},
		{"encryptionKey", optional, func(s *ArtifactStore) slot { return part(&s.EncryptionKey, &keyStructure) }},
	},
}

// regionalStoreStructure is an entry of CloudFormation's list of stores; the API has a map of Regions instead.
var regionalStoreStructure = structure[ArtifactStore]{
	name:  "artifact store",
	at:    func(s *ArtifactStore) *diag.Range { return &s.At },
	label: func(s *ArtifactStore) Text { return s.Region },
	fields: []field[ArtifactStore]{
		{"region", required, func(s *ArtifactStore) slot { return scalar(&s.Region, regionName) }},
		{"artifactStore", required, func(s *ArtifactStore) slot { return storeSlot{s} }},
	},
}

var keyStructure = structure[EncryptionKey]{
	name: "encryptionKey",
	at:   func(k *EncryptionKey) *diag.Range { return &k.At },
	fields: []field[EncryptionKey]{
		{"id", required, func(k *EncryptionKey) slot { return scalar(&k.ID, encryptionKeyID) }},
		{"type", required, func(k *EncryptionKey) slot { return scalar(&k.Type, encryptionKeyType) }},
	},
}

var variableStructure = structure[Variable]{
	name:  "variable",
	at:    func(v *Variable) *diag.Range { return &v.At },
	label: func(v *Variable) Text { return v.Name },
	fields: []field[Variable]{
		{"name", required, func(v *Variable) slot { return scalar(&v.Name, variableName) }},
		{"defaultValue", optional, func(v *Variable) slot { return scalar(&v.DefaultValue, variableValue) }},
		{"description", optional, func(v *Variable) slot { return scalar(&v.Description, variableDescription) }},
	},
}

var tagStructure = structure[Tag]{
	name:  "tag",
	at:    func(t *Tag) *diag.Range { return &t.At },
	label: func(t *Tag) Text { return t.Key },
	fields: []field[Tag]{
		{"key", required, func(t *Tag) slot { return scalar(&t.Key, tagKey) }},
		{"value", required, func(t *Tag) slot { return scalar(&t.Value, tagValue) }},
	},
}

var stageStructure = structure[Stage]{
	name:  "stage",
	at:    func(s *Stage) *diag.Range { return &s.At },
	label: func(s *Stage) Text { return s.Name },
	fields: []field[Stage]{
		{"name", required, func(s *Stage) slot { return scalar(&s.Name, stageName) }},
		{"blockers", optional, func(s *Stage) slot { return listOf(&s.Blockers, &blockerStructure, 0) }},
		{"actions", required, func(s *Stage) slot { return listOf(&s.Actions, &actionStructure, 100) }},
		{"beforeEntry", optional, func(s *Stage) slot { return part(&s.BeforeEntry, &beforeEntryStructure) }},
		{"onSuccess", optional, func(s *Stage) slot { return part(&s.OnSuccess, &onSuccessStructure) }},
		{"onFailure", optional, func(s *Stage) slot { return part(&s.OnFailure, &failureStructure) }},
	},
}

var blockerStructure = structure[Blocker]{
	name:  "blocker",
	at:    func(b *Blocker) *diag.Range { return &b.At },
	label: func(b *Blocker) Text { return b.Name },
	fields: []field[Blocker]{
		{"name", required, func(b *Blocker) slot { return scalar(&b.Name, blockerName) }},
		{"type", required, func(b *Blocker) slot { return scalar(&b.Type, blockerType) }},
	},
}

var actionStructure = structure[Action]{
	name:  "action",
	at:    func(a *Action) *diag.Range { return &a.At },
	label: func(a *Action) Text { return a.Name },
	ours:  []string{"when"},
	fields: []field[Action]{
		{"name", required, func(a *Action) slot { return scalar(&a.Name, actionName) }},
		{"actionTypeId", required, func(a *Action) slot { return typeIDSlot{&a.ActionTypeID, &actionTypeIDStructure} }},
		{"runOrder", optional, func(a *Action) slot { return numberSlot{&a.RunOrder, 1, 999, 1} }},
		{"configuration", optional, func(a *Action) slot {
			return propertiesSlot{&a.Configuration, configurationKey, configurationValue}
		}},
		{"commands", optional, func(a *Action) slot { return textsSlot{&a.Commands, 50, commandLine, 0} }},
		{"outputArtifacts", optional, func(a *Action) slot {
			return listOf(&a.OutputArtifacts, &outputArtifactStructure, 0)
		}},
		{"inputArtifacts", optional, func(a *Action) slot { return listOf(&a.InputArtifacts, &inputArtifactStructure, 0) }},
		{"outputVariables", optional, func(a *Action) slot { return textsSlot{&a.OutputVariables, 15, outputVariable, 1} }},
		{"roleArn", optional, func(a *Action) slot { return scalar(&a.RoleArn, roleARN) }},
		{"region", optional, func(a *Action) slot { return scalar(&a.Region, regionName) }},
		{"namespace", optional, func(a *Action) slot { return scalar(&a.Namespace, actionNamespace) }},
		{"timeoutInMinutes", optional, func(a *Action) slot { return numberSlot{&a.TimeoutInMinutes, 5, 86400, 0} }},
		{"environmentVariables", optional, func(a *Action) slot {
			return someOf(&a.EnvironmentVariables, &environmentStructure, 10)
		}},
		{"when", optional, func(a *Action) slot { return someOrOneOf(&a.When, &variableCheckStructure, 5) }},
	},
}

var actionTypeIDStructure = structure[ActionTypeID]{
	name: "actionTypeId",
	at:   func(id *ActionTypeID) *diag.Range { return &id.At },
	hint: "write Category/Owner/Provider/Version, or Category/Provider: Build/CodeBuild",
	fields: []field[ActionTypeID]{
		{"category", required, func(id *ActionTypeID) slot { return scalar(&id.Category, actionCategory) }},
		{"owner", required, func(id *ActionTypeID) slot { return scalar(&id.Owner, actionOwner) }},
		{"provider", required, func(id *ActionTypeID) slot { return scalar(&id.Provider, actionProvider) }},
		{"version", required, func(id *ActionTypeID) slot { return scalar(&id.Version, actionVersion) }},
	},
}

// inputArtifactStructure reads {name: X} into the name.
var inputArtifactStructure = structure[Text]{
	name: "input artifact",
	at:   func(name *Text) *diag.Range { return &name.At },
	hint: "write it as {name: NAME}",
	fields: []field[Text]{
		{"name", required, func(name *Text) slot { return scalar(name, artifactName) }},
	},
}

var outputArtifactStructure = structure[OutputArtifact]{
	name:  "output artifact",
	at:    func(o *OutputArtifact) *diag.Range { return &o.At },
	label: func(o *OutputArtifact) Text { return o.Name },
	hint:  "write it as {name: NAME}",
	fields: []field[OutputArtifact]{
		{"name", required, func(o *OutputArtifact) slot { return scalar(&o.Name, artifactName) }},
		{"files", optional, func(o *OutputArtifact) slot { return textsSlot{&o.Files, 10, filePath, 1} }},
	},
}

var environmentStructure = structure[EnvironmentVariable]{
	name:  "environment variable",
	at:    func(v *EnvironmentVariable) *diag.Range { return &v.At },
	label: func(v *EnvironmentVariable) Text { return v.Name },
	fields: []field[EnvironmentVariable]{
		{"name", required, func(v *EnvironmentVariable) slot { return scalar(&v.Name, environmentVariableName) }},
		{"value", required, func(v *EnvironmentVariable) slot { return scalar(&v.Value, environmentVariableValue) }},
		{"type", optional, func(v *EnvironmentVariable) slot { return scalar(&v.Type, environmentVariableType) }},
	},
}
