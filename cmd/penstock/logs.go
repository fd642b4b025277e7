package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local/logs"
	"github.com/penstock-ci/penstock/internal/local/owner"
)

func logsCommand(p process) *cobra.Command {
	var flags sideFlags
	var output outputFlags
	cmd := &cobra.Command{
		Use:   "logs [EXECUTION] [STAGE/ACTION]",
		Short: "Print what the actions of a run wrote",
		Long: `Print what the actions of a run wrote, or only one of them. EXECUTION is the
identity of a run or the beginning of it; without one the latest is meant. A
platform on AWS gives no logs: with --platform it says where they are.`,
		Example: "  penstock logs\n  penstock logs Build/Compile\n  penstock logs 4f3c9a1e Build/Compile",
		Args:    atMost(2, "name an execution, and an action as STAGE/ACTION"),

		ValidArgsFunction: completeFrom(&flags.placeFlags, logCandidates),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			request := logsRequest{json: output.wantsJSON()}
			var err error
			if request.execution, request.action, err = executionAndAction(cmd, args); err != nil {
				return err
			}
			if flags.platform.given(cmd, p) == "" {
				return printLogs(cmd, p, &flags.placeFlags, request)
			}
			return flags.platform.visit(cmd, p, flags.platform.pipeline, func(r *remote) error { return logsOnPlatform(cmd.Context(), r, request) })
		},
	}
	flags.add(cmd)
	flags.platform.addPipeline(cmd)
	output.add(cmd)
	return cmd
}

type logsRequest struct {
	execution, action string
	json              bool
}

func printLogs(cmd *cobra.Command, p process, flags *placeFlags, request logsRequest) (err error) {
	session, _, err := flags.open(cmd.Context())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	chosen, err := chooseLogs(cmd.Context(), session, request)
	if err != nil {
		return err
	}
	wrote := false
	for _, a := range chosen {
		write := func(line string) error {
			_, err := io.WriteString(p.stdout, line+"\n")
			return err
		}
		switch {
		case request.json:
			write = func(line string) error {
				return printJSONLine(p.stdout, logJSON{events.PenstockLog, logDetail{a.PipelineExecutionID, a.StageName, a.ActionName, line}})
			}
		case len(chosen) > 1:
			write = func(line string) error {
				_, err := fmt.Fprintf(p.stdout, "%s/%s | %s\n", a.StageName, a.ActionName, line)
				return err
			}
		}
		err := eachLine(session.Logs(), a, func(line string) error {
			wrote = true
			return write(line)
		})
		if err != nil {
			return err
		}
	}
	if !wrote && !request.json {
		say(p, "", wroteNothing(chosen))
	}
	return nil
}

func wroteNothing(chosen []*execution.Action) string {
	if len(chosen) == 1 {
		return chosen[0].StageName + "/" + chosen[0].ActionName + " wrote nothing"
	}
	return "no action of this execution wrote anything"
}

// logJSON is a line of a log that was kept: as in run --json, without the envelope's time and identity, which are not
// kept.
type logJSON struct {
	DetailType string    `json:"detail-type"`
	Detail     logDetail `json:"detail"`
}

// chooseLogs finds the action executions whose logs are wanted, in the order in which they began.
func chooseLogs(ctx context.Context, session *owner.Session, request logsRequest) ([]*execution.Action, error) {
	shown, err := readShown(ctx, session, request.execution)
	if err != nil || request.action == "" {
		return shown.Actions, err
	}
	var names []string
	for _, a := range shown.Actions {
		name := a.StageName + "/" + a.ActionName
		if name == request.action {
			return []*execution.Action{a}, nil
		}
		names = append(names, name)
	}
	err = fmt.Errorf("no action %s ran in execution %s", request.action, shown.Execution.PipelineExecutionID)
	if nearest, ok := diag.Nearest(request.action, names); ok {
		return nil, withHelp(err, "did you mean %s?", nearest)
	}
	return nil, withHelp(err, "those that ran are %s", strings.Join(names, ", "))
}

// eachLine reads a log line by line. An action that wrote nothing has no lines.
func eachLine(all *logs.Logs, a *execution.Action, f func(line string) error) error {
	file, err := all.Open(logs.Name{Execution: a.PipelineExecutionID, Stage: a.StageName, Action: a.ActionName})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	reader := bufio.NewReader(file)
	for {
		line, err := reader.ReadString('\n')
		if line != "" {
			if err := f(strings.TrimSuffix(line, "\n")); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the log of %s/%s: %w", a.StageName, a.ActionName, err)
		}
	}
}
