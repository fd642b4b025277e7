package pipeline

import (
	"slices"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

const isTrue = "true"

// configurationInLink is a part of a custom action type's link that comes from the configuration of an action.
var configurationInLink = onUse(`\{Config:([^}]*)\}`)

// checkCustomTypes holds the custom action types that a template declares against what the service accepts.
func checkCustomTypes(d *definition, list *diag.List) {
	if d.Template == nil {
		return
	}
	for i := range d.Template.CustomActionTypes {
		t := &d.Template.CustomActionTypes[i]
		for _, counts := range []ArtifactDetails{t.InputArtifactDetails, t.OutputArtifactDetails} {
			if counts.MinimumCount.Value > counts.MaximumCount.Value && counts.MaximumCount.Set {
				list.Add(countsReversed(counts))
			}
		}
		checkCustomProperties(list, t)
		if t.Settings != nil {
			checkLink(list, t, t.Settings.EntityURLTemplate)
			checkLink(list, t, t.Settings.ExecutionURLTemplate)
			checkLink(list, t, t.Settings.RevisionURLTemplate)
		}
	}
}

// checkCustomProperties wants names once, and at most one property that is queried by: required, and no secret.
func checkCustomProperties(list *diag.List, t *CustomActionType) {
	seen := map[string]Text{}
	var queried *CustomProperty
	for i := range t.ConfigurationProperties {
		p := &t.ConfigurationProperties[i]
		once(list, seen, p.Name, func(first Text) diag.Diagnostic { return duplicateProperty(p.Name, first) })
		switch {
		case p.Queryable.Value != isTrue:
		case queried != nil:
			list.Add(secondQueryable(p, queried))
		case p.Required.Value != isTrue || p.Secret.Value == isTrue:
			list.Add(notQueryable(p))
			fallthrough
		default:
			queried = p
		}
	}
}

// checkLink wants what a link takes from the configuration to be required there, and no secret.
func checkLink(list *diag.List, t *CustomActionType, link Text) {
	for _, at := range configurationInLink().FindAllStringSubmatchIndex(link.Value, -1) {
		name := link.Value[at[2]:at[3]]
		i := slices.IndexFunc(t.ConfigurationProperties, func(p CustomProperty) bool { return p.Name.Value == name })
		if i < 0 || t.ConfigurationProperties[i].Required.Value != isTrue || t.ConfigurationProperties[i].Secret.Value == isTrue {
			list.Add(linkNeedsProperty(within(link, at[2], at[3]), name))
		}
	}
}

// declaredType returns the action type that the template declares under that name.
func (d *definition) declaredType(id ActionTypeID) (ActionType, bool) {
	if d.Template == nil || id.Owner.Value != "Custom" {
		return ActionType{}, false
	}
	for i := range d.Template.CustomActionTypes {
		c := &d.Template.CustomActionTypes[i]
		if c.Category.Value == id.Category.Value && c.Provider.Value == id.Provider.Value && c.Version.Value == id.Version.Value {
			return c.actionType(id), true
		}
	}
	return ActionType{}, false
}

// actionType is the declaration as a row of the catalogue.
func (c *CustomActionType) actionType(id ActionTypeID) ActionType {
	t := customActionType(id)
	t.OpenProperties = false
	t.Inputs = c.InputArtifactDetails.counts(t.Inputs)
	t.Outputs = c.OutputArtifactDetails.counts(t.Outputs)
	for _, p := range c.ConfigurationProperties {
		t.Properties = append(t.Properties, p.property())
		t.OpenProperties = t.OpenProperties || !p.Name.IsKnown()
	}
	return t
}

func (d ArtifactDetails) counts(otherwise catalogue.Counts) catalogue.Counts {
	if d.MinimumCount.Set {
		otherwise.Min = d.MinimumCount.Value
	}
	if d.MaximumCount.Set {
		otherwise.Max = d.MaximumCount.Value
	}
	return otherwise
}

func (p CustomProperty) property() catalogue.Property {
	property := catalogue.Property{
		Name: p.Name.Value, Does: p.Description.Value, Kind: catalogue.String,
		Required: p.Required.Value == "true", Secret: p.Secret.Value == "true",
	}
	switch p.Type.Value {
	case "Number":
		property.Kind = catalogue.Number
	case "Boolean":
		property.Kind, property.Allowed = catalogue.Boolean, []string{"true", "false"}
	}
	return property
}
