package trigger_test

import (
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/pipeline/trigger"
)

// The rules of "Working with glob patterns in syntax" of the CodePipeline User Guide, and what java.nio.file.FileSystem's
// getPathMatcher says beyond.
func TestMatch(t *testing.T) {
	for _, tc := range []struct {
		glob      string
		matches   string // names, separated by blanks
		unmatched string
	}{
		{"main", "main", "main-1 feature/main Main"},
		{"main*", "main main-1", "feature/main main/1"},
		{"feature-*", "feature-1 feature-", "feature/1 feature"},
		{"release/*", "release/1", "release release/1/2 prerelease/1"},
		{"release/**", "release/1 release/1/2", "release"},
		{"**", "a a/b a/b/c", ""},
		{"**.md", "README.md docs/a.md", "docs/a.mdx"},
		{"*.md", "README.md .md", "docs/a.md"},
		{"**/*.go", "a/b.go a/b/c.go", "b.go"},
		{"src/**/test.go", "src/a/test.go src/a/b/test.go", "src/test.go"},
		{"v?.?", "v1.2 vx.y", "v1.22 v/.1"},
		{"v[0-9]", "v1 v9", "va v10"},
		{"v[0-9a]", "v1 va", "v- vb"},
		{"v[!0-9]", "va v-", "v1 v/"},
		{"[-a]", "- a", "b"},
		{"[!-a]", "b", "- a"},
		{"[*?\\]x", "*x ?x \\x", "ax"},
		{"[]a]", "] a", "b"},
		{"[+-9]", "+ . 0 9", "/"},
		{"[^a]", "^ a", "b"},
		{"[[]", "[", "a"},
		{"[/]", "", "/ a"},
		{"{main,release/*}", "main release/1", "release other"},
		{"*.{md,txt}", "a.md a.txt", "a.go"},
		{"{a,}b", "ab b", "cb"},
		{"a,b", "a,b", "a b"},
		{"a}b", "a}b", "ab"},
		{`\*`, "*", "a"},
		{`\{a\}`, "{a}", "a"},
		{`a\\b`, `a\b`, "ab"},
		{"a.b", "a.b", "aXb"},
		{"(a|b)+", "(a|b)+", "a b"},
		{".*", ".github .a", "github a"},
		{"ä?", "äö", "ä"},
	} {
		for _, name := range strings.Fields(tc.matches) {
			if !trigger.Match(tc.glob, name) {
				t.Errorf("%q does not match %q", tc.glob, name)
			}
		}
		for _, name := range strings.Fields(tc.unmatched) {
			if trigger.Match(tc.glob, name) {
				t.Errorf("%q matches %q", tc.glob, name)
			}
		}
	}
}

// What is no glob matches nothing, the text that it is neither.
func TestWhatIsNoGlob(t *testing.T) {
	for _, glob := range []string{"[", "[a", "[!", "[]", "{", "{a", "{a,{b}}", `a\`, "[z-a]"} {
		if trigger.Match(glob, glob) || trigger.Match(glob, "a") {
			t.Errorf("%q matches", glob)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range []string{"main", "a/**/b", "[!a-z]{x,y}", `\[`, "[+-9]", "{a,b}*?", "(?i)a", "[[:alpha:]]"} {
		f.Add(seed, "a/b")
	}
	f.Fuzz(func(t *testing.T, glob, name string) {
		trigger.Match(glob, name)
		quoted := strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "{", `\{`).Replace(strings.ToValidUTF8(name, ""))
		if name = strings.ToValidUTF8(name, ""); !trigger.Match(quoted, name) {
			t.Errorf("%q does not match %q", quoted, name)
		}
	})
}
