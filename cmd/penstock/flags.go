package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// outputFlags are the two ways to ask for JSON: -o json and --json.
type outputFlags struct {
	format string
	json   bool
}

func (o *outputFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.format, "output", "o", "text", "print as `FORMAT`, text or json")
	cmd.Flags().BoolVar(&o.json, "json", false, "the same as --output json")
}

func (o *outputFlags) validate(cmd *cobra.Command) error {
	return oneOf(cmd, "output", o.format, "text", "json")
}

func (o *outputFlags) wantsJSON() bool { return o.json || o.format == "json" }

// oneOf refuses a flag whose value is none of the allowed ones; an empty allowed value means that it may be left out.
func oneOf(cmd *cobra.Command, flag, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	names := slices.DeleteFunc(slices.Clone(allowed), func(name string) bool { return name == "" })
	return usage(cmd, fmt.Sprintf("--%s is %q", flag, value), "write "+strings.Join(names, " or "))
}

func atLeastOneFile(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage(cmd, "no file is named", "name a file with a pipeline definition")
	}
	return nil
}

func exactlyOneFile(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage(cmd, fmt.Sprintf("one file at a time, not %d: %s", len(args), strings.Join(args, " ")), "")
	}
	return atLeastOneFile(cmd, args)
}

// isDefinition says whether a word seems to be meant as the file of a definition.
func isDefinition(word string) bool {
	status, err := os.Stat(word)
	return err == nil && status.Mode().IsRegular() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(word))
}

// atMost refuses more words than a command takes, and files where what ran in them is named by a flag.
func atMost(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		for _, arg := range args {
			if cmd.Flags().Lookup("file") != nil && isDefinition(arg) {
				return usage(cmd, fmt.Sprintf("%q is a file, and %s takes none", arg, cmd.Name()), "to name the definition whose runs are meant: -f "+quoted(arg))
			}
		}
		if len(args) > n {
			return usage(cmd, fmt.Sprintf("unexpected %q", args[n]), what)
		}
		return nil
	}
}
