package pipeline

import "strings"

// isNamed reports whether a text is the name of this pipeline: the same text, or a reference to its resource.
func (p *Pipeline) isNamed(t Text) bool {
	if len(t.Placeholders) == 1 && t.Placeholders[0].Name == p.Template.LogicalID.Value {
		return len(t.Value) == len("${}")+len(p.Template.LogicalID.Value)
	}
	return t.Value != "" && t.Value == p.Name.Value && len(t.Placeholders) == len(p.Name.Placeholders)
}

// isTarget reports whether a text is the ARN of this pipeline, arn:PARTITION:codepipeline:REGION:ACCOUNT:NAME, as far
// as it is known.
func (p *Pipeline) isTarget(arn Text) bool {
	last := Text{Value: arn.Value, At: arn.At}
	if end := len(arn.Placeholders); end > 0 {
		placeholder := arn.Placeholders[end-1]
		if placeholder.Name == p.Template.LogicalID.Value+".Arn" {
			return true
		}
		if placeholder.Name == p.Template.LogicalID.Value && placeholder.End == len(arn.Value) {
			return strings.Contains(arn.Value, ":codepipeline:")
		}
	}
	prefix, name, found := cutLast(arn)
	last.Value, last.Placeholders = name.Value, name.Placeholders
	return found && strings.Contains(prefix, ":codepipeline:") && p.isNamed(last)
}

// cutLast cuts a text at its last colon outside of placeholders.
func cutLast(t Text) (before string, after Text, found bool) {
	for i := len(t.Value) - 1; i >= 0; i-- {
		if t.Value[i] != ':' || inPlaceholder(t, i) {
			continue
		}
		after = Text{Value: t.Value[i+1:], At: t.At}
		for _, placeholder := range t.Placeholders {
			if placeholder.Start > i {
				placeholder.Start -= i + 1
				placeholder.End -= i + 1
				after.Placeholders = append(after.Placeholders, placeholder)
			}
		}
		return t.Value[:i+1], after, true
	}
	return "", t, false
}

func inPlaceholder(t Text, offset int) bool {
	for _, placeholder := range t.Placeholders {
		if placeholder.Start <= offset && offset < placeholder.End {
			return true
		}
	}
	return false
}
