package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/penstock-ci/penstock/internal/diag"
)

const about = `Penstock runs release pipelines: CodePipeline definitions, compiled into Step
Functions state machines that run on this machine.

Exit status: 0 fine, 1 the definition has errors, 2 wrong usage,
3 a run that failed or was stopped, or an operation that failed.`

func rootCommand(p process) *cobra.Command {
	root := &cobra.Command{
		Use:           "penstock",
		Short:         "Run release pipelines",
		Long:          about,
		Version:       readVersion().String(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().String("color", "auto", "when to use colours, `WHEN` being auto, always or never")
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), "FlagUsages |", fmt.Sprintf("FlagUsagesWrapped %d |", defaultWidth)))
	root.SetIn(p.stdin)
	root.SetOut(p.stdout) // before the commands are added: some keep it
	root.SetErr(p.stderr)
	addCommands(root, p)
	return root
}

// unknownCommand refuses words behind the root command: they are meant to be commands.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	message := fmt.Sprintf("unknown command %q", args[0])
	if nearest, ok := diag.Nearest(args[0], names); ok {
		return usage(cmd, message, fmt.Sprintf("did you mean %q?", nearest))
	}
	return usage(cmd, message, "the commands are "+strings.Join(names, ", "))
}

// askName is for commands that need the name of a platform and no URL, which --platform is everywhere.
const askName = "nothing is asked of a platform here: its name is --" + platformName + " NAME"

// insteadOf says what does on a platform on AWS what a command does here only, and what names a platform that is not called.
var insteadOf = map[string]string{
	"run --platform":              "run is always on this machine; penstock start PIPELINE --platform URL starts a pipeline there",
	"serve --platform":            "serve is for this machine; penstock proxy --platform URL gives the API of a platform a local port",
	"events --platform":           "events are kept on this machine only; penstock watch EXECUTION --json --platform URL tells what has happened there",
	"plan --platform":             askName,
	"bootstrap-target --platform": askName,
	"gc --platform":               "gc is for this machine; artifacts on AWS are kept by the rules of their bucket",
}

// flagError turns what the flag parser says into a usage error, with the flag that was probably meant.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if help := insteadOf[cmd.Name()+" --"+unknown.GetSpecifiedName()]; help != "" {
			return usage(cmd, err.Error(), help)
		}
		if cmd.Flags().Lookup("platform") != nil && unknown.GetSpecifiedName() == platformName {
			return usage(cmd, err.Error(), "a platform that is asked is named by its URL: --platform URL")
		}
		if nearest, ok := diag.Nearest(unknown.GetSpecifiedName(), flagNames(cmd)); ok {
			return usage(cmd, err.Error(), fmt.Sprintf("did you mean --%s?", nearest))
		}
	}
	return usage(cmd, err.Error(), "")
}
