package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

func actionTypesCommand(p process) *cobra.Command {
	var output outputFlags
	cmd := &cobra.Command{
		Use:   "action-types [NAME]",
		Short: "Say what is known about action types and rule types",
		Long: `List the action types and rule types that definitions can use, or say everything
that is known about those of a name: their artifacts, configuration keys, output
variables, permissions, and how one learns that they are done.
NAME is a provider, a category, or both: CodeBuild, Build, Build/CodeBuild.`,
		Example: "  penstock action-types\n  penstock action-types Deploy/CloudFormation",
		Args:    atMost(1, "name one action type, like Build/CodeBuild"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			rows := slices.Concat(catalogue.ActionTypes(), catalogue.RuleTypes())
			if len(args) == 0 && !output.wantsJSON() {
				return printLines(p.stdout, actionTypeTable(rows))
			}
			if len(args) > 0 {
				if rows = catalogue.Find(args[0]); len(rows) == 0 {
					return unknownActionType(cmd, args[0])
				}
			}
			if output.wantsJSON() {
				return printJSON(p.stdout, rows)
			}
			return printLines(p.stdout, actionTypePages(rows, widthOf(p, p.stdout)))
		},
	}
	output.add(cmd)
	return cmd
}

func unknownActionType(cmd *cobra.Command, name string) error {
	var names []string
	for _, t := range slices.Concat(catalogue.ActionTypes(), catalogue.RuleTypes()) {
		names = append(names, t.Short(), t.Provider, t.Category)
	}
	help := "penstock action-types lists all; those of owner Custom are declared by their users"
	if nearest, ok := diag.Nearest(name, names); ok {
		help = fmt.Sprintf("did you mean %q?", nearest)
	}
	return usage(cmd, fmt.Sprintf("there is no action type %q", name), help)
}

const actionTypeRow = "%-37s %-5s %-5s %-4s %-7s %-9s %s"

func actionTypeTable(rows []catalogue.ActionType) []string {
	lines := []string{fmt.Sprintf(actionTypeRow, "ACTION TYPE", "IN", "OUT", "V2", "DONE BY", "ACCOUNTS", "REGIONS")}
	for _, t := range rows {
		only := "-"
		if t.V2Only.Answer == catalogue.Yes {
			only = "only"
		}
		lines = append(lines, strings.TrimRight(fmt.Sprintf(actionTypeRow, t.Short(), countRange(t.Inputs),
			countRange(t.Outputs), only, t.Completion.Kind, shortClaim(t.CrossAccount), shortClaim(t.CrossRegion)), " "))
	}
	return append(lines, "", "ACCOUNTS, REGIONS: whether it can act in others; ? is unconfirmed or unknown.",
		"All about one: penstock action-types NAME")
}

func countRange(c catalogue.Counts) string {
	if c.Min == c.Max {
		return fmt.Sprint(c.Min)
	}
	return fmt.Sprintf("%d-%d", c.Min, c.Max)
}

func shortClaim(c catalogue.Claim) string {
	switch {
	case c.Answer == catalogue.Unknown:
		return "?"
	case c.Answer == catalogue.NotApplicable:
		return "-"
	case c.Unconfirmed:
		return string(c.Answer) + "?"
	}
	return string(c.Answer)
}

func actionTypePages(rows []catalogue.ActionType, width int) []string {
	var lines []string
	for i, t := range rows {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, actionTypePage(t, width)...)
	}
	return lines
}

// factColumn is where the facts begin that stand behind their names.
const factColumn = 18

func actionTypePage(t catalogue.ActionType, width int) []string {
	lines := append([]string{t.String()}, indented(t.Summary, 2, width)...)
	lines = append(lines, "")
	for _, fact := range t.Facts() {
		says := indented(fact.Says, factColumn, width)
		lines = append(lines, fact.Name+says[0][len(fact.Name):])
		lines = append(lines, says[1:]...)
	}
	for i, note := range t.Notes {
		if i == 0 {
			lines = append(lines, "", "notes")
		}
		lines = append(lines, indented(note, 2, width)...)
	}
	lines = append(lines, propertyLines(t, width)...)
	return append(lines, permissionLines(t, width)...)
}

func propertyLines(t catalogue.ActionType, width int) []string {
	var lines []string
	for i, p := range t.Properties {
		if i == 0 {
			lines = append(lines, "", "configuration")
		}
		lines = append(lines, "  "+p.Name)
		lines = append(lines, indented(p.Does, 6, width)...)
		if needs := p.Needs(); needs != "" {
			lines = append(lines, indented(needs, 6, width)...)
		}
	}
	return lines
}

func permissionLines(t catalogue.ActionType, width int) []string {
	var lines []string
	for i, p := range t.Permissions {
		if i == 0 {
			lines = append(lines, "", "permissions")
		}
		lines = append(lines, indented(strings.Join(p.Actions, " "), 2, width)...)
		for _, resource := range p.Resources {
			lines = append(lines, indented(resource, 6, width)...)
		}
		if only := p.Only(); only != "" {
			lines = append(lines, indented(only, 6, width)...)
		}
	}
	return lines
}

// indented breaks a text into lines between words; a longer word stands alone. There is always a line.
func indented(text string, indent, width int) []string {
	margin := strings.Repeat(" ", indent)
	lines := []string{margin}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case len(*last) == indent:
			*last += word
		case len(*last)+1+len(word) <= width:
			*last += " " + word
		default:
			lines = append(lines, margin+word)
		}
	}
	return lines
}
