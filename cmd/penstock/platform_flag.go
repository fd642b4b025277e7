package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/api"
	"github.com/penstock-ci/penstock/internal/cloud/gateway"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/local"
)

// platformVariable is the environment variable that --platform stands for.
const platformVariable = "PENSTOCK_PLATFORM_URL"

// platformName is the flag of commands that call nobody: they need no URL of a platform, but the name that those of its
// resources begin with.
const platformName = "platform-name"

// findURL says where a platform tells its URL.
const findURL = "the URL is the output ApiUrl of the platform's stack, NAME-platform"

// platformFlag names a platform on AWS, and one of its pipelines where only that may be looked at.
type platformFlag struct{ url, pipeline string }

func (f *platformFlag) add(cmd *cobra.Command, what string) {
	cmd.Flags().StringVar(&f.url, "platform", "", what+" the platform at `URL`, its output ApiUrl; or set "+platformVariable)
}

// addPipeline adds the flag by which a command that looks for an execution looks at one pipeline only: of who may not list
// all.
func (f *platformFlag) addPipeline(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.pipeline, "pipeline", "", "look only at the pipeline `NAME` of a platform")
}

// refuseHere refuses flags that are of platforms where none is named.
func (f *platformFlag) refuseHere(cmd *cobra.Command) error {
	if f.pipeline == "" {
		return nil
	}
	return usage(cmd, "--pipeline is given, and no platform", "name the platform with --platform URL, or leave --pipeline out")
}

// given is the URL of the flag, or of the environment where no flag says where to look.
func (f *platformFlag) given(cmd *cobra.Command, p process) string {
	if f.url != "" || cmd.Flags().Changed("platform") {
		return f.url
	}
	for _, other := range []string{"file", "state-dir"} {
		if cmd.Flags().Changed(other) {
			return ""
		}
	}
	return p.getenv(platformVariable)
}

// gateway is the platform's API with the credentials of this shell.
func (f *platformFlag) gateway(cmd *cobra.Command, p process) (*gateway.Gateway, error) {
	url := f.given(cmd, p)
	if url == "" {
		return nil, usage(cmd, "no platform is named", "write --platform URL, or set "+platformVariable+"; "+findURL)
	}
	for _, other := range []string{"file", "state-dir"} {
		if cmd.Flags().Changed(other) {
			return nil, usage(cmd, fmt.Sprintf("--platform is given, and --%s, which is of this machine", other), "leave one of them out")
		}
	}
	parsed, err := gateway.ParseURL(url)
	if err != nil {
		return nil, usage(cmd, err.Error(), findURL)
	}
	return gateway.New(gateway.Config{URL: parsed, Path: api.PathOf, Now: local.Clock{}.Now}), nil
}

const (
	signIn   = "sign in as for the AWS command line: aws sts get-caller-identity says whether that has worked"
	wrongURL = "the URL is the output ApiUrl of the platform's stack, with its stage: https://ID.execute-api.REGION.amazonaws.com/v1"
)

// remedies are by the names of exceptions. Of a stage that it does not have API Gateway says no more than Forbidden, of a path
// that a token is missing.
var remedies = map[string]string{
	"UnrecognizedClientException":         signIn,
	"ExpiredTokenException":               signIn,
	"PipelineNotFoundException":           "to see which pipelines are there: penstock state",
	"AccessDeniedException":               "an IAM policy must allow execute-api:Invoke on that path",
	"ForbiddenException":                  wrongURL,
	"MissingAuthenticationTokenException": wrongURL,
	"InvalidSignatureException":           signIn + "; where the URL names no Region, AWS_REGION must be that of the platform",
}

// explainPlatform adds to an error of a platform what its user can do about it.
func explainPlatform(cmd *cobra.Command, err error) error {
	var e *execution.Error
	if !errors.As(err, &e) {
		return err
	}
	help := remedies[e.Name]
	if flag := cmd.Flags().Lookup("pipeline"); e.Name == "AccessDeniedException" && flag != nil && !flag.Changed {
		help += "; where one pipeline is meant, name it with --pipeline NAME, and no other is asked for"
	}
	if help != "" {
		return withHelp(err, "%s", help)
	}
	if e.Code == execution.Unavailable && e.Err != nil {
		return withHelp(err, "%s", wrongURL)
	}
	return err
}
