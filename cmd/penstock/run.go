package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/bindings"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/statemachines"
)

// runRequest is what the command line of run says.
type runRequest struct {
	file      string
	variables []string // NAME=VALUE
	revisions []string // ACTION=REVISION
	stateDir  string
	json      bool
	anew      bool
	// watches says that the run is only followed.
	watches bool
	// elsewhere says that approvals which nobody here answers are left to other shells.
	elsewhere bool
	shell     bool
	approvals approvalFlags
	mocks     mockFlags
	template  templateFlags
	part      partFlags
}

func runCommand(p process) *cobra.Command {
	var request runRequest
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Run a pipeline on this machine",
		Long: `Run a pipeline on this machine: the same state machine that runs on AWS, with
what penstock.local.yaml beside the definition says this machine stands in for.
What ran is kept in .penstock/ beside the definition.

Ctrl-C stops the run and the builds in it; a second one leaves at once. A run
that was interrupted otherwise, by a crash say, is taken up where it was: by the
same command, as long as the definition and what was given to it are the same.

--revision chooses what a source fetches: any revision of a git repository, the
digest of an image, the version of an object, or S3_OBJECT_KEY:KEY, its key.
With --json every event, log line and at last a summary is one object a line.

Exit status: 0 it succeeded, 1 the definition has errors, 2 wrong usage,
3 it failed or was stopped, or an operation failed.`,
		Example: "  penstock run pipeline.yaml\n  penstock run pipeline.yaml --until Build\n  penstock run pipeline.yaml --stage Staging\n  penstock run pipeline.yaml --yes --var CHANNEL=beta\n  penstock run pipeline.yaml --revision Source/Checkout=v1.4.2",
		Args:    exactlyOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			request.file = files[0]
			return runPipeline(cmd, p, &request)
		},
	}
	request.approvals.add(cmd)
	request.mocks.add(cmd)
	request.template.add(cmd)
	request.part.add(cmd)
	cmd.Flags().StringArrayVar(&request.variables, "var", nil, "give a pipeline variable its value, `NAME=VALUE`; may be repeated")
	cmd.Flags().StringArrayVar(&request.revisions, "revision", nil, "fetch this revision of a source, `ACTION=REVISION`; may be repeated")
	cmd.Flags().StringVar(&request.stateDir, "state-dir", "", "keep what ran in `DIR`, not in .penstock/ beside the definition")
	cmd.Flags().BoolVar(&request.anew, "new", false, "start a new run, even if one was interrupted, and close that")
	cmd.Flags().BoolVar(&request.elsewhere, "leave-approvals", false, "leave manual approvals to penstock approve and reject in another shell")
	cmd.Flags().BoolVar(&request.shell, "shell-on-failure", false, "open a shell in the folder of a build that fails, with its environment")
	cmd.Flags().BoolVar(&request.json, "json", false, "print events, log lines and a summary, one JSON object a line")
	return cmd
}

// prepared is a run about which everything is known to be right.
type prepared struct {
	definition definition
	bindings   *bindings.Bindings
	machines   []statemachines.Part
	variables  map[string]string
	revisions  []execution.SourceRevisionOverride
	place      place
}

func runPipeline(cmd *cobra.Command, p process, request *runRequest) error {
	c, err := consoleOf(cmd, p, p.stdout)
	if err != nil {
		return err
	}
	ready, err := prepare(cmd, p, request, c)
	if err != nil {
		return err
	}
	session, err := ready.place.open(cmd.Context(), local.Options{Bindings: ready.bindings, Create: true})
	if err != nil {
		return err
	}
	r := &running{
		process: p, request: request, prepared: ready, session: session, feed: local.NewFeed(), console: c, shell: newFailureShell(p),
	}
	err = r.execute(cmd.Context())
	if errors.Is(err, errLeft) {
		return exitError(exitFailed) // whoever leaves at once does not wait for the platform
	}
	return ready.place.explain(err)
}

