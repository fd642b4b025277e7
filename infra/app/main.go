// Command app is the CDK app of this module: cdk.json runs it. It reads the context and writes the cloud assembly.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/infra"
)

func main() {
	if err := synthesize(); err != nil {
		fmt.Fprintln(os.Stderr, "penstock:", err)
		os.Exit(1)
	}
}

func synthesize() (err error) {
	defer jsii.Close()
	// The CDK throws what its checks find, and jsii panics with it; the report of the checks is printed by then.
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("synthesis: %v", thrown)
		}
	}()
	app := awscdk.NewApp(nil)
	settings, err := infra.ReadSettings(app.Node())
	if err != nil {
		return err
	}
	if err := infra.AddStacks(app, settings); err != nil {
		return err
	}
	infra.AddChecks(app)
	app.Synth(nil)
	return nil
}
