package jsonschema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/pipeline/jsonschema"
)

// TestEncode checks what encoding/json would do differently: order, characters of HTML, one type, bounds of zero.
func TestEncode(t *testing.T) {
	schema := &jsonschema.Schema{
		Schema: jsonschema.Draft, Type: jsonschema.Types{"object"}, AdditionalProperties: false,
		Properties: jsonschema.Members{
			{Name: "z", Schema: &jsonschema.Schema{Type: jsonschema.Types{"string", "number"}, Pattern: "<&>"}},
			{Name: "a", Schema: &jsonschema.Schema{Minimum: jsonschema.Int(0), Enum: jsonschema.Values("x")}},
			{Name: "any", Schema: &jsonschema.Schema{}},
			{Name: "b", Schema: jsonschema.To("part")},
		},
		Definitions: jsonschema.Members{{Name: "part", Schema: &jsonschema.Schema{
			Items: []*jsonschema.Schema{{Const: "first"}}, MaxItems: jsonschema.Int(0),
		}}},
	}
	want := `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {
    "z": {
      "type": [
        "string",
        "number"
      ],
      "pattern": "<&>"
    },
    "a": {
      "enum": [
        "x"
      ],
      "minimum": 0
    },
    "any": {},
    "b": {
      "$ref": "#/definitions/part"
    }
  },
  "additionalProperties": false,
  "definitions": {
    "part": {
      "items": [
        {
          "const": "first"
        }
      ],
      "maxItems": 0
    }
  }
}
`
	got, err := schema.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
}
