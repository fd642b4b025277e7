package task

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestPath(t *testing.T) {
	const body = `{"a": {"b": ["x", {"c": true}], "d e": 1.5}, "n": null, "ä": "ö"}`
	for _, tc := range []struct{ path, want string }{
		{"$.a.b[0]", "x"},
		{"$['a'].b[1].c", "true"},
		{`$["a"]["d e"]`, "1.5"},
		{"$.a.b[*]", `x|{"c":true}`},
		{"$.a.*.c", ""},
		{"$.a.b", `["x",{"c":true}]`},
		{"$.n", "null"},
		{"$.ä", "ö"},
		{"$.a.b[2]", ""},
		{"$.a.x", ""},
		{"$.a.b.c", ""},
		{"a", `error: a path begins with "$"`},
		{"$a", `error: "a": neither a member nor an element`},
		{"$..a", `error: "..a": paths with ".." are not supported`},
		{"$.", `error: ".": a member has a name`},
		{"$.a[?(@.b)]", `error: "[?(@.b)]": an element has a number`},
		{"$.a[-1]", `error: "[-1]": an element has a number`},
		{"$.a.length()", `error: "length()": functions and filters`},
		{"$.a[0", `error: "[0" is not closed`},
		{"$['a", `error: "['a" is not closed`},
	} {
		var value any
		if err := json.Unmarshal([]byte(body), &value); err != nil {
			t.Fatal(err)
		}
		p, err := parsePath(tc.path)
		got := ""
		if err != nil {
			got = "error: " + err.Error()
		} else {
			texts := p.texts(value)
			slices.Sort(texts)
			got = strings.Join(texts, "|")
		}
		if isError := strings.HasPrefix(tc.want, "error"); got != tc.want && (!isError || !strings.HasPrefix(got, tc.want)) {
			t.Errorf("%s = %s, want %s", tc.path, got, tc.want)
		}
	}
}

// No path and no body panics.
func FuzzPath(f *testing.F) {
	f.Add("$.a['b'][0][*]", `{"a": {"b": [1]}}`)
	f.Add("$..a", `[]`)
	f.Fuzz(func(_ *testing.T, text, body string) {
		var value any
		p, err := parsePath(text)
		if err != nil || json.Unmarshal([]byte(body), &value) != nil {
			return
		}
		p.texts(value)
	})
}
