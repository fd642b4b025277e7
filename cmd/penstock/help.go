package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/penstock-ci/penstock/internal/diag"
)

// group is a heading of the list of commands, with the commands below it.
type group struct {
	id, title string
	commands  []*cobra.Command
}

func groupsOf(p process) []group {
	return []group{
		{"definitions", "Definitions:", []*cobra.Command{
			checkCommand(p), graphCommand(p), fmtCommand(p), convertCommand(p), compileCommand(p), planCommand(p),
			actionTypesCommand(p), schemaCommand(p), bootstrapTargetCommand(p),
		}},
		{"runs", "Runs:", []*cobra.Command{
			runCommand(p), startCommand(p), watchCommand(p), approveCommand(p), rejectCommand(p), stopCommand(p), serveCommand(p),
			proxyCommand(p),
		}},
		{"ran", "What ran:", []*cobra.Command{
			executionsCommand(p), stateCommand(p), showCommand(p), logsCommand(p), eventsCommand(p), gcCommand(p),
		}},
		{"penstock", "Penstock:", []*cobra.Command{versionCommand(p)}},
	}
}

// addCommands adds every command below its heading, and refuses wrong words behind those that come with cobra.
func addCommands(root *cobra.Command, p process) {
	for _, g := range groupsOf(p) {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, cmd := range g.commands {
			cmd.GroupID = g.id
			root.AddCommand(cmd)
		}
	}
	root.SetHelpCommandGroupID("penstock")
	root.SetCompletionCommandGroupID("penstock")
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("completion")
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			helpOnCommands(cmd)
		case "completion":
			completionScripts(cmd)
		}
	}
}

// helpOnCommands makes help refuse what is no command; cobra's shows the help of all and succeeds.
func helpOnCommands(help *cobra.Command) {
	help.Short, help.Long = "Say how a command is used", "Say how a command is used, as COMMAND --help does."
	help.Use = "help [COMMAND]"
	help.Run = nil
	help.RunE = func(cmd *cobra.Command, words []string) error {
		found, rest, err := cmd.Root().Find(words)
		if err != nil || found == cmd.Root() && len(rest) > 0 {
			return unknownCommand(cmd.Root(), words)
		}
		found.InitDefaultHelpFlag()
		return found.Help()
	}
}

// completionScripts names the shells where none or another one is meant.
func completionScripts(completion *cobra.Command) {
	completion.Use, completion.Short = "completion SHELL", "Print a script that completes commands, flags and runs"
	completion.Long = "Print a script that lets a shell complete commands, flags and what ran. The help\nof each shell says where it belongs."
	var shells []string
	for _, shell := range completion.Commands() {
		shells = append(shells, shell.Name())
		shell.Args = atMost(0, shell.Name()+" takes no words")
		shell.Long = foldLines(shell.Long)
	}
	completion.Args = nil
	completion.RunE = func(cmd *cobra.Command, words []string) error {
		if len(words) == 0 {
			return usage(cmd, "no shell is named", "name one of "+strings.Join(shells, ", "))
		}
		message := fmt.Sprintf("there is no script for %q", words[0])
		if nearest, ok := diag.Nearest(words[0], shells); ok {
			return usage(cmd, message, fmt.Sprintf("did you mean %q?", nearest))
		}
		return usage(cmd, message, "name one of "+strings.Join(shells, ", "))
	}
}

// foldLines folds the lines of a text that are too wide for help.
func foldLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = diag.Fold(line, 0, defaultWidth)
	}
	return strings.Join(lines, "\n")
}

func flagNames(cmd *cobra.Command) []string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
