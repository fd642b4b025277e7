package pipeline_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/corpustest"
)

// compiled is the schema of a form, ready to validate. Compiling it checks it against draft-07's own schema.
func compiled(t *testing.T, form pipeline.Form) *jsonschema.Schema {
	t.Helper()
	encoded, err := pipeline.JSONSchema(form)
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("pipeline.schema.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("pipeline.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// decoded reads YAML or JSON as an editor does, short forms of intrinsic functions without their tags.
func decoded(t *testing.T, source []byte) (any, bool) {
	t.Helper()
	var value any
	if err := json.Unmarshal(source, &value); err != nil {
		if err := yaml.Unmarshal(source, &value); err != nil {
			return nil, false
		}
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, false
	}
	again, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	return again, err == nil
}

// formOf is the form that a definition is written in.
func formOf(value any) pipeline.Form {
	root, _ := value.(map[string]any)
	switch {
	case root["Resources"] != nil:
		return pipeline.FormTemplate
	case root["pipeline"] != nil:
		return pipeline.FormRequest
	}
	return pipeline.FormAuthoring
}

// TestSchemaAcceptsWhatCheckAccepts validates every definition without errors that is at hand.
func TestSchemaAcceptsWhatCheckAccepts(t *testing.T) {
	schemas := map[pipeline.Form]*jsonschema.Schema{}
	for _, form := range []pipeline.Form{pipeline.FormAuthoring, pipeline.FormRequest, pipeline.FormTemplate} {
		schemas[form] = compiled(t, form)
	}
	valid := 0
	for name, source := range definitions(t) {
		p, list := pipeline.Parse(name, source)
		if list.HasErrors() || pipeline.Check(p, pipeline.Options{}).HasErrors() {
			continue
		}
		value, readable := decoded(t, source)
		if !readable {
			continue
		}
		valid++
		if err := schemas[formOf(value)].Validate(value); err != nil {
			t.Errorf("%s: check finds no error, and the schema says %v", name, err)
		}
	}
	if valid == 0 {
		t.Fatal("no definition is valid")
	}
}

// definitions are the examples, the inputs of the tests of Check, and the corpus where it is.
func definitions(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, f := range corpustest.FilesIfHere(t) {
		all[f.Name] = f.Read(t)
	}
	examples, err := filepath.Glob("../examples/*/pipeline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range examples {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all[file] = source
	}
	archives, err := filepath.Glob("testdata/check/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archives {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if strings.HasPrefix(f.Name, "pipeline.") {
				all[file+"/"+f.Name] = f.Data
			}
		}
	}
	return all
}

const validDefinition = `
name: shop
variables: [{name: Env, defaultValue: dev}]
stages:
  - name: Source
    actions:
      - name: Fetch
        actionTypeId: Source/S3
        configuration: {S3Bucket: b, S3ObjectKey: code.zip, PollForSourceChanges: false}
        outputArtifacts: [{name: Code}]
  - name: Go
    actions:
      - name: Compile
        actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: 1}
        configuration: {ProjectName: p}
        inputArtifacts: [{name: Code}]
      - name: Stack
        actionTypeId: Deploy/AWS/CloudFormation/1
        configuration: {ActionMode: DELETE_ONLY, StackName: "s-#{variables.Env}", RoleArn: r}
`

// TestSchemaRefuses changes one thing of a valid definition at a time.
func TestSchemaRefuses(t *testing.T) {
	schema := compiled(t, pipeline.FormAuthoring)
	value, _ := decoded(t, []byte(validDefinition))
	if err := schema.Validate(value); err != nil {
		t.Fatalf("the definition that is changed: %v", err)
	}
	for name, change := range map[string][2]string{
		"a name with a space":            {"name: shop", "name: my shop"},
		"no name":                        {"name: shop", ""},
		"an unknown member":              {"variables:", "variable:"},
		"an unknown action type":         {"Source/S3", "Source/S4"},
		"an unknown provider":            {"provider: CodeBuild", "provider: CodeBiuld"},
		"an unknown category":            {"category: Build", "category: Bulid"},
		"no configuration key":           {"S3Bucket: b, ", ""},
		"an unknown configuration key":   {"ProjectName: p", "ProjectName: p, Project: p"},
		"no configuration":               {"configuration: {ProjectName: p}", ""},
		"a key that depends on another":  {", RoleArn: r", ""},
		"a value that is not allowed":    {"DELETE_ONLY", "DELETE"},
		"a boolean that is none":         {"PollForSourceChanges: false", "PollForSourceChanges: never"},
		"too few input artifacts":        {"inputArtifacts: [{name: Code}]", ""},
		"too many output artifacts":      {"outputArtifacts: [{name: Code}]", "outputArtifacts: [{name: Code}, {name: More}]"},
		"an operator that there is not":  {"- name: Compile", "- when: {variable: v, operator: IS, value: w}\n        name: Compile"},
		"a check without a value":        {"- name: Compile", "- when: [{variable: v, operator: EQ}]\n        name: Compile"},
		"a condition without a check":    {"- name: Compile", "- when: []\n        name: Compile"},
		"a runOrder out of range":        {"- name: Compile", "- runOrder: 1000\n        name: Compile"},
		"a list that is a mapping":       {"inputArtifacts: [{name: Code}]", "inputArtifacts: {name: Code}"},
		"an artifact that is no mapping": {"inputArtifacts: [{name: Code}]", "inputArtifacts: [Code]"},
		"several inputs, no primary one": {"inputArtifacts: [{name: Code}]", "inputArtifacts: [{name: Code}, {name: More}]"},
	} {
		source := strings.Replace(validDefinition, change[0], change[1], 1)
		if source == validDefinition {
			t.Errorf("%s: %q is not in the definition", name, change[0])
		}
		value, readable := decoded(t, []byte(source))
		if !readable {
			t.Errorf("%s: not readable", name)
		}
		if err := schema.Validate(value); err == nil {
			t.Errorf("the schema accepts %s", name)
		}
	}
}

