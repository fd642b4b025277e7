package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/statemachines"
)

// serveRequest is what the command line of serve says.
type serveRequest struct {
	files    []string
	stateDir string
	listen   string
	template templateFlags
}

func serveCommand(p process) *cobra.Command {
	var request serveRequest
	cmd := &cobra.Command{
		Use:   "serve FILE...",
		Short: "Answer CodePipeline's API for pipelines on this machine",
		Long: `Answer CodePipeline's API on this machine, for the AWS command line and SDKs:
the pipelines of the files are listed, started here with penstock.local.yaml
beside each, stopped and approved. Runs that were interrupted are taken up.

It listens on this machine only and verifies no signature. Other commands,
penstock run and approve in another shell, work at the same time.

Ctrl-C stops what runs and ends it; a second one leaves at once, and what ran is
taken up by the next.`,
		Example: "  penstock serve pipeline.yaml\n  penstock serve pipeline.yaml --listen 127.0.0.1:4580\n  penstock serve a/pipeline.yaml b/pipeline.yaml --state-dir .penstock",
		Args:    atLeastOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			request.files = files
			return serve(cmd, p, &request)
		},
	}
	request.template.add(cmd)
	cmd.Flags().StringVar(&request.stateDir, "state-dir", "", "keep what ran in `DIR`, not in .penstock/ beside the definition")
	cmd.Flags().StringVar(&request.listen, "listen", "127.0.0.1:0", "answer at `ADDRESS`, a port of this machine; port 0 is any that is free")
	return cmd
}

func serve(cmd *cobra.Command, p process, request *serveRequest) error {
	c, err := consoleOf(cmd, p, p.stdout)
	if err != nil {
		return err
	}
	if err := request.validate(cmd); err != nil {
		return err
	}
	served, err := request.load(cmd, p)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", request.listen)
	if err != nil {
		return withHelp(fmt.Errorf("listen: %w", err), "name another port with --listen 127.0.0.1:PORT, 0 being any that is free")
	}
	pl := served[0].place
	session, err := pl.open(ctx, local.Options{Bindings: served[0].bindings, Create: true})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s := &serving{process: p, console: c, place: pl, session: session, served: served}
	err = s.run(ctx, listener)
	if errors.Is(err, errLeft) {
		return exitError(exitFailed) // whoever leaves at once does not wait for the platform
	}
	return pl.explain(err)
}

// validate refuses an address that others than this machine could reach, and files of which nobody knows where to keep
// what ran.
func (r *serveRequest) validate(cmd *cobra.Command) error {
	host, _, err := net.SplitHostPort(r.listen)
	if err != nil {
		return usage(cmd, fmt.Sprintf("--listen is %q", r.listen), "write --listen 127.0.0.1:PORT, port 0 being any that is free")
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usage(cmd, fmt.Sprintf("--listen is %q, which other machines may reach", r.listen),
			"signatures are not verified, so only this machine may: write 127.0.0.1, ::1 or localhost")
	}
	if i := slices.Index(r.files, "-"); i >= 0 && len(r.files) > 1 {
		return usage(cmd, "standard input is one of several files", "name it alone")
	}
	first := placeOf(r.stateDir, r.files[0]).dir
	for _, file := range r.files[1:] {
		if dir := placeOf(r.stateDir, file).dir; dir != first {
			return usage(cmd, fmt.Sprintf("%s and %s lie in two folders", r.files[0], file), "say where to keep what runs: --state-dir DIR")
		}
	}
	return nil
}

// load reads every file and finds everything that is wrong in all of them.
func (r *serveRequest) load(cmd *cobra.Command, p process) ([]prepared, error) {
	var served []prepared
	var wrong error
	files := map[string]string{} // by pipeline
	for _, file := range r.files {
		one := runRequest{file: file, stateDir: r.stateDir, template: r.template}
		ready := prepared{place: placeOf(r.stateDir, file)}
		err := ready.load(cmd, p, &one)
		var status exitError
		switch {
		case errors.As(err, &status):
			wrong = err // it is told
			continue
		case err != nil:
			return nil, err
		}
		name := ready.definition.pipeline.Name.Value
		if other, known := files[name]; known {
			return nil, usage(cmd, fmt.Sprintf("%s and %s both define the pipeline %q", other, file, name), "name one of them, or rename one pipeline")
		}
		files[name] = file
		if ready.machines, err = statemachines.Compile(ready.definition.pipeline); err != nil {
			return nil, fmt.Errorf("compile %s: %w", file, err)
		}
		served = append(served, ready)
	}
	return served, wrong
}

// served is what an execution of a served pipeline runs with.
func (ready *prepared) served() local.Request {
	return local.Request{Bindings: ready.bindings, Environ: os.Environ()}
}

// shown is where what ran is kept, as a user would write it.
func (pl place) shown() string {
	return strings.TrimSuffix(filepath.ToSlash(pl.dir), "/")
}
