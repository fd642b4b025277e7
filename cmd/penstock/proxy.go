package main

import (
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/cmd/penstock/view"
	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/cloud/gateway"
	"github.com/penstock-ci/penstock/internal/local"
)

func proxyCommand(p process) *cobra.Command {
	var platform platformFlag
	var port int
	cmd := &cobra.Command{
		Use:   "proxy",
		Short: "Let the AWS command line and SDKs use a platform on AWS",
		Long: `Let the AWS command line and SDKs use a platform on AWS as they use
CodePipeline: they ask this machine, and their requests are signed again and
sent on. URL is the output ApiUrl of the platform's stack, such as
https://abc123.execute-api.eu-central-1.amazonaws.com/v1.

A client must have the credentials that this has, its session included: its
signature is verified before anything is sent, so nobody else on this machine
can use yours. Where each process gets a session of its own, as with IAM
Identity Center, put one into the environment of both shells:
aws configure export-credentials --format env.

Each request is printed with its path, by which an IAM policy allows it.`,
		Example: "  penstock proxy --platform URL\n  penstock proxy --platform URL --port 4580",
		Args:    atMost(0, "name the platform with --platform URL"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return explainPlatform(cmd, proxy(cmd, p, &platform, port))
		},
	}
	platform.add(cmd, "send requests to")
	cmd.Flags().IntVar(&port, "port", 0, "answer at `PORT` of this machine; 0 is any that is free")
	return cmd
}

func proxy(cmd *cobra.Command, p process, platform *platformFlag, port int) error {
	c, err := consoleOf(cmd, p, p.stdout)
	if err != nil {
		return err
	}
	if port < 0 || port > 65535 {
		return usage(cmd, fmt.Sprintf("--port is %d", port), "write a port of this machine, 0 being any that is free")
	}
	g, err := platform.gateway(cmd, p)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	key, region, err := g.Identity(ctx)
	if err != nil {
		return err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return withHelp(fmt.Errorf("listen: %w", err), "name another port with --port PORT, 0 being any that is free")
	}
	endpoint := "http://" + listener.Addr().String()
	lines := view.Wrap("CodePipeline's API of "+platform.given(cmd, p)+", for clients with the access key "+key+":", c.style.Width)
	lines = append(lines, endpoint, "", "aws --endpoint-url "+endpoint+" --region "+region+" codepipeline list-pipelines", "", "Ctrl-C ends this.")
	if err := printLines(p.stdout, lines); err != nil {
		return err
	}
	t := &teller{process: p}
	return answerUntilSignal(ctx, p, listener, &gateway.Proxy{Gateway: g, Refuse: api.Refuse, Tell: t.tell})
}

// teller prints requests, of which several may be answered at once.
type teller struct {
	process  process
	printing sync.Mutex
}

func (t *teller) tell(path string, status int, err error) {
	t.printing.Lock()
	defer t.printing.Unlock()
	line := fmt.Sprintf("%s  %d", path, status)
	if err != nil {
		line = "not sent: " + err.Error()
	}
	fmt.Fprintf(t.process.stdout, "%s  %s\n", local.Clock{}.Now().Local().Format(time.TimeOnly), view.Clean(line)) // a reader may have gone
}
