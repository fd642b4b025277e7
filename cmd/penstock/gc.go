package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

// defaultKeep is how many of the newest executions of a pipeline keep their artifacts.
const defaultKeep = 10

func gcCommand(p process) *cobra.Command {
	var flags placeFlags
	var output outputFlags
	var request gcRequest
	var olderThan string
	cmd := &cobra.Command{
		Use:   "gc",
		Short: "Remove the artifacts that nothing needs any more",
		Long: `Remove the artifacts of old runs from the state directory, and what killed
processes left there.

Kept are those of every run that has not ended, of each pipeline's newest runs,
and of each stage's last two runs that succeeded in it and the last one that
failed there: a retry, a rollback or a run from an earlier one may need them.
Records, deployed files and, without --logs, logs all stay.`,
		Example: "  penstock gc --dry-run\n  penstock gc --keep 3 --older-than 30d --logs",
		Args:    atMost(0, "name a definition with -f FILE, or a directory with --state-dir DIR"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := output.validate(cmd); err != nil {
				return err
			}
			if request.keep < 0 {
				return usage(cmd, fmt.Sprintf("--keep is %d", request.keep), "write how many of the newest runs of each pipeline to keep, 0 or more")
			}
			age, err := parseAge(olderThan)
			if err != nil {
				return usage(cmd, fmt.Sprintf("--older-than is %q", olderThan), "write an age such as 36h or 30d")
			}
			request.age, request.json, request.words = age, output.wantsJSON(), repeated(cmd)
			return flags.look(cmd, p, func(l looking) error {
				return l.place.explain(collect(cmd.Context(), p, l, request))
			})
		},
	}
	flags.add(cmd)
	cmd.Flags().IntVar(&request.keep, "keep", defaultKeep, "keep the artifacts of the newest `N` runs of each pipeline")
	cmd.Flags().StringVar(&olderThan, "older-than", "", "keep also those of runs that ended since `AGE` ago, such as 36h or 30d")
	cmd.Flags().BoolVar(&request.logs, "logs", false, "remove the logs of the same runs too")
	cmd.Flags().BoolVar(&request.dryRun, "dry-run", false, "say what would be removed, and remove nothing")
	output.add(cmd)
	return cmd
}

type gcRequest struct {
	keep               int
	age                time.Duration
	logs, dryRun, json bool
	// words are the command that removes what a dry run has shown.
	words []string
}

// parseAge reads a duration, in days too; empty is 0.
func parseAge(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	var age time.Duration
	var err error
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		age = time.Duration(n) * 24 * time.Hour
	} else {
		age, err = time.ParseDuration(text)
	}
	if err == nil && age < 0 {
		err = fmt.Errorf("%s is negative", text)
	}
	return age, err
}

func (r gcRequest) retention() execution.Retention {
	retention := execution.Retention{Newest: r.keep}
	if r.age > 0 {
		retention.Before = local.Clock{}.Now().Add(-r.age)
	}
	return retention
}

// repeated is a command with the flags that decide what goes.
func repeated(cmd *cobra.Command) []string {
	words := []string{"gc"}
	for _, name := range []string{"keep", "older-than", "logs"} {
		switch f := cmd.Flags().Lookup(name); {
		case f.Changed && f.Value.Type() == "bool":
			words = append(words, strings.TrimSuffix("--"+name+"="+f.Value.String(), "=true"))
		case f.Changed:
			words = append(words, "--"+name, f.Value.String())
		}
	}
	return words
}

func collect(ctx context.Context, p process, l looking, request gcRequest) error {
	platform := l.Platform()
	if platform == nil {
		return withHelp(errors.New("runs go on here: what they make cannot be told from what nobody needs"), "wait until they have ended, or see what runs: %s", l.place.command(p, "executions"))
	}
	g, err := platform.FindGarbage(ctx, request.retention(), request.logs)
	if err == nil && !request.dryRun {
		err = platform.RemoveGarbage(ctx, g)
	}
	if err != nil {
		return err
	}
	if request.json {
		return printJSON(p.stdout, garbageReport(g, request.dryRun))
	}
	return printLines(p.stdout, drawGarbage(p, l, request, g))
}

func drawGarbage(p process, l looking, request gcRequest, g *local.Garbage) []string {
	drawn := view.Garbage{Stray: len(g.Stray), Unfinished: g.Unfinished}
	for _, s := range g.Stray {
		drawn.StrayBytes += s.Bytes
	}
	for _, e := range g.Expired {
		drawn.Rows = append(drawn.Rows, view.GarbageRow{Execution: e.Execution, Artifacts: len(e.Artifacts), Logs: e.Logs, Bytes: e.Bytes()})
	}
	lines := l.console.style.Garbage(drawn)
	kept := view.KeptWithArtifacts(g.Kept)
	switch {
	case len(lines) == 0:
		return l.console.style.Sentence("nothing to remove: " + kept)
	case request.dryRun:
		sentence := fmt.Sprintf("would remove %s; %s", view.Bytes(g.Bytes()), kept)
		return append(lines, l.console.style.LeadOn(sentence, l.place.command(p, request.words...))...)
	}
	return append(lines, l.console.style.Sentence(fmt.Sprintf("removed %s; %s", view.Bytes(g.Bytes()), kept))...)
}

// garbageJSON is what goes, or has gone. Sizes are in bytes.
type garbageJSON struct {
	DryRun     bool              `json:"dryRun"`
	Bytes      int64             `json:"bytes"`
	Executions []expiredJSON     `json:"executions"`
	Stray      []garbageFileJSON `json:"unrecordedArtifacts"`
	Unfinished int64             `json:"unfinishedBytes"`
	Kept       int               `json:"executionsKept"`
}

type expiredJSON struct {
	PipelineName string                    `json:"pipelineName"`
	ID           string                    `json:"pipelineExecutionId"`
	Status       execution.ExecutionStatus `json:"status"`
	Artifacts    []garbageFileJSON         `json:"artifacts"`
	LogBytes     int64                     `json:"logBytes"`
}

type garbageFileJSON struct {
	Name   string `json:"name,omitempty"`
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
	Bytes  int64  `json:"bytes"`
}

func garbageReport(g *local.Garbage, dryRun bool) garbageJSON {
	out := garbageJSON{
		DryRun: dryRun, Bytes: g.Bytes(), Executions: []expiredJSON{}, Stray: garbageFiles(g.Stray),
		Unfinished: g.Unfinished, Kept: g.Kept,
	}
	for _, e := range g.Expired {
		out.Executions = append(out.Executions, expiredJSON{e.PipelineName, e.PipelineExecutionID, e.Status, garbageFiles(e.Artifacts), e.Logs})
	}
	return out
}

func garbageFiles(all []local.Stored) []garbageFileJSON {
	out := []garbageFileJSON{}
	for _, s := range all {
		out = append(out, garbageFileJSON{s.Name, s.At.Bucket, s.At.Key, s.Bytes})
	}
	return out
}