// prepare finds everything that is wrong before anything starts.
func prepare(cmd *cobra.Command, p process, request *runRequest, c console) (prepared, error) {
	ready := prepared{place: placeOf(request.stateDir, request.file)}
	if err := ready.load(cmd, p, request); err != nil {
		return ready, err
	}
	d := ready.definition
	if err := request.part.validate(cmd, d.pipeline, len(request.revisions) > 0); err != nil {
		return ready, err
	}
	approvals, answers := approvalNames(d.pipeline, ready.bindings), request.elsewhere || c.answers && !request.json
	if err := request.approvals.validate(cmd, approvals, request.part.among(d.pipeline, approvals), answers); err != nil {
		return ready, err
	}
	if request.shell {
		if err := validateShell(cmd, p); err != nil {
			return ready, err
		}
	}
	var err error
	if ready.variables, err = variablesOf(cmd, d.pipeline, request.variables); err != nil {
		return ready, err
	}
	if ready.revisions, err = revisionsOf(cmd, ready, request.revisions); err != nil {
		return ready, err
	}
	if ready.machines, err = statemachines.Compile(d.pipeline); err != nil {
		return ready, fmt.Errorf("compile %s: %w", d.file, err)
	}
	return ready, nil
}

// load reads the definition and what this machine stands in for, and refuses what is wrong with either.
func (ready *prepared) load(cmd *cobra.Command, p process, request *runRequest) error {
	options, err := request.template.options(cmd)
	if err != nil {
		return err
	}
	d, err := parseDefinition(p, request.file, options)
	if err != nil {
		return err
	}
	b, err := readBindings(request.file)
	if err != nil {
		return err
	}
	if !d.diagnostics.HasErrors() {
		if err := request.mocks.apply(cmd, d.pipeline, b); err != nil {
			return err
		}
	}
	b.Deployed, b.WrongRevision = local.Deployed(cmd.Context(), ready.place.dir), local.WrongRevision(cmd.Context(), b.Bindings)
	d.check(b.options(pipeline.LocalEngine, d.pipeline))
	ready.definition, ready.bindings = d, b.Bindings
	err = refuse(cmd, p, b.against(d), func(file string) []byte {
		if file == d.file {
			return d.source
		}
		return b.Source(file)
	})
	if err != nil {
		fmt.Fprint(p.stderr, b.lines(d.pipeline))
	}
	return err
}

// variablesOf reads NAME=VALUE flags and holds them against the variables of the pipeline.
func variablesOf(cmd *cobra.Command, p *pipeline.Pipeline, flags []string) (map[string]string, error) {
	values := map[string]string{}
	var names []string
	for _, v := range p.Variables {
		names = append(names, v.Name.Value)
	}
	for _, flag := range flags {
		name, value, ok := strings.Cut(flag, "=")
		if !ok || name == "" {
			return nil, usage(cmd, fmt.Sprintf("--var is %q", flag), "write --var NAME=VALUE")
		}
		values[name] = value
		if known(p, name) {
			continue
		}
		message := fmt.Sprintf("pipeline %q declares no variable %q", p.Name.Value, name)
		switch nearest, found := diag.Nearest(name, names); {
		case found:
			return nil, usage(cmd, message, fmt.Sprintf("did you mean %q?", nearest))
		case len(names) == 0:
			return nil, usage(cmd, message, "it declares none at all")
		}
		return nil, usage(cmd, message, "it declares "+strings.Join(names, ", "))
	}
	for _, v := range p.Variables {
		if _, given := values[v.Name.Value]; !given && !v.DefaultValue.IsSet() {
			return nil, usage(cmd, fmt.Sprintf("variable %q has no default and needs a value", v.Name.Value),
				"add --var "+quoted(v.Name.Value)+"=VALUE")
		}
	}
	return values, nil
}

func known(p *pipeline.Pipeline, name string) bool {
	for _, v := range p.Variables {
		if v.Name.Value == name {
			return true
		}
	}
	return false
}

// request is what the run asks for.
func (ready *prepared) request(r *runRequest, environ []string) local.Request {
	return local.Request{
		Pipeline: ready.definition.pipeline, Machines: ready.machines, Bindings: ready.bindings, Environ: environ,
		Variables: ready.variables, SourceRevisions: ready.revisions, New: r.anew, Until: r.part.last(ready.definition.pipeline),
		Trigger: execution.Trigger{Type: "StartPipelineExecution", Detail: "penstock run"},
	}
}
