package graph

import (
	"fmt"
	"strconv"
	"strings"
)

// Mermaid returns the diagram as a Mermaid flowchart: a subgraph for each stage, in it one for each group of parallel
// actions; dotted links for the order, others for artifacts.
func (d Diagram) Mermaid() []byte {
	m := mermaid{ids: map[*Action]string{}}
	m.linef(0, "---\ntitle: %s\n---\nflowchart TB", quoted(d.title()))
	for i, trigger := range d.Triggers {
		m.linef(1, "t%d([%s])", i+1, quotedRows(trigger))
	}
	for i := range d.Stages {
		m.stage(i+1, &d.Stages[i])
	}
	for i := range d.Triggers {
		m.linef(1, "t%d -.-> s1", i+1)
	}
	for i := range len(d.Stages) - 1 {
		m.linef(1, "s%d -.-> s%d", i+1, i+2)
	}
	for _, artifact := range d.Artifacts {
		m.artifact(artifact)
	}
	return []byte(m.out.String())
}

// title names the pipeline with what holds for all of it.
func (d Diagram) title() string {
	return strings.Join(append([]string{d.Name}, d.facts()...), "  ")
}

func (d Diagram) facts() []string {
	if d.Type == "" {
		return []string{d.Mode}
	}
	return []string{d.Type, d.Mode}
}

// mermaid writes a flowchart. Its names are made here; a user's text is only ever a label.
type mermaid struct {
	out     strings.Builder
	ids     map[*Action]string
	unfound int // artifacts that nobody takes
}

func (m *mermaid) linef(depth int, format string, args ...any) {
	m.out.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&m.out, format, args...)
	m.out.WriteByte('\n')
}

func (m *mermaid) stage(n int, s *Stage) {
	m.linef(1, "subgraph s%d[%s]", n, quotedRows(s.Name))
	for i, c := range s.Conditions {
		m.linef(2, "s%dc%d{{%s}}", n, i+1, quotedRows(c.String()))
	}
	for i := range s.Groups {
		m.group(fmt.Sprintf("s%dg%d", n, i+1), &s.Groups[i])
	}
	for i := range len(s.Groups) - 1 {
		m.linef(2, "s%dg%d -.-> s%dg%d", n, i+1, n, i+2)
	}
	m.linef(1, "end")
}

// group is a subgraph where several actions run in parallel; one action bears the group's name itself.
func (m *mermaid) group(id string, g *Group) {
	if len(g.Actions) == 1 {
		m.action(2, id, g.Actions[0])
		return
	}
	m.linef(2, "subgraph %s[%s]", id, quotedRows(fmt.Sprintf("runOrder %d: %d in parallel", g.RunOrder, len(g.Actions))))
	for i, a := range g.Actions {
		m.action(3, id+"a"+strconv.Itoa(i+1), a)
	}
	m.linef(2, "end")
}

func (m *mermaid) action(depth int, id string, a *Action) {
	m.ids[a] = id
	rows := []string{a.Name, a.kind()}
	if a.Namespace != "" {
		rows = append(rows, "sets "+a.Namespace)
	}
	if len(a.When) > 0 {
		rows = append(rows, "when "+strings.Join(a.When, " and "))
	}
	if len(a.Reads) > 0 {
		rows = append(rows, "reads "+strings.Join(a.Reads, ", "))
	}
	m.linef(depth, "%s[%s]", id, quotedRows(rows...))
}

// kind is "Build · CodeBuild", what an action does and with what.
func (a *Action) kind() string { return a.Category + " · " + a.Provider }

func (m *mermaid) artifact(a Artifact) {
	if len(a.To) == 0 {
		m.unfound++
		m.linef(1, "%s -->|%s| u%d(( ))", m.ids[a.From], quotedRows(a.Name), m.unfound)
	}
	for _, to := range a.To {
		m.linef(1, "%s -->|%s| %s", m.ids[a.From], quotedRows(a.Name), m.ids[to])
	}
}

// quotedRows quotes lines of text for Mermaid: letters, digits and a few marks stay, everything else in ASCII becomes an
// entity, because quotes, backquotes, "<", "#", ";" and "%%" all mean something there.
func quotedRows(rows ...string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, row := range rows {
		if i > 0 {
			b.WriteString("<br>")
		}
		for _, r := range row {
			if r >= 0x80 || isPlain(r) {
				b.WriteRune(r)
			} else {
				fmt.Fprintf(&b, "#%d;", r)
			}
		}
	}
	b.WriteByte('"')
	return b.String()
}

func isPlain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" -_.,:/=+()", r)
}

// quoted writes a YAML string in double quotes.
func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}
