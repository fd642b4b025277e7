package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
	"github.com/penstock-ci/penstock/pipeline/jsonschema"
)

// typeID is the schema of an action type or a rule type: a mapping, or in the authoring form one string.
func (w *schemaWriter) typeID(of *structure[ActionTypeID]) *jsonschema.Schema {
	rows := catalogue.ActionTypes()
	if of == &ruleTypeIDStructure {
		rows = catalogue.RuleTypes()
	}
	mapping := of.object(w)
	mapping.AllOf = w.providersByCategory(rows)
	if w.form != FormAuthoring {
		return mapping
	}
	var short, long []string
	for i := range rows {
		names := typeNames(&rows[i])
		short, long = append(short, names[0]), append(long, names[1:]...)
	}
	either := []*jsonschema.Schema{ // only short names are suggested
		{Type: jsonschema.Types{"string"}, Enum: jsonschema.Values(short...)},
		{Type: jsonschema.Types{"string"}, Pattern: "^(" + strings.Join(long, "|") + ")$"},
	}
	if of == &actionTypeIDStructure {
		either = append(either, &jsonschema.Schema{
			Type: jsonschema.Types{"string"}, Pattern: `^[A-Z][a-z]+/(Custom|ThirdParty)/[0-9A-Za-z_-]+(/[0-9A-Za-z_-]+)?$`,
			Description: "An action type of your own or of a partner, as Category/Custom/Provider/Version.",
		})
	}
	return &jsonschema.Schema{Description: of.hint, AnyOf: append(either, mapping)}
}

// typeNames are the ways to write an action type in one string, the shortest first.
func typeNames(t *ActionType) []string {
	return []string{t.Short(), strings.TrimSuffix(t.String(), "/"+t.Version), t.String()}
}

// providersByCategory wants an action type of owner AWS to be one of the catalogue.
func (w *schemaWriter) providersByCategory(rows []ActionType) []*jsonschema.Schema {
	var categories []string
	providers := map[string][]string{}
	for i := range rows {
		t := &rows[i]
		if t.Owner != "AWS" {
			continue
		}
		if !slices.Contains(categories, t.Category) {
			categories = append(categories, t.Category)
		}
		providers[t.Category] = append(providers[t.Category], t.Provider)
	}
	var all []*jsonschema.Schema
	for _, category := range categories {
		provider := &jsonschema.Schema{Type: jsonschema.Types{"string"}, Enum: jsonschema.Values(providers[category]...)}
		if w.form == FormTemplate {
			provider = w.suggested(provider.Enum)
		}
		all = append(all, &jsonschema.Schema{
			If:   w.members(constant("category", category), constant("owner", "AWS")),
			Then: w.only("provider", w.orComputed(provider)),
		})
	}
	return all
}

func constant(name, value string) jsonschema.Member {
	return jsonschema.Member{Name: name, Schema: &jsonschema.Schema{Const: value}}
}

// members is a mapping that has all of these members, with these values.
func (w *schemaWriter) members(members ...jsonschema.Member) *jsonschema.Schema {
	mapping := &jsonschema.Schema{Type: jsonschema.Types{"object"}}
	for _, m := range members {
		m.Name = w.spelling().of(m.Name)
		mapping.Required = append(mapping.Required, m.Name)
		mapping.Properties = append(mapping.Properties, m)
	}
	return mapping
}

// only says something about one member, and does not require it.
func (w *schemaWriter) only(name string, of *jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{Properties: jsonschema.Members{{Name: w.spelling().of(name), Schema: of}}}
}

// actionTypes says what follows from an action's type: one row of the catalogue each.
func (w *schemaWriter) actionTypes() []*jsonschema.Schema {
	return w.consequences("actionTypeId", catalogue.ActionTypes())
}

func (w *schemaWriter) ruleTypes() []*jsonschema.Schema {
	return w.consequences("ruleTypeId", catalogue.RuleTypes())
}

