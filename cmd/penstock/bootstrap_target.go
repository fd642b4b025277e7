package main

import (
	"cmp"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/resources"
)

func bootstrapTargetCommand(p process) *cobra.Command {
	var target resources.Target
	cmd := &cobra.Command{
		Use:   "bootstrap-target --trusted-account ACCOUNT",
		Short: "Print the stack of an account or Region that is deployed to",
		Long: `Print the CloudFormation template, as YAML, of what an account or a Region needs
that a platform's pipelines deploy to: the role that they assume there, a bucket
and a key for artifacts, and a rule that forwards events to the platform.
Nothing is asked of AWS, and the same words print the same template.

Deploy it there, and write its outputs into definitions: RoleArn as the roleArn
of actions, Bucket and KeyArn as the artifact store of that Region.`,
		Example: "  penstock bootstrap-target --trusted-account 111122223333 > target.yaml",
		Args:    atMost(0, "bootstrap-target takes no words"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkTarget(cmd, target); err != nil {
				return err
			}
			template, err := target.Template()
			if err != nil {
				return err
			}
			_, err = p.stdout.Write(template)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&target.Account, "trusted-account", "", "the `ACCOUNT` of the platform, twelve digits")
	flags.StringVar(&target.Platform, platformName, resources.DefaultName, "the `NAME` of the platform")
	flags.StringVar(&target.Region, "region", "", "the `REGION` of the platform, where the stack goes to another one")
	flags.StringArrayVar(&target.Pipelines, "pipeline", nil, "a `PIPELINE` that may deploy there; again for each; without it all may")
	return cmd
}

// What flags look like of which the names of resources are made.
var (
	accountLike  = likeness{resources.IsAccount, "write the twelve digits of an account"}
	platformLike = likeness{resources.IsPlatformName, "write the platform's name: " + resources.PlatformNames}
	regionLike   = likeness{regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`).MatchString, "write a Region, such as eu-central-1"}
	pipelineLike = likeness{regexp.MustCompile(`^[A-Za-z0-9.@_-]{1,100}$`).MatchString, "write the name of a pipeline"}
)

type likeness struct {
	is   func(string) bool
	want string
}

// like refuses values of a flag that are not what they must be. What was not given is not looked at.
func (l likeness) like(cmd *cobra.Command, flag string, values ...string) error {
	for _, value := range values {
		if cmd.Flags().Changed(flag) && !l.is(value) {
			return usage(cmd, fmt.Sprintf("--%s is %q", flag, value), l.want)
		}
	}
	return nil
}

func checkTarget(cmd *cobra.Command, t resources.Target) error {
	if !cmd.Flags().Changed("trusted-account") {
		return usage(cmd, "--trusted-account is missing", accountLike.want)
	}
	return cmp.Or(
		accountLike.like(cmd, "trusted-account", t.Account), platformLike.like(cmd, platformName, t.Platform),
		regionLike.like(cmd, "region", t.Region), pipelineLike.like(cmd, "pipeline", t.Pipelines...),
	)
}