// TestSchemaOfOtherForms refuses what only the API or only a template refuses.
func TestSchemaOfOtherForms(t *testing.T) {
	const stages = `[{"name":"S","actions":[{"name":"A","actionTypeId":{"category":"Source","owner":"AWS","provider":"S3","version":"1"},` +
		`"configuration":{"S3Bucket":"b","S3ObjectKey":"k"},"outputArtifacts":[{"name":"O"}]}]},` +
		`{"name":"D","actions":[{"name":"A","actionTypeId":{"category":"Approval","owner":"AWS","provider":"Manual","version":"1"}}]}]`
	conditional := strings.Replace(stages, `"outputArtifacts"`, `"when":[{"variable":"#{A.b}","operator":"EQ","value":"c"}],"outputArtifacts"`, 1)
	upper := strings.NewReplacer(`"name"`, `"Name"`, `"actions"`, `"Actions"`, `"actionTypeId"`, `"ActionTypeId"`, `"category"`, `"Category"`,
		`"owner"`, `"Owner"`, `"provider"`, `"Provider"`, `"version"`, `"Version"`, `"configuration"`, `"Configuration"`,
		`"outputArtifacts"`, `"OutputArtifacts"`, `"when"`, `"When"`, `"variable"`, `"Variable"`, `"operator"`, `"Operator"`, `"value"`, `"Value"`)
	resource := func(properties string) string {
		return `{"Resources":{"P":{"Type":"AWS::CodePipeline::Pipeline","Properties":{` + properties + `}}}}`
	}
	store := `"RoleArn":{"Fn::GetAtt":["R","Arn"]},"ArtifactStore":{"Type":"S3","Location":{"Ref":"B"}},`
	for _, c := range []struct {
		name   string
		form   pipeline.Form
		source string
		valid  bool
	}{
		{"request", pipeline.FormRequest, `{"pipeline":{"name":"p","stages":` + stages + `}}`, true},
		{"request with numbers", pipeline.FormRequest, `{"pipeline":{"name":1,"stages":` + stages + `}}`, false},
		{"request with when", pipeline.FormRequest, `{"pipeline":{"name":"p","stages":` + conditional + `}}`, false},
		{"output without a role", pipeline.FormRequest, `{"pipeline":{"name":"p","stages":` + stages + `},"metadata":{}}`, false},
		{"template", pipeline.FormTemplate, resource(store + `"Stages":` + upper.Replace(stages)), true},
		{"template without a role", pipeline.FormTemplate, resource(`"Stages":` + upper.Replace(stages)), false},
		{"template with the API's names", pipeline.FormTemplate, resource(store + `"stages":` + stages), false},
		{"template with an unknown function", pipeline.FormTemplate, resource(store + `"Name":{"Get":"x"},"Stages":` + upper.Replace(stages)), false},
		{"template with when", pipeline.FormTemplate, resource(store + `"Stages":` + upper.Replace(conditional)), false},
		{"template of something else", pipeline.FormTemplate, `{"Resources":{"T":{"Type":"AWS::SNS::Topic"}}}`, true},
	} {
		value, readable := decoded(t, []byte(c.source))
		if !readable {
			t.Fatalf("%s is not readable", c.name)
		}
		if err := compiled(t, c.form).Validate(value); (err == nil) != c.valid {
			t.Errorf("%s: valid %t, want %t: %v", c.name, err == nil, c.valid, err)
		}
	}
}
