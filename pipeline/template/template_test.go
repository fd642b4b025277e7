package template_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/template"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

const frame = `Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}
  Open: {Type: String}
  Token: {Type: String, NoEcho: true, Default: hidden}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path}
  Zones: {Type: CommaDelimitedList, Default: "a, b,c"}
  Ports: {Type: List<Number>, Default: "80,443"}
Mappings:
  Sizes:
    dev: {Nodes: 1, Names: [x, y]}
    prod: {Nodes: 3}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: {"Fn::Not": [{Condition: IsProd}]}
  HasOpen: !Not [!Equals [!Ref Open, ""]]
  NoOpen: !Not [!Condition HasOpen]
  Both: !And [!Condition IsDev, !Condition HasOpen]
  Either: !Or [!Condition IsProd, !Condition IsDev]
  Neither: !And [!Condition IsProd, !Condition HasOpen]
  SameOpen: !Equals [!Ref Open, !Ref Open]
  A: !Condition B
  B: !Condition A
Resources:
  Bucket: {Type: "AWS::S3::Bucket"}
  R:
    Type: X
    Properties:
      V: `

// evaluate returns the JSON of an expression, its placeholders with "?" between, and the codes of what is wrong.
func evaluate(t *testing.T, expression string, parameters map[string]string) (text, placeholders, codes string) {
	t.Helper()
	var list diag.List
	root := tree.Read("t.yaml", []byte(frame+expression+"\n"), &list)
	read := template.Read(&list, root, template.Options{Parameters: parameters})
	properties := read.Properties(read.Resources[len(read.Resources)-1])
	var names, problems []string
	for p := range properties.Placeholding() {
		names = append(names, p.Name)
	}
	for _, d := range list {
		problems = append(problems, d.Code)
	}
	text, _ = template.JSON(properties)
	return strings.TrimSuffix(strings.TrimPrefix(text, `{"V":`), "}"), strings.Join(names, " ? "), strings.Join(problems, " ")
}

