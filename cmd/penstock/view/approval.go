package view

import (
	"fmt"
	"time"

	"github.com/penstock-ci/penstock/internal/execution"
)

// Approval is what a person must know to answer an approval: the action that waits, and the actions before it with
// what they found and made.
type Approval struct {
	Action *execution.Action
	Before []*execution.Action
	Now    time.Time
}

// Approval is the block about an approval that waits: what, until when, and what would be released.
func (l Lines) Approval(q Approval) []string {
	a := q.Action
	head := fmt.Sprintf("  %s waits for approval", a.ActionName)
	if !a.Deadline.IsZero() {
		head += fmt.Sprintf(" until %s (%s)", a.Deadline.Local().Format("2006-01-02 15:04"), wait(a.Deadline.Sub(q.Now)))
	}
	lines := []string{Fit(head, l.width())}
	add := func(title string, texts ...string) {
		for i, text := range texts {
			if i > 0 {
				title = ""
			}
			lines = append(lines, "    "+l.in(dim, pad(title, titleWidth))+text)
		}
	}
	add("revision", l.revisions(q.Before)...)
	add("artifacts", l.artifacts(q.Before)...)
	if text := a.ResolvedConfiguration["CustomData"]; text != "" {
		add("about", Wrap(text, l.width()-4-titleWidth)...)
	}
	if link := a.ResolvedConfiguration["ExternalEntityLink"]; link != "" {
		add("review", Clean(link))
	}
	if l.Hints.Answer != nil {
		add("answer", l.Hints.Answer(a.StageName, a.ActionName)...)
	}
	return lines
}

const titleWidth = 11

// revisions lists what the source actions before it found, each behind its name where there are several.
func (l Lines) revisions(before []*execution.Action) []string {
	var names, texts []string
	for _, a := range before {
		if text := Revision(a); text != "" {
			names, texts = append(names, a.ActionName), append(texts, text)
		}
	}
	width := NameWidth(names)
	for i, text := range texts {
		if len(texts) > 1 {
			text = pad(Fit(names[i], width), width) + "  " + text
		}
		texts[i] = Fit(text, l.width()-4-titleWidth)
	}
	return texts
}

// artifacts lists the artifacts of earlier actions with their digests.
func (l Lines) artifacts(before []*execution.Action) []string {
	var names []string
	for _, a := range before {
		for _, out := range a.OutputArtifacts {
			names = append(names, out.Name)
		}
	}
	width := NameWidth(names)
	var lines []string
	for _, a := range before {
		for _, out := range a.OutputArtifacts {
			line := Fit(out.Name, width)
			if size := sizeOf(out); size != "" {
				line = fmt.Sprintf("%s  %7s  sha256 %s", pad(line, width), size, l.digest(out.SHA256, width))
			}
			lines = append(lines, Fit(line, l.width()-4-titleWidth))
		}
	}
	return lines
}

// digest shows a digest whole where there is room for it.
func (l Lines) digest(sha256 string, nameWidth int) string {
	if 4+titleWidth+nameWidth+2+7+2+7+len(sha256) <= l.width() {
		return sha256
	}
	return head(sha256, 12)
}