func (w *schemaWriter) consequences(member string, rows []ActionType) []*jsonschema.Schema {
	all := make([]*jsonschema.Schema, len(rows))
	for i := range rows {
		all[i] = &jsonschema.Schema{
			If:   w.members(jsonschema.Member{Name: member, Schema: w.isType(&rows[i])}),
			Then: w.consequence(&rows[i]),
		}
	}
	return all
}

// isType recognizes an action type. A rule's owner may be left out.
func (w *schemaWriter) isType(t *ActionType) *jsonschema.Schema {
	mapping := w.members(constant("category", t.Category), constant("provider", t.Provider))
	if t.Category == catalogue.CategoryRule {
		mapping.Properties = append(mapping.Properties, constant(w.spelling().of("owner"), t.Owner))
	} else {
		mapping = w.members(constant("category", t.Category), constant("owner", t.Owner), constant("provider", t.Provider))
	}
	if w.form != FormAuthoring {
		return mapping
	}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{{Enum: jsonschema.Values(typeNames(t)...)}, mapping}}
}

// consequence is what an action of this type must have.
func (w *schemaWriter) consequence(t *ActionType) *jsonschema.Schema {
	how := w.spelling()
	must := &jsonschema.Schema{Properties: jsonschema.Members{
		{Name: how.of("configuration"), Schema: jsonschema.To(w.define(configurationName(t), func() *jsonschema.Schema {
			return w.configuration(t)
		}))},
	}}
	if slices.ContainsFunc(t.Properties, func(p catalogue.Property) bool { return p.Required }) {
		must.Required = append(must.Required, how.of("configuration"))
	}
	w.count(must, "inputArtifacts", t.Inputs)
	if t.Category != catalogue.CategoryRule {
		w.count(must, "outputArtifacts", t.Outputs)
	}
	if t.Commands {
		w.count(must, "commands", catalogue.Counts{Min: 1, Max: -1})
	}
	for _, p := range t.Properties {
		if p.RequiredWhen != nil && p.RequiredWhen.Inputs > 0 && w.form != FormTemplate {
			must.AllOf = append(must.AllOf, w.fromInputs(p))
		}
	}
	return must
}

// count bounds a list of an action. In a template a condition may choose among lists, so there is no upper bound.
func (w *schemaWriter) count(must *jsonschema.Schema, member string, counts catalogue.Counts) {
	list := &jsonschema.Schema{MinItems: counts.Min}
	if w.form != FormTemplate {
		list.Type = jsonschema.Types{"array"}
	}
	if counts.Max >= 0 && w.form != FormTemplate {
		list.MaxItems = jsonschema.Int(counts.Max)
	}
	name := w.spelling().of(member)
	must.Properties = append(must.Properties, jsonschema.Member{Name: name, Schema: list})
	if counts.Min > 0 {
		must.Required = append(must.Required, name)
	}
}

// fromInputs requires a key of actions with several input artifacts.
func (w *schemaWriter) fromInputs(p catalogue.Property) *jsonschema.Schema {
	several := jsonschema.Member{Name: "inputArtifacts", Schema: &jsonschema.Schema{MinItems: p.RequiredWhen.Inputs}}
	keys := jsonschema.Member{Name: "configuration", Schema: &jsonschema.Schema{Required: []string{p.Name}}}
	return &jsonschema.Schema{If: w.members(several), Then: w.members(keys)}
}

func configurationName(t *ActionType) string {
	return "configuration of " + t.Category + " " + t.Provider
}

