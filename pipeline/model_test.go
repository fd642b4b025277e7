package pipeline_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
)

const authoring = `name: demo
variables: [{name: ENV, defaultValue: dev}]
stages:
  - name: Source
    actions:
      - name: Checkout
        actionTypeId: Source/GitHub
        configuration: {Repo: r, Owner: o, Branch: main, OAuthToken: "****"}
        outputArtifacts: [{name: SourceArtifact}]
  - name: Build
    actions:
      - {name: Late, actionTypeId: Approval/Manual, runOrder: 20, timeoutInMinutes: 60}
      - name: Compile
        actionTypeId: "Build/CodeBuild"
        namespace: Built
        configuration: {ProjectName: <app> & more}
        inputArtifacts: [{name: SourceArtifact}]
      - {name: Early, actionTypeId: Approval/AWS/Manual/1}
      - {name: Middle, actionTypeId: Approval/AWS/Manual, runOrder: 3}
`

const request = `{"pipeline": {"stages": [
  {"name": "Source", "actions": [{"name": "Checkout",
    "actionTypeId": {"version": "1", "category": "Source", "owner": "ThirdParty", "provider": "GitHub"},
    "configuration": {"Owner": "o", "Repo": "r", "OAuthToken": "****", "Branch": "main"},
    "inputArtifacts": [], "outputArtifacts": [{"name": "SourceArtifact"}], "runOrder": 1}]},
  {"name": "Build", "actions": [
    {"name": "Late", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
     "configuration": {}, "runOrder": 20, "timeoutInMinutes": 60},
    {"name": "Compile", "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
     "namespace": "Built", "configuration": {"ProjectName": "<app> & more"}, "inputArtifacts": [{"name": "SourceArtifact"}]},
    {"name": "Early", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}},
    {"name": "Middle", "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
     "runOrder": 3}]}],
  "name": "demo", "version": 7, "executionMode": "SUPERSEDED",
  "variables": [{"name": "ENV", "defaultValue": "dev"}]},
 "metadata": {"created": 1427245911.525}, "tags": [{"key": "team", "value": "a"}]}`

const canonical = `{"name":"demo","executionMode":"SUPERSEDED","variables":[{"name":"ENV","defaultValue":"dev"}],"stages":[` +
	`{"name":"Source","actions":[{"name":"Checkout",` +
	`"actionTypeId":{"category":"Source","owner":"ThirdParty","provider":"GitHub","version":"1"},"runOrder":1,` +
	`"configuration":{"Branch":"main","OAuthToken":"****","Owner":"o","Repo":"r"},` +
	`"outputArtifacts":[{"name":"SourceArtifact"}]}]},{"name":"Build","actions":[` +
	`{"name":"Late","actionTypeId":{"category":"Approval","owner":"AWS","provider":"Manual","version":"1"},` +
	`"runOrder":20,"timeoutInMinutes":60},` +
	`{"name":"Compile","actionTypeId":{"category":"Build","owner":"AWS","provider":"CodeBuild","version":"1"},` +
	`"runOrder":1,"configuration":{"ProjectName":"<app> & more"},"inputArtifacts":[{"name":"SourceArtifact"}],` +
	`"namespace":"Built"},` +
	`{"name":"Early","actionTypeId":{"category":"Approval","owner":"AWS","provider":"Manual","version":"1"},"runOrder":1},` +
	`{"name":"Middle","actionTypeId":{"category":"Approval","owner":"AWS","provider":"Manual","version":"1"},"runOrder":3}]}]}`

func mustParse(t testing.TB, file, source string) *pipeline.Pipeline {
	t.Helper()
	p, list := pipeline.Parse(file, []byte(source))
	if list.HasErrors() {
		t.Fatalf("%s does not parse: %v", file, list)
	}
	return p
}

