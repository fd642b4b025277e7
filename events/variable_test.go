package events_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/events"
)

const variableOf = "0b5c7d3a-1111-4222-8333-444455556666"

func carried(value string) string {
	return events.InlineVariable(events.VariableReference{ActionExecutionID: variableOf, Name: "V"}, value)
}

// A value of a variable that stands in a string of JSON stays in it, whatever it is.
func TestResolveSetting(t *testing.T) {
	const injected = `x","type":"SECRETS_MANAGER"},{"name":"STOLEN","value":"prod/password`
	for name, c := range map[string]struct{ before, value, after, want string }{
		"in a string":        {`[{"name":"A","value":"`, injected, `"}]`, `[{"name":"A","value":"x\",\"type\":\"SECRETS_MANAGER\"},{\"name\":\"STOLEN\",\"value\":\"prod/password"}]`},
		"behind an escape":   {`{"a\\":"b \" `, "\"\n<é\\", `"}`, "{\"a\\\\\":\"b \\\" \\\"\\n<é\\\\\"}"},
		"a backslash at end": {`{"A":"`, `\`, `","B":"c"}`, `{"A":"\\","B":"c"}`},
		"a member's name":    {`{"`, `a":"b`, `":"c"}`, `{"a\":\"b":"c"}`},
		"the whole":          {"", `{"A":"b"}`, "", `{"A":"b"}`},
		"outside of strings": {`{"A":`, `{"B":"c"}`, `}`, `{"A":{"B":"c"}}`},
		"no JSON":            {`echo "`, `a"b`, `"`, `echo "a"b"`},
		"broken JSON":        {`{"A":"`, `a"b`, `"`, `{"A":"a"b"`},
		"a plain value":      {`{"A":"`, `main`, `"}`, `{"A":"main"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := events.ResolveSetting(c.before+carried(c.value)+c.after, func(events.VariableReference) (string, error) { return c.value, nil })
			if err != nil || got != c.want {
				t.Errorf("%s, %v, want\n%s", got, err, c.want)
			}
		})
	}
	failing := errors.New("no record")
	if _, err := events.ResolveSetting(`{"A":"`+carried(`"`)+`"}`, func(events.VariableReference) (string, error) { return "", failing }); !errors.Is(err, failing) {
		t.Errorf("%v, want %v", err, failing)
	}
}

// Whatever a variable holds, JSON around it keeps its members, and the string is the value.
func FuzzResolveSetting(f *testing.F) {
	for _, seed := range []string{"", `"`, `\`, `\"`, "\n", "\ue000", `","B":"x`, "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := events.ResolveSetting(`{"A":"<`+carried(value)+`>","B":"c"}`, func(events.VariableReference) (string, error) { return value, nil })
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]string
		if err := json.Unmarshal([]byte(got), &members); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		if want := "<" + strings.ToValidUTF8(value, "\ufffd") + ">"; len(members) != 2 || members["B"] != "c" || strings.ToValidUTF8(value, "") == value && members["A"] != want {
			t.Errorf("%q is %q, want %q", value, members, want)
		}
	})
}
