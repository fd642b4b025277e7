package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
)

// startRequest is what the command line of start says.
type startRequest struct {
	pipeline             string
	variables, revisions []string
	token                string
	json                 bool
}

func startCommand(p process) *cobra.Command {
	var platform platformFlag
	var output outputFlags
	var request startRequest
	cmd := &cobra.Command{
		Use:   "start PIPELINE",
		Short: "Start a pipeline of a platform on AWS",
		Long: `Start a pipeline of a platform on AWS: the newest version of its definition that
is registered there. On this machine it is penstock run that starts one.`,
		Example: "  penstock start go-service --platform URL\n  penstock start go-service --var CHANNEL=beta --revision Checkout=1f2e3d4",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(cmd, fmt.Sprintf("one pipeline is started, not %d", len(args)), "name it: penstock start PIPELINE")
			}
			if isDefinition(args[0]) {
				return usage(cmd, fmt.Sprintf("%q is a file, and start takes the name of a pipeline of a platform", args[0]), "to run a definition here: penstock run "+quoted(args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			request.pipeline, request.json = args[0], output.wantsJSON()
			return platform.visit(cmd, p, "", func(r *remote) error { return start(cmd, p, r, request) })
		},
	}
	platform.add(cmd, "start it on")
	output.add(cmd)
	cmd.Flags().StringArrayVar(&request.variables, "var", nil, "give a pipeline variable its value, `NAME=VALUE`; may be repeated")
	cmd.Flags().StringArrayVar(&request.revisions, "revision", nil, "have a source fetch that revision, `ACTION=REVISION`; may be repeated")
	cmd.Flags().StringVar(&request.token, "token", "", "start once, however often it is asked for with this `TOKEN`")
	return cmd
}

func start(cmd *cobra.Command, p process, r *remote, request startRequest) error {
	ctx := cmd.Context()
	in, err := request.input(ctx, cmd, r)
	if err != nil {
		return err
	}
	id, err := r.StartPipelineExecution(ctx, request.pipeline, in)
	if err != nil {
		return err
	}
	if request.json {
		return printJSON(p.stdout, map[string]string{"pipelineExecutionId": id})
	}
	watch := r.place.command(p, "watch", view.ShortID(id), "--pipeline", request.pipeline)
	return printLines(p.stdout, r.console.style.LeadOn("started execution "+view.ShortID(id)+" of "+view.Clean(request.pipeline), watch))
}

// input reads the flags. Only who chooses a revision needs to know the definition: what kind of revision its sources take.
func (s startRequest) input(ctx context.Context, cmd *cobra.Command, r *remote) (execution.StartInput, error) {
	in := execution.StartInput{ClientRequestToken: s.token, Variables: map[string]string{}}
	for _, flag := range s.variables {
		name, value, ok := strings.Cut(flag, "=")
		if !ok || name == "" {
			return in, usage(cmd, fmt.Sprintf("--var is %q", flag), "write --var NAME=VALUE")
		}
		in.Variables[name] = value
	}
	if len(s.revisions) == 0 {
		return in, nil
	}
	definition, err := r.registered(ctx, s.pipeline)
	if err != nil {
		return in, err
	}
	for _, flag := range s.revisions {
		o, err := revisionOf(cmd, definition, flag)
		if err != nil {
			return in, err
		}
		in.SourceRevisions = append(in.SourceRevisions, o)
	}
	return in, nil
}
