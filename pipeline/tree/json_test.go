package tree

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/diag"
)

func TestJSONPlaces(t *testing.T) {
	source := "{\"é\": [1, \"ü\\n\"],\n \"b\": {\"c\" :-1.5e3 , \"d\":null}}"
	var list diag.List
	root := readJSON("p.json", []byte(source), &list)
	if len(list) > 0 {
		t.Fatal(list)
	}
	place := func(at diag.Range) [3]int { return [3]int{at.Start.Line, at.Start.Column, at.End.Column} }
	inner := root.Lookup("b")
	for _, c := range []struct {
		what      string
		got, want [3]int
	}{
		{"a key", place(root.Entries[0].Key.At), [3]int{1, 3, 4}},
		{"a list, at its first item", place(root.Lookup("é").At), [3]int{1, 8, 9}},
		{"a string with an escape", place(root.Lookup("é").Items[1].At), [3]int{1, 12, 15}},
		{"a mapping, at its first key", place(inner.At), [3]int{2, 9, 10}},
		{"a number", place(inner.Lookup("c").At), [3]int{2, 13, 19}},
		{"null", place(inner.Lookup("d").At), [3]int{2, 26, 30}},
	} {
		if c.got != c.want {
			t.Errorf("%s is at %v, want %v", c.what, c.got, c.want)
		}
	}
}

// FuzzJSON compares what is read with what the standard library reads.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{
		`{"a": [1, -0.5e3, true, false, null, "x\"\\\u00e9\ud83d\ude00", {}, []], "": " "}`,
		`[[],{"a":{"b":[ ]}}]`, ` "only" `, `0`, `{"a":1,"a":2}`, "\"\xff\"", `{"a":1} x`, `{"a":1,}`, `[`, ``, `nul`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		var list diag.List
		got := readJSON("p.json", source, &list)
		if _, deep := deepJSON(source); deep || len(bytes.TrimSpace(source)) == 0 {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(source))
		decoder.UseNumber()
		var want any
		err := decoder.Decode(&want)
		if valid := err == nil && json.Valid(source); valid == list.HasErrors() {
			t.Fatalf("valid %v, but %v", valid, list)
		} else if !valid {
			return
		}
		if diff := cmp.Diff(want, plain(got)); diff != "" {
			t.Errorf("differs from the standard library (-want +got):\n%s", diff)
		}
	})
}

// plain turns a value into what json.Unmarshal makes of it.
func plain(v *Value) any {
	switch v.Kind {
	case Mapping:
		m := map[string]any{}
		for _, e := range v.Entries {
			m[e.Key.Value] = plain(e.Value)
		}
		return m
	case Sequence:
		items := []any{}
		for _, item := range v.Items {
			items = append(items, plain(item))
		}
		return items
	case Number:
		return json.Number(v.Text)
	case Boolean:
		return v.Text == "true"
	case Null:
		return nil
	}
	return v.Text
}
