package mask_test

import (
	"testing"

	"github.com/penstock-ci/penstock/internal/local/mask"
)

func hiding(secrets ...string) *mask.Mask {
	m := &mask.Mask{}
	for _, s := range secrets {
		m.Hide(s)
	}
	return m
}

func TestClean(t *testing.T) {
	for _, c := range []struct {
		secrets    []string
		text, want string
	}{
		{nil, "nothing is hidden", "nothing is hidden"},
		{[]string{"", "\n"}, "nothing is hidden", "nothing is hidden"},
		{[]string{"abc", "abcdef"}, "abcdef abc", "*** ***"},
		{[]string{"one\ntwo\n{\n"}, "x one\ntwo { y", "x ***\n*** { y"},
		{[]string{`say "yes"`}, `{"a": "say \"yes\""}`, `{"a": "***"}`},
	} {
		if got := hiding(c.secrets...).Clean(c.text); got != c.want {
			t.Errorf("with %q hidden %q is %q, want %q", c.secrets, c.text, got, c.want)
		}
	}
}

func TestHolds(t *testing.T) {
	m := hiding("debug", "a long secret", "first line\nsecond line")
	for value, want := range map[string]bool{
		"": false, "other": false, "debug": true, "debugging": false, "see: a long secret!": true, "the second line": true,
	} {
		if got := m.Holds(value); got != want {
			t.Errorf("Holds(%q) = %v", value, got)
		}
	}
}

func TestCleanJSON(t *testing.T) {
	m := hiding("debug", "a long secret", `with "quotes"`)
	for text, want := range map[string]string{
		`{"level": "debugging", "n": 12345678901234567890}`:                 "",
		`no JSON: a long secret`:                                            "",
		`"a long secret"`:                                                   `"***"`,
		`{"n": 12345678901234567890, "a": ["x", {"b": "with \"quotes\""}]}`: `{"a":["x",{"b":"***"}],"n":12345678901234567890}`,
		`{"a long secret": 1}`:                                              `{"***":1}`,
	} {
		got, held := m.CleanJSON([]byte(text))
		if held != (want != "") || held && string(got) != want || !held && string(got) != text {
			t.Errorf("CleanJSON(%s) = %s, %v; want %s", text, got, held, want)
		}
	}
}
