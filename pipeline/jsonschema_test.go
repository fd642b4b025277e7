package pipeline

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
	"github.com/penstock-ci/penstock/pipeline/jsonschema"
)

var schemaForms = map[string]Form{"authoring": FormAuthoring, "api": FormRequest, "cloudformation": FormTemplate}

// decodedSchema is the schema of a form as any reader gets it.
func decodedSchema(t *testing.T, form Form) map[string]any {
	t.Helper()
	encoded, err := JSONSchema(form)
	if err != nil {
		t.Fatal(err)
	}
	again, err := JSONSchema(form)
	if err != nil || !bytes.Equal(encoded, again) {
		t.Fatalf("the same form has two schemas, or %v", err)
	}
	var decoded map[string]any
	if err := json.Unmarshal(encoded, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// visit calls f with every mapping in a JSON value.
func visit(value any, f func(map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		f(value)
		for _, inner := range value {
			visit(inner, f)
		}
	case []any:
		for _, inner := range value {
			visit(inner, f)
		}
	}
}

// TestJSONSchemaRefersToItself checks that every reference leads to a definition and every definition is referred to.
func TestJSONSchemaRefersToItself(t *testing.T) {
	for name, form := range schemaForms {
		schema := decodedSchema(t, form)
		if schema["$schema"] != jsonschema.Draft {
			t.Errorf("%s is of draft %v", name, schema["$schema"])
		}
		definitions, _ := schema["definitions"].(map[string]any)
		used := map[string]bool{}
		visit(schema, func(m map[string]any) {
			if target, is := m["$ref"].(string); is {
				used[strings.TrimPrefix(target, "#/definitions/")] = true
			}
		})
		for target := range used {
			if definitions[target] == nil {
				t.Errorf("%s refers to %s, which is not defined", name, target)
			}
		}
		for defined := range definitions {
			if !used[defined] {
				t.Errorf("%s defines %s, which nothing refers to", name, defined)
			}
		}
	}
}

// TestJSONSchemaDescribesMembers checks that every member of every structure has a sentence, and that no sentence is
// left of a member that is gone.
func TestJSONSchemaDescribesMembers(t *testing.T) {
	left := map[string]bool{}
	for words := range memberWords {
		left[words] = true
	}
	for name, form := range schemaForms {
		w := &schemaWriter{form: form, names: map[string]bool{}, tell: func(structure, member string) {
			key := structure + " " + member
			if words := memberWords[key]; !strings.HasSuffix(words, ".") {
				t.Errorf("%s: %q is described as %q", name, key, words)
			}
			delete(left, key)
		}}
		if _, err := w.root(); err != nil {
			t.Fatal(err)
		}
	}
	for key := range left {
		t.Errorf("%q is described and does not exist", key)
	}
}

// TestJSONSchemaOfConfigurations checks that the schema has every key of the catalogue, and requires what is required.
func TestJSONSchemaOfConfigurations(t *testing.T) {
	for name, form := range schemaForms {
		definitions, _ := decodedSchema(t, form)["definitions"].(map[string]any)
		for _, row := range slices.Concat(catalogue.ActionTypes(), catalogue.RuleTypes()) {
			object, _ := definitions[strings.ReplaceAll(configurationName(&row), " ", "-")].(map[string]any)
			if either, computed := object["anyOf"].([]any); computed {
				object, _ = either[0].(map[string]any)
			}
			properties, _ := object["properties"].(map[string]any)
			required, _ := object["required"].([]any)
			for _, p := range row.Properties {
				if properties[p.Name] == nil {
					t.Errorf("%s: %s has no %s", name, row, p.Name)
				}
				if p.Required != slices.Contains(required, any(p.Name)) {
					t.Errorf("%s: %s requires %q, and of %s the catalogue says %t", name, row, required, p.Name, p.Required)
				}
			}
			if closed := object["additionalProperties"] == false; closed == row.OpenProperties {
				t.Errorf("%s: %s takes other keys: %t", name, row, !closed)
			}
		}
	}
}

func TestJSONSchemaOfNoForm(t *testing.T) {
	if _, err := JSONSchema(Form(99)); err == nil {
		t.Error("a form that does not exist has a schema")
	}
}
