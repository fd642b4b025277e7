package format_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/format"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

func TestYAML(t *testing.T) {
	cases := []struct{ name, source, want string }{
		{"texts", `{"plain": "a b", "number": "12", "boolean": "true", "null": "null", "empty": "", "comment": "a #b",
			"colon": "a: b", "arn": "arn:aws:s3:::b", "reference": "#{A.B}", "quotes": "it's \"so\"", "dash": "- a",
			"date": "2012-10-17", "tab": "a\tb", "letters": "größe"}`, `plain: a b
number: '12'
boolean: 'true'
'null': 'null'
empty: ''
comment: 'a #b'
colon: 'a: b'
arn: arn:aws:s3:::b
reference: '#{A.B}'
quotes: it's "so"
dash: '- a'
date: '2012-10-17'
tab: "a\tb"
letters: 'größe'
`},
		{"lines", `{"a": {"kept": "one\n  two\n\nthree\n", "cut": "one\ntwo", "odd": " one\ntwo", "more": "one\n\n"}}`, `a:
  kept: |
    one
      two

    three
  cut: |-
    one
    two
  odd: " one\ntwo"
  more: "one\n\n"
`},
		{"collections", `{"version": 1, "stages": [{"a": {"b": [["x", "y"], {"c": true}]}}, {"d": []}, {"e": {}}], "z": null}`, `version: 1

stages:
  - a:
      b:
        - - x
          - 'y'
        - c: true

  - d: []

  - e: {}
z:
`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := readAs(t, "case.json", []byte(c.source))
			out := format.YAML(v, "stages")
			if diff := cmp.Diff(c.want, string(out)); diff != "" {
				t.Errorf("YAML (-want +got):\n%s", diff)
			}
			if !format.Same(v, readAs(t, "case.yaml", out)) {
				t.Errorf("is read as something else:\n%s", out)
			}
		})
	}
}

// TestShortForms writes the short forms of a template as they are in YAML, and as functions in JSON.
func TestShortForms(t *testing.T) {
	const source = `a: !Ref B
b: !GetAtt C.Arn
c: !Sub '${D} {x}'
d: !Join
  - ','
  - - !Ref E
    - f
g: !If [H, !Ref I, !Ref 'AWS::NoValue']
`
	const want = `{
  "a": {
    "Ref": "B"
  },
  "b": {
    "Fn::GetAtt": [
      "C",
      "Arn"
    ]
  },
  "c": {
    "Fn::Sub": "${D} {x}"
  },
  "d": {
    "Fn::Join": [
      ",",
      [
        {
          "Ref": "E"
        },
        "f"
      ]
    ]
  },
  "g": {
    "Fn::If": [
      "H",
      {
        "Ref": "I"
      },
      {
        "Ref": "AWS::NoValue"
      }
    ]
  }
}
`
	v := readAs(t, "case.yaml", []byte(source))
	out, err := format.JSON(v)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(out)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if again := format.YAML(v); !format.Same(v, readAs(t, "case.yaml", again)) {
		t.Errorf("is read as something else:\n%s", again)
	}
}

func readAs(t *testing.T, file string, source []byte) *tree.Value {
	t.Helper()
	var list diag.List
	v := tree.Read(file, source, &list)
	if list.HasErrors() {
		t.Fatalf("%v in\n%s", list, source)
	}
	return v
}

// FuzzYAML writes any text as a key, a value and an item, alone and deep in a tree, and reads it back.
func FuzzYAML(f *testing.F) {
	for _, text := range []string{"", "a: b", "#a", "- a", "a\nb", " a\n b\n", "a\n\n", "'", "\"", "\t", "\x00", "é\u2028", "?", "|", ">-", "%", "{a", "~", ".5", "a\r\nb", "<<", "%0\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value := &tree.Value{Kind: tree.String, Text: text}
		entries := []tree.Entry{{Key: tree.Text{Value: "k"}, Value: value}, {Key: tree.Text{Value: "key " + text}, Value: value}}
		mapping := &tree.Value{Kind: tree.Mapping, Entries: entries}
		list := &tree.Value{Kind: tree.Sequence, Items: []*tree.Value{value, mapping, {Kind: tree.Sequence, Items: []*tree.Value{value}}}}
		whole := &tree.Value{Kind: tree.Mapping, Entries: append(entries, tree.Entry{Key: tree.Text{Value: "list"}, Value: list})}
		asJSON, err := format.JSON(whole)
		if err != nil {
			t.Fatal(err)
		}
		want := readAs(t, "case.json", asJSON) // bytes that are no UTF-8 are replaced
		if out := format.YAML(want, "list"); !format.Same(want, readAs(t, "case.yaml", out)) {
			t.Fatalf("is read as something else: %q\n%s", text, out)
		}
	})
}
