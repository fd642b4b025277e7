package asl_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/statemachines/asl"
)

var update = flag.Bool("update", false, "rewrite the expected problems")

// TestProblems reads testdata/*.txtar: machine.json, and the problems that Decode or else Validate must report.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := problems(t, archive.Files[0].Data)
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "problems", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
		})
	}
}

func problems(t *testing.T, definition []byte) string {
	t.Helper()
	m, err := asl.Decode(definition)
	if err != nil {
		return "Decode:\n" + err.Error() + "\n"
	}
	if found := m.Validate(); len(found) > 0 {
		return "Validate:\n" + found.Error() + "\n"
	}
	return "none\n"
}

const everything = `{
  "Comment": "every field",
  "QueryLanguage": "JSONata",
  "StartAt": "T",
  "TimeoutSeconds": 60,
  "States": {
    "T": {
      "Type": "Task",
      "Comment": "c",
      "QueryLanguage": "JSONata",
      "Resource": "arn:aws:states:::lambda:invoke",
      "Credentials": {
        "RoleArn": "{% $role %}"
      },
      "Arguments": {
        "z": 1.50,
        "a": [
          null,
          true,
          "<&>",
          {}
        ],
        "empty": []
      },
      "TimeoutSeconds": "{% $limit %}",
      "HeartbeatSeconds": 5,
      "Retry": [
        {
          "Comment": "again",
          "ErrorEquals": [
            "A",
            "B"
          ],
          "IntervalSeconds": 2,
          "MaxAttempts": 0,
          "BackoffRate": 1.5,
          "MaxDelaySeconds": 9,
          "JitterStrategy": "FULL"
        }
      ],
      "Catch": [
        {
          "Comment": "the rest",
          "ErrorEquals": [
            "States.ALL"
          ],
          "Assign": {
            "e": "{% $states.errorOutput %}"
          },
          "Output": null,
          "Next": "C"
        }
      ],
      "Assign": {
        "b": 1,
        "a": 2
      },
      "Output": "{% $states.result %}",
      "Next": "C"
    },
    "C": {
      "Type": "Choice",
      "Choices": [
        {
          "Condition": "{% $a = 1 %}",
          "Next": "P",
          "Assign": {
            "d": []
          }
        }
      ],
      "Default": "W",
      "Output": 0
    },
    "P": {
      "Type": "Parallel",
      "Branches": [
        {
          "StartAt": "X",
          "States": {
            "X": {
              "Type": "Pass",
              "End": true
            }
          }
        }
      ],
      "Next": "M"
    },
    "M": {
      "Type": "Map",
      "Items": [
        1,
        "{% $a %}"
      ],
      "ItemSelector": {
        "item": "{% $states.context.Map.Item.Value %}"
      },
      "ItemProcessor": {
        "ProcessorConfig": {
          "Mode": "INLINE"
        },
        "StartAt": "Y",
        "States": {
          "Y": {
            "Type": "Pass",
            "End": true
          }
        }
      },
      "MaxConcurrency": "{% 2 %}",
      "ToleratedFailureCount": 1,
      "ToleratedFailurePercentage": 12.5,
      "Next": "S"
    },
    "W": {
      "Type": "Wait",
      "Seconds": 3,
      "Next": "F"
    },
    "S": {
      "Type": "Succeed",
      "Output": {}
    },
    "F": {
      "Type": "Fail",
      "Error": "E",
      "Cause": "{% 'why' %}"
    }
  }
}
`

// Canonical text decodes and encodes to itself: order, numbers and all.
func TestCanonical(t *testing.T) {
	m, err := asl.Decode([]byte(everything))
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(everything, string(got)); diff != "" {
		t.Errorf("text changed (-before +after):\n%s", diff)
	}
	if found := m.Validate(); found != nil {
		t.Errorf("problems: %v", found)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, got); err != nil {
		t.Fatal(err)
	}
	marshaled, err := m.MarshalJSON()
	if err != nil || string(marshaled) != compact.String() {
		t.Errorf("MarshalJSON = %s, %v; want %s", marshaled, err, compact.String())
	}
}

// A machine built by a compiler, with Go's own numbers and maps, encodes the same every time.
func TestEncodeBuilt(t *testing.T) {
	m := &asl.StateMachine{QueryLanguage: asl.JSONata, StartAt: "A"}
	m.States.Add("A", &asl.Pass{
		Data:       asl.Data{Output: map[string]any{"b": 1, "a": asl.Object{asl.Field("z", 1.5), asl.Field("y", nil)}, "c": asl.Null{}}},
		Transition: asl.Transition{End: true},
	})
	want := `{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Pass","Output":{"a":{"z":1.5,"y":null},"b":1,"c":null},"End":true}}}`
	for range 20 {
		if got, err := json.Marshal(m); err != nil || string(got) != want {
			t.Fatalf("got %s, %v; want %s", got, err, want)
		}
	}
	m.States.Add("B", &asl.Pass{Data: asl.Data{Output: struct{}{}}, Transition: asl.Transition{End: true}})
	if _, err := m.Encode(); err == nil {
		t.Error("a struct is no value of the language, but it was encoded")
	}
}

func TestSubstitute(t *testing.T) {
	got, err := asl.Substitute([]byte(`{"a": "${Fn}", "b": "x-${Fn}-${Q}"}`), map[string]string{"Fn": "arn:f", "Q": `say "hi"`})
	if want := `{"a": "arn:f", "b": "x-arn:f-say \"hi\""}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	_, err = asl.Substitute([]byte(`"${Fn} ${Gn} ${Gn}"`), map[string]string{"Fn": "f"})
	var found asl.Problems
	if !errors.As(err, &found) || len(found) != 1 || !strings.Contains(found[0].Message, "${Gn}") {
		t.Errorf("error %v, want one problem that names ${Gn}", err)
	}
}

func TestLiteral(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"plain $x 100% {a}", "plain $x 100% {a}"},
		{"{% 1 %}", `{% "\u007B\u0025 1 \u0025\u007D" %}`},
		{"a ${B}", `{% "a \u0024\u007BB\u007D" %}`},
		{"${\"é😀\n", `{% "\u0024\u007B\u0022\u00E9\uD83D\uDE00\u000A" %}`},
	} {
		if got := asl.Literal(c.text); got != c.want {
			t.Errorf("Literal(%q) = %s, want %s", c.text, got, c.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(`{"StartAt":"A","States":{"A":{"Type":"Pass","QueryLanguage":"JSONata","End":true}}}`))
	f.Add([]byte(`{"QueryLanguage":"JSONata","States":{"A":{"Type":"Parallel","Branches":[{},{"States":[]}]}}}`))
	f.Fuzz(func(t *testing.T, definition []byte) {
		m, err := asl.Decode(definition)
		if err != nil {
			return
		}
		_ = m.Validate() // whatever it finds
		first, err := m.Encode()
		if err != nil {
			t.Fatalf("decoded but does not encode: %v", err)
		}
		again, err := asl.Decode(first)
		if err != nil {
			t.Fatalf("its own encoding does not decode: %v\n%s", err, first)
		}
		second, err := again.Encode()
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("encoding is not stable, %v:\n%s\n%s", err, first, second)
		}
	})
}