// configuration is the schema of an action type's configuration.
func (w *schemaWriter) configuration(t *ActionType) *jsonschema.Schema {
	object := &jsonschema.Schema{
		Title: t.Short(), Description: sentence(t.Short() + " " + t.Summary), Type: jsonschema.Types{"object"},
	}
	if !t.OpenProperties {
		object.AdditionalProperties = false
	}
	for _, p := range t.Properties {
		value := w.orComputed(w.value(p))
		value.Description = sentence(p.Does)
		if needs := p.Needs(); needs != "" {
			value.Description += " " + sentence(needs)
		}
		if p.Default != "" {
			value.Default = p.Default
		}
		object.Properties = append(object.Properties, jsonschema.Member{Name: p.Name, Schema: value})
		if p.Required {
			object.Required = append(object.Required, p.Name)
		}
		if when := p.RequiredWhen; when != nil && when.Inputs == 0 {
			object.AllOf = append(object.AllOf, requiredWhen(p.Name, when))
		}
	}
	return w.orComputed(object)
}

func requiredWhen(name string, when *catalogue.RequiredWhen) *jsonschema.Schema {
	condition := &jsonschema.Schema{Not: &jsonschema.Schema{Required: []string{when.Absent}}}
	if when.Key != "" {
		condition = &jsonschema.Schema{
			Required: []string{when.Key},
			Properties: jsonschema.Members{{Name: when.Key, Schema: &jsonschema.Schema{
				Enum: withBooleans(jsonschema.Values(when.Values...)),
			}}},
		}
	}
	return &jsonschema.Schema{If: condition, Then: &jsonschema.Schema{Required: []string{name}}}
}

// withBooleans adds the booleans that forms take for their names.
func withBooleans(values []any) []any {
	for _, b := range []bool{true, false} {
		if name := map[bool]string{true: "true", false: "false"}[b]; slices.Contains(values, any(name)) {
			values = append(values, b)
		}
	}
	return values
}

// variablePattern finds values that are not known before the pipeline runs.
const variablePattern = `#\{|\{\{resolve:`

// value is the schema of a configuration value: what is right, or a text with variables in it.
func (w *schemaWriter) value(p catalogue.Property) *jsonschema.Schema {
	if w.form == FormTemplate {
		if p.Kind == catalogue.List {
			return w.suggested(nil)
		}
		return w.suggested(jsonschema.Values(p.Allowed...))
	}
	text := w.text(configurationValue)
	narrow := w.exactly(p)
	if narrow == nil {
		return text
	}
	variable := &jsonschema.Schema{Type: jsonschema.Types{"string"}, Pattern: variablePattern}
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{narrow, variable}}
}

// exactly is what the catalogue knows of a value; nil is nothing.
func (w *schemaWriter) exactly(p catalogue.Property) *jsonschema.Schema {
	switch {
	case p.Kind == catalogue.List && p.Allowed != nil:
		item := `\s*(` + strings.Join(p.Allowed, "|") + `)\s*`
		return &jsonschema.Schema{Type: jsonschema.Types{"string"}, Pattern: "^" + item + "(," + item + ")*$"}
	case p.Allowed != nil:
		enum := &jsonschema.Schema{Enum: jsonschema.Values(p.Allowed...)}
		if w.lenient() {
			enum.Enum = withBooleans(enum.Enum)
		}
		return enum
	case p.Kind == catalogue.Number:
		return w.number(p)
	case p.Pattern != "":
		return &jsonschema.Schema{Type: jsonschema.Types{"string"}, Pattern: "^(?:" + p.Pattern + ")$"}
	}
	return nil
}

func (w *schemaWriter) number(p catalogue.Property) *jsonschema.Schema {
	number := &jsonschema.Schema{Type: jsonschema.Types{"string"}, Pattern: "^[+-]?[0-9]+$"}
	if !w.lenient() {
		return number
	}
	number.Type = jsonschema.Types{"string", "integer"}
	if p.Max > 0 {
		number.Minimum, number.Maximum = jsonschema.Int(p.Min), jsonschema.Int(p.Max)
	}
	return number
}

// sentence writes words as a sentence.
func sentence(words string) string {
	return upperCamel.of(cmp.Or(words, "-")) + "."
}