func TestFunctions(t *testing.T) {
	for _, c := range []struct{ expression, want, placeholders, codes string }{
		{"plain", `"plain"`, "", ""},
		{"[1, true, null, {a: b}]", `[1,true,null,{"a":"b"}]`, "", ""},
		{"'{{resolve:ssm:/a:1}}'", `"{{resolve:ssm:/a:1}}"`, "", ""},

		{"!Ref Stage", `"dev"`, "", ""},
		{"{Ref: Stage}", `"dev"`, "", ""},
		{"!Ref Zones", `["a","b","c"]`, "", ""},
		{"!Ref Ports", `["80","443"]`, "", ""},
		{"!Ref Open", `"${Open}"`, "Open", ""},
		{"!Ref Token", `"${Token}"`, "Token", ""},
		{"!Ref Image", `"${Image}"`, "Image", ""},
		{"!Ref Bucket", `"${Bucket}"`, "Bucket", ""},
		{"!Ref AWS::Region", `"${AWS::Region}"`, "AWS::Region", ""},
		{"!Ref Buckte", `"${Buckte}"`, "Buckte", "unknown-name"},
		{"!Ref [a]", `"${Ref(a)}"`, "Ref(a)", "malformed-function"},
		{"{a: !Ref AWS::NoValue, b: 1}", `{"b":1}`, "", ""},
		{"[a, !Ref AWS::NoValue, b]", `["a","b"]`, "", ""},

		{"!GetAtt Bucket.Arn", `"${Bucket.Arn}"`, "Bucket.Arn", ""},
		{"!GetAtt Bucket.Nested.Attribute", `"${Bucket.Nested.Attribute}"`, "Bucket.Nested.Attribute", ""},
		{"{'Fn::GetAtt': [Bucket, Arn]}", `"${Bucket.Arn}"`, "Bucket.Arn", ""},
		{"!GetAtt Bucket", `"${GetAtt(Bucket)}"`, "GetAtt(Bucket)", "malformed-function"},
		{"!GetAtt Buckte.Arn", `"${Buckte.Arn}"`, "Buckte.Arn", "unknown-name"},

		{"!Sub 'a-${Stage}-${Bucket.Arn}-${Open}'", `"a-dev-${Bucket.Arn}-${Open}"`, "Bucket.Arn ? Open", ""},
		{"!Sub '${!Stage} $${Stage} ${ Stage } ${'", `"${Stage} $dev dev ${"`, "", ""},
		{"{'Fn::Sub': ['${X}${Stage}${Y}', {X: 1, Y: !Ref Bucket}]}", `"1dev${Bucket}"`, "Bucket", ""},
		{"!Sub '${Missing}'", `"${Missing}"`, "Missing", "unknown-name"},
		{"!Sub ['${Zones}']", `"${Zones}"`, "Zones", "malformed-function"},
		{"!Sub {a: b}", `"${Sub(a: b)}"`, "Sub(a: b)", "malformed-function"},

		{"!Join ['-', [a, !Ref Stage, !Ref Bucket]]", `"a-dev-${Bucket}"`, "Bucket", ""},
		{"!Join [',', !Ref Zones]", `"a,b,c"`, "", ""},
		{"!Join [',', !Ref Open]", `"${Join(,, Open)}"`, "Join(,, Open)", ""},
		{"!Join [a]", `"${Join(a)}"`, "Join(a)", "malformed-function"},
		{"!Split ['/', a/b]", `["a","b"]`, "", ""},
		{"!Select [1, !Split ['/', a/b]]", `"b"`, "", ""},
		{"!Select ['0', !Ref Zones]", `"a"`, "", ""},
		{"!Select [7, [a]]", `"${Select(7, a)}"`, "Select(7, a)", "malformed-function"},
		{
			"!Select [0, !Split [':', !GetAtt Bucket.Arn]]", `"${Select(0, Split(:, GetAtt(Bucket.Arn)))}"`,
			"Select(0, Split(:, GetAtt(Bucket.Arn)))", "",
		},
		{"!Select [0, !GetAZs '']", `"${Select(0, GetAZs())}"`, "Select(0, GetAZs())", ""},

		{"!FindInMap [Sizes, !Ref Stage, Nodes]", `1`, "", ""},
		{"!FindInMap [Sizes, dev, Names]", `["x","y"]`, "", ""},
		{"!FindInMap [Sizes, !Ref Open, Nodes]", `"${FindInMap(Sizes, Open, Nodes)}"`, "FindInMap(Sizes, Open, Nodes)", ""},
		{"!FindInMap [Sizes, test, Nodes]", `"${FindInMap(Sizes, test, Nodes)}"`, "FindInMap(Sizes, test, Nodes)", "not-in-mapping"},
		{"!FindInMap [Sizes, test, Nodes, {DefaultValue: 9}]", `9`, "", ""},

		{"!ImportValue shared", `"${ImportValue(shared)}"`, "ImportValue(shared)", ""},
		{"!ImportValue {'Fn::Sub': '${Stage}-${Bucket}'}", `"${ImportValue(dev-Bucket)}"`, "ImportValue(dev-Bucket)", ""},
		{"!Base64 {'Fn::Sub': 'x${Stage}'}", `"eGRldg=="`, "", ""},
		{"!Base64 {Ref: Bucket}", `"${Base64(Bucket)}"`, "Base64(Bucket)", ""},
		{"{'Fn::Length': !Ref Zones}", `3`, "", ""},
		{"{'Fn::ToJsonString': {a: !Ref Stage, b: [1, true]}}", `"{\"a\":\"dev\",\"b\":[1,true]}"`, "", ""},
		{"{'Fn::ToJsonString': {a: !Ref Bucket}}", `"${ToJsonString(a: Bucket)}"`, "ToJsonString(a: Bucket)", ""},
		{"!Cidr [10.0.0.0/16, 4, 8]", `"${Cidr(10.0.0.0/16, 4, 8)}"`, "Cidr(10.0.0.0/16, 4, 8)", ""},
		{"!Whatever a", `"${Whatever(a)}"`, "Whatever(a)", "unknown-function"},
		{"!Equals [a, b]", `"${Equals(a, b)}"`, "Equals(a, b)", "malformed-function"},
		{"{'Fn::ForEach::L': [X, [a], {b: c}], d: e}", `{"d":"e"}`, "", "loop-not-run"},

		{"!If [IsProd, p, d]", `"d"`, "", ""},
		{"!If [IsDev, d, p]", `"d"`, "", ""},
		{"[!If [IsProd, a, !Ref AWS::NoValue], b]", `["b"]`, "", ""},
		{"!If [HasOpen, a, b]", `"a"`, "", "undecided-condition"},
		{"!If [NoOpen, a, b]", `"b"`, "", ""},
		{"!If [Both, a, b]", `"a"`, "", ""},
		{"!If [Either, a, b]", `"a"`, "", ""},
		{"!If [Neither, a, b]", `"b"`, "", ""},
		{"!If [SameOpen, a, b]", `"a"`, "", ""},
		{"!If [IsPord, a, b]", `"a"`, "", "unknown-condition undecided-condition"},
		{"!If [A, a, b]", `"a"`, "", "circular-condition"},
		{"!If [IsProd, a]", `"${If(IsProd, a)}"`, "If(IsProd, a)", "malformed-function"},
	} {
		text, placeholders, codes := evaluate(t, c.expression, nil)
		if text != c.want || placeholders != c.placeholders || codes != c.codes {
			t.Errorf("%s\n got %s  [%s] %s\nwant %s  [%s] %s", c.expression, text, placeholders, codes, c.want, c.placeholders, c.codes)
		}
	}
}

