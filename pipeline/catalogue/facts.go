package catalogue

import (
	"fmt"
	"strings"
)

// Fact is one line of what a row says, for people.
type Fact struct{ Name, Says string }

// Facts puts everything into words that is not a list of keys, permissions or notes.
func (t ActionType) Facts() []Fact {
	facts := []Fact{
		{"input artifacts", t.Inputs.String()},
		{"output artifacts", t.Outputs.String()},
		{"output variables", t.variables()},
		{"pipeline type", t.pipelineType()},
		{"other accounts", t.CrossAccount.String()},
		{"other Regions", t.CrossRegion.String()},
		{"Regions", t.Regions.String()},
		{"timeout", t.Timeout.describe()},
		{"done when", t.Completion.String()},
		{"a lost start", t.LostStart.String()},
	}
	if t.Commands {
		facts = append(facts, Fact{"commands", "required, in the member commands"})
	}
	return facts
}

// String prints "none", "1" or "0 to 5".
func (c Counts) String() string {
	switch {
	case c.Max == 0:
		return "none"
	case c.Min == c.Max:
		return fmt.Sprint(c.Min)
	}
	return fmt.Sprintf("%d to %d", c.Min, c.Max)
}

func (t ActionType) variables() string {
	names := strings.Join(t.Variables, ", ")
	switch {
	case names == "" && !t.OpenVariables:
		return "none"
	case !t.OpenVariables:
		return names
	case names == "":
		return t.VariablesFrom
	}
	return names + " and " + t.VariablesFrom
}

func (t ActionType) pipelineType() string {
	switch t.V2Only.Answer {
	case Yes:
		return "V2 only"
	case No:
		return "V1 and V2"
	}
	return "V2; of V1 " + t.V2Only.Note
}

// String says where the action type exists.
func (r Regions) String() string {
	var text string
	switch {
	case len(r.Only) > 0:
		text = "only " + strings.Join(r.Only, ", ")
	case len(r.Except) > 0:
		text = "all but " + strings.Join(r.Except, ", ")
	default:
		text = "those of CodePipeline and of the service; no page limits them further"
	}
	return remark(text, r.Unconfirmed, r.Note)
}

func (t Timeout) describe() string {
	text := t.String()
	switch {
	case t.Member != "":
		text += ", or the action's " + t.Member
	case t.Key != "":
		text += ", or the configuration's " + t.Key + " in minutes"
	}
	if t.Quota {
		text += "; a quota that can be raised"
	}
	return remark(text, t.Unconfirmed, t.Note)
}

// String says how one learns that the action is done.
func (c Completion) String() string {
	var text string
	calls := strings.Join(c.Calls, ", ")
	switch c.Kind {
	case ByReturn:
		text = "the call returns"
	case ByAnswer:
		text = "somebody answers"
	case BySweep:
		text = "a sweep finds it, no event tells"
	case ByEvent:
		text = "an event tells: " + c.events()
	}
	if calls != "" {
		text += "; " + calls
	}
	return remark(text, c.Unconfirmed, c.Note)
}

func (c Completion) events() string {
	texts := make([]string, len(c.Events))
	for i, e := range c.Events {
		texts[i] = fmt.Sprintf("%s %q", e.Source, e.DetailType)
		if e.When != "" {
			texts[i] += " where " + e.When
		}
	}
	return strings.Join(texts, ", ")
}

// String says how a start is found again.
func (l LostStart) String() string {
	text := l.How
	switch l.Kind {
	case ByToken, ByName, ByTag:
		text = "by " + string(l.Kind) + " in " + l.Field
		if l.Lifetime > 0 {
			text += " for " + Timeout{Minutes: l.Lifetime}.String()
		}
		text += ": " + l.How
	case ByLookup:
		text = "by " + l.Field + ": " + l.How
	}
	return remark(text, l.Unconfirmed, "")
}

// Needs says when a key is required, and what else is known of its value: "required", "true or false, default false".
func (p Property) Needs() string {
	var parts []string
	switch {
	case p.Required:
		parts = append(parts, "required")
	case p.RequiredWhen != nil:
		parts = append(parts, "required where "+p.RequiredWhen.String())
	}
	if p.Secret {
		parts = append(parts, "secret")
	}
	if values := p.values(); values != "" {
		parts = append(parts, values)
	}
	if p.Default != "" {
		parts = append(parts, "default "+p.Default)
	}
	return remark(strings.Join(parts, "; "), p.Unconfirmed, "")
}

func (p Property) values() string {
	switch {
	case p.Kind == List && p.Allowed != nil:
		return "items " + strings.Join(p.Allowed, ", ")
	case p.Allowed != nil:
		return strings.Join(p.Allowed, ", ")
	case p.Kind == Number && p.Max > 0:
		return fmt.Sprintf("%d to %d", p.Min, p.Max)
	case p.Kind == Number:
		return "a whole number"
	case p.Kind == JSON:
		return "JSON text"
	}
	return p.Reads
}

// Only says in which case a permission is needed and what holds it closer; "" is always.
func (p Permission) Only() string {
	var parts []string
	if p.When != nil {
		parts = append(parts, "where "+p.When.String())
	}
	if p.Uses != "" {
		parts = append(parts, "with "+p.Uses)
	}
	if p.PassedTo != "" {
		parts = append(parts, "passed to "+p.PassedTo)
	}
	if p.TagKey != "" {
		parts = append(parts, "on what is tagged {"+p.TagKey+"}={"+p.TagValue+"}")
	}
	return remark(strings.Join(parts, ", "), p.Unconfirmed, p.Note)
}

func remark(text string, unconfirmed bool, note string) string {
	if unconfirmed {
		text = strings.TrimPrefix(text+" (unconfirmed)", " ")
	}
	if note != "" && text != "" {
		return text + "; " + note
	}
	return text + note
}
