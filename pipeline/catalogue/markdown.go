package catalogue

import (
	"fmt"
	"slices"
	"strings"
)

const pageHead = `# Action types

<!-- Written from the catalogue (pipeline/catalogue): go test ./pipeline/catalogue -update -->

What Penstock knows about CodePipeline's action types and rule types. Check, the editors' schema and the permissions of
a pipeline read the same rows, and so does ` + "`penstock action-types`" + `. *Unconfirmed* marks what no page of AWS
states: what was learned elsewhere, or worked out.

In permissions, ` + "`{Key}`" + ` is the value of a configuration key (of a list: one resource for each item) and
` + "`{Key|last}`" + ` what follows its last colon. Permissions to read and write the artifacts come on top, for every
action that has some.

Action types of owner Custom are declared by their own users: up to five artifacts in and out, a day to answer, in the
pipeline's own account and Region. Jenkins is one of them; so are the action types of partners that are not listed.
`

// Markdown prints the page of the whole catalogue.
func Markdown() string {
	var b strings.Builder
	b.WriteString(pageHead)
	writeContents(&b)
	for _, t := range slices.Concat(ActionTypes(), RuleTypes()) {
		writeSection(&b, t)
	}
	return b.String()
}

func writeContents(b *strings.Builder) {
	b.WriteString("\n| Action type | In | Out | Type | Done | Other accounts | Other Regions |\n|---|---|---|---|---|---|---|\n")
	for _, t := range slices.Concat(ActionTypes(), RuleTypes()) {
		fmt.Fprintf(b, "| [%s](#%s) | %s | %s | %s | by %s | %s | %s |\n", t.Short(), anchor(t), t.Inputs, t.Outputs,
			t.pipelineType(), t.Completion.Kind, brief(t.CrossAccount), brief(t.CrossRegion))
	}
}

// anchor is the name that a heading gets: lower case, without slashes.
func anchor(t ActionType) string { return strings.ToLower(strings.ReplaceAll(t.String(), "/", "")) }

func brief(c Claim) string {
	c.Note = ""
	return c.String()
}

func writeSection(b *strings.Builder, t ActionType) {
	fmt.Fprintf(b, "\n## %s\n\n%s%s.\n\n", t, strings.ToUpper(t.Summary[:1]), t.Summary[1:])
	for _, fact := range t.Facts() {
		fmt.Fprintf(b, "- %s: %s\n", fact.Name, escaped(fact.Says))
	}
	for _, note := range t.Notes {
		fmt.Fprintf(b, "- %s\n", escaped(note))
	}
	writeProperties(b, t)
	if len(t.Permissions) == 0 {
		return
	}
	b.WriteString("\n| Permission | Resource | |\n|---|---|---|\n")
	for _, p := range t.Permissions {
		fmt.Fprintf(b, "| %s | %s | %s |\n", codes(p.Actions), codes(p.Resources), escaped(p.Only()))
	}
}

func writeProperties(b *strings.Builder, t ActionType) {
	if len(t.Properties) == 0 {
		return
	}
	b.WriteString("\n| Configuration | | |\n|---|---|---|\n")
	for _, p := range t.Properties {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", p.Name, escaped(p.Does), escaped(p.Needs()))
	}
}

func codes(words []string) string { return escaped("`" + strings.Join(words, "` `") + "`") }

// escaped writes a text so that a table's cell can hold it.
func escaped(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