func TestParameters(t *testing.T) {
	for _, c := range []struct {
		parameters map[string]string
		expression string
		want       string
		codes      string
	}{
		{map[string]string{"Stage": "prod"}, "!Ref Stage", `"prod"`, ""},
		{map[string]string{"Stage": "prod"}, "!If [IsProd, p, d]", `"p"`, ""},
		{map[string]string{"Stage": "test"}, "!Ref Stage", `"${Stage}"`, "invalid-parameter"},
		{map[string]string{"Open": ""}, "!If [HasOpen, a, b]", `"b"`, ""},
		{map[string]string{"Zones": "x,y"}, "!Ref Zones", `["x","y"]`, ""},
		{map[string]string{"Token": "secret"}, "!Ref Token", `"${Token}"`, ""},
		{map[string]string{"Stgae": "prod"}, "!Ref Stage", `"dev"`, "undeclared-parameter"},
		{map[string]string{"Open": strings.Repeat("x", 5000)}, "!Ref Open", `"${Open}"`, "invalid-parameter"},
		{
			map[string]string{"AWS::Region": "cn-north-1", "AWS::AccountId": "111122223333"},
			"!Sub '${AWS::Partition}:${AWS::Region}:${AWS::AccountId}:${AWS::URLSuffix}'",
			`"aws-cn:cn-north-1:111122223333:amazonaws.com.cn"`, "",
		},
	} {
		text, _, codes := evaluate(t, c.expression, c.parameters)
		if text != c.want || codes != c.codes {
			t.Errorf("%s\n got %.80s %s\nwant %s %s", c.expression, text, codes, c.want, c.codes)
		}
	}
}

// TestPlaces wants a value to be where it is used.
func TestPlaces(t *testing.T) {
	for expression, want := range map[string]string{
		"!Ref Stage":                     "Stage",
		"{Ref: Stage}":                   "Stage",
		"!Sub 'a-${Stage}'":              "a-${Stage}",
		"!If [IsProd, one, two]":         "two",
		"!FindInMap [Sizes, dev, Nodes]": "Nodes",
		"!GetAtt Bucket.Arn":             "Bucket.Arn",
	} {
		var list diag.List
		source := frame + expression + "\n"
		read := template.Read(&list, tree.Read("t.yaml", []byte(source), &list), template.Options{})
		at := read.Properties(read.Resources[1]).Lookup("V").At
		line := strings.Split(source, "\n")[at.Start.Line-1]
		if got := line[at.Start.Column-1 : at.End.Column-1]; got != want {
			t.Errorf("the value of %s is at %q, want %q", expression, got, want)
		}
	}
}

// TestSubstitution writes texts with placeholders for Fn::Sub and reads them back.
func TestSubstitution(t *testing.T) {
	for _, text := range []tree.Text{
		{Value: "plain"},
		{Value: "${User} ${!User} ${ $${ {"},
		{Value: "a${X}b", Placeholders: []tree.Placeholder{{Name: "X", Start: 1, End: 5}}},
		{Value: "${X}${X}", Placeholders: []tree.Placeholder{{Name: "X", Start: 0, End: 4}, {Name: "X", Start: 4, End: 8}}},
		{Value: "${X}${X}", Placeholders: []tree.Placeholder{{Name: "X", Start: 4, End: 8}}},
		{Value: "${a${X}", Placeholders: []tree.Placeholder{{Name: "X", Start: 3, End: 7}}},
	} {
		written := &tree.Value{Kind: tree.Mapping, Entries: []tree.Entry{{
			Key: tree.Text{Value: "Fn::Sub"}, Value: &tree.Value{Kind: tree.String, Text: template.Substitutable(text)},
		}}}
		read, ok := template.Substitution(written)
		if diff := cmp.Diff(text, read); diff != "" || !ok {
			t.Errorf("%q was written as %q (-want +got):\n%s", text.Value, template.Substitutable(text), diff)
		}
	}
}

// TestTextIsBounded writes a template whose functions would make gigabytes.
func TestTextIsBounded(t *testing.T) {
	expression := "!Sub ['" + strings.Repeat("${X}", 1000) + "', {X: !Sub ['" + strings.Repeat("${Y}", 1000) +
		"', {Y: !Join ['', [" + strings.Repeat("0123456789,", 1000) + "]]}]}]"
	if _, _, codes := evaluate(t, expression, nil); codes != "too-much-text" {
		t.Errorf("got %q", codes)
	}
}

// TestDuplicates wants repeated keys to be errors where it is asked for, and warnings elsewhere.
func TestDuplicates(t *testing.T) {
	const source = "Parameters: {A: {Type: String, Type: String}}\nResources:\n" +
		"  S: {Type: X, Type: X, Properties: {a: 1, a: 2}}\n  T: {Type: Y, Properties: {b: {c: 1, c: 2}}}\n"
	var list diag.List
	read := template.Read(&list, tree.Read("t.yaml", []byte(source), &list), template.Options{})
	read.Duplicates(func(r template.Resource) bool { return r.LogicalID.Value == "S" })
	var got []string
	for _, d := range list.Sorted() {
		got = append(got, d.At.Start.String()+" "+d.Severity.String())
	}
	want := []string{"t.yaml:1:32 warning", "t.yaml:3:16 error", "t.yaml:4:39 warning"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