func TestCanonicalIsTheSameForEveryForm(t *testing.T) {
	short, long := mustParse(t, "p.yaml", authoring), mustParse(t, "p.json", request)
	if diff := cmp.Diff(canonical, string(pipeline.Canonical(short))); diff != "" {
		t.Errorf("authoring form (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(canonical, string(pipeline.Canonical(long))); diff != "" {
		t.Errorf("get-pipeline's form (-want +got):\n%s", diff)
	}
	if short.Form != pipeline.FormAuthoring || long.Form != pipeline.FormOutput {
		t.Errorf("forms are %v and %v", short.Form, long.Form)
	}
	again := mustParse(t, "c.json", canonical)
	if pipeline.Digest(again) != pipeline.Digest(short) {
		t.Error("parsing the canonical form changes the digest")
	}
}

func TestDigestChangesWithTheMeaning(t *testing.T) {
	digests := map[string]string{}
	for _, change := range [][2]string{
		{"", ""},
		{"runOrder: 3", "runOrder: 4"},
		{"ProjectName: <app>", "ProjectName: app"},
		{"defaultValue: dev", "defaultValue: prod"},
		{"name: Early", "name: early"},
		{"variables:", "executionMode: QUEUED\nvariables:"},
	} {
		source := strings.Replace(authoring, change[0], change[1], 1)
		digest := pipeline.Digest(mustParse(t, "p.yaml", source))
		if other, taken := digests[digest]; taken {
			t.Errorf("%q and %q have the same digest", change[1], other)
		}
		digests[digest] = change[1]
	}
}

func TestGroups(t *testing.T) {
	p := mustParse(t, "p.yaml", authoring)
	var got [][]string
	for _, group := range p.Stages[1].Groups() {
		var names []string
		for _, action := range group {
			names = append(names, action.Name.Value)
		}
		got = append(got, names)
	}
	want := [][]string{{"Compile", "Early"}, {"Middle"}, {"Late"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
}

func TestPlaces(t *testing.T) {
	p := mustParse(t, "p.yaml", authoring)
	compile := &p.Stages[1].Actions[1]
	project, found := compile.Setting("ProjectName")
	if !found {
		t.Fatal("no ProjectName")
	}
	if _, found := compile.Setting("projectname"); found {
		t.Error("configuration keys are found without regard to case")
	}
	at := func(line, column, end int) diag.Range {
		return diag.Range{
			Start: diag.Position{File: "p.yaml", Line: line, Column: column},
			End:   diag.Position{File: "p.yaml", Line: line, Column: end},
		}
	}
	for _, c := range []struct {
		what string
		got  diag.Range
		want diag.Range
	}{
		{"pipeline name", p.Name.At, at(1, 7, 11)},
		{"action", compile.At, at(13, 15, 22)},
		{"category of a quoted action type", compile.ActionTypeID.Category.At, at(14, 24, 29)},
		{"provider of a quoted action type", compile.ActionTypeID.Provider.At, at(14, 30, 39)},
		{"configuration value", project.At, at(16, 38, 50)},
		{"runOrder", p.Stages[1].Actions[0].RunOrder.At, at(12, 63, 65)},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("place of %s (-want +got):\n%s", c.what, diff)
		}
	}
}

func TestDefaults(t *testing.T) {
	p := mustParse(t, "p.yaml", authoring)
	if got := p.Mode(); got != pipeline.ModeSuperseded {
		t.Errorf("mode %q", got)
	}
	if got := p.Stages[0].Actions[0].RunOrderOrDefault(); got != 1 {
		t.Errorf("runOrder %d", got)
	}
	if got := p.Stages[0].Actions[0].ActionTypeID.String(); got != "Source/ThirdParty/GitHub/1" {
		t.Errorf("the short form of an action type means %s", got)
	}
}

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		text string
		want []pipeline.Reference
	}{
		{"plain ${x} #x {y}", nil},
		{"#{a.b}", []pipeline.Reference{{Namespace: "a", Key: "b", Start: 0, End: 6}}},
		{"é#{a-1.b@c}#{x.y}", []pipeline.Reference{
			{Namespace: "a-1", Key: "b@c", Start: 2, End: 12}, {Namespace: "x", Key: "y", Start: 12, End: 18},
		}},
		{"#{a} #{a.b.c} #{.b} #{", []pipeline.Reference{
			{Namespace: "a", Start: 0, End: 4}, {Namespace: "a", Start: 5, End: 13}, {Start: 14, End: 19},
		}},
	} {
		if diff := cmp.Diff(c.want, pipeline.References(c.text)); diff != "" {
			t.Errorf("references in %q (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestTooLarge(t *testing.T) {
	_, list := pipeline.Parse("p.yaml", make([]byte, 2<<20))
	if len(list) != 1 || list[0].Code != "definition-too-large" {
		t.Errorf("got %v", list)
	}
}

func TestKeysAreBounded(t *testing.T) {
	_, list := pipeline.Parse("p.yaml", []byte(strings.Repeat("a: b\n", 60_000)))
	if len(list) != 1 || list[0].Code != "too-many-values" {
		t.Errorf("got %d diagnostics, first %v", len(list), list[:1])
	}
}

// TestLongLine has more keys in one line than nesting may have levels.
func TestLongLine(t *testing.T) {
	p := mustParse(t, "p.yaml", "{name: demo, variables: ["+strings.Repeat("{name: a, defaultValue: b}, ", 100)+"]}")
	if len(p.Variables) != 100 {
		t.Errorf("%d variables", len(p.Variables))
	}
}

// TestAliasesAreBounded writes a document whose aliases would expand to a billion values.
func TestAliasesAreBounded(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		from, to := string(rune('0'+i)), string(rune('1'+i))
		bomb.WriteString("a" + to + ": &a" + to + " [" + strings.Repeat("*a"+from+", ", 9) + "*a" + from + "]\n")
	}
	_, list := pipeline.Parse("p.yaml", []byte(bomb.String()))
	for _, d := range list {
		if d.Code == "too-many-values" {
			return
		}
	}
	t.Errorf("no diagnostic about the number of values in %v", list)
}

func TestTabInQuotedScalar(t *testing.T) {
	p := mustParse(t, "p.yaml", "name: \"a\\n\tkey: b\"\nroleArn: 'x\ty: z'\nstages: []\n")
	if p.Name.Value != "a\n\tkey: b" || p.RoleArn.Value != "x\ty: z" {
		t.Errorf("read %q and %q", p.Name.Value, p.RoleArn.Value)
	}
}
