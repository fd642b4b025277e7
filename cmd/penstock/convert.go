package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/format"
	"github.com/penstock-ci/penstock/pipeline/tree"
)

func convertCommand(p process) *cobra.Command {
	var request convertRequest
	cmd := &cobra.Command{
		Use:   "convert FILE --to FORM",
		Short: "Write a definition in another form",
		Long: `Write a definition in another form: api, what aws codepipeline create-pipeline
--cli-input-json takes; cloudformation, a template; authoring, the short form.
Prints the result, which means the same; what the form has no place for is named
on standard error. A file named - is standard input.`,
		Example: `  penstock convert template.yaml --to authoring --pipeline Release
  penstock convert pipeline.yaml --to cloudformation
  penstock convert pipeline.yaml --to api --artifact-bucket my-bucket \
    --role-arn arn:aws:iam::111122223333:role/CodePipeline`,
		Args: exactlyOneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := request.validate(cmd); err != nil {
				return err
			}
			return convert(cmd, p, files[0], request)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&request.to, "to", "", "the `FORM`: api, cloudformation or authoring")
	flags.StringVar(&request.format, "format", "", "`FORMAT` of the result, json or yaml (json for api, else yaml)")
	flags.StringVar(&request.pipeline, "pipeline", "", "the pipeline with this `NAME`, of several in a template")
	flags.StringArrayVar(&request.parameters, "parameter", nil, "`NAME=VALUE` of a parameter, or of another part of the template that only AWS knows; may be repeated")
	flags.StringVar(&request.conversion.RoleArn, "role-arn", "", "the role that runs the pipeline, as `ARN`")
	flags.StringVar(&request.conversion.ArtifactBucket, "artifact-bucket", "", "the `BUCKET` that keeps the artifacts")
	return cmd
}

type convertRequest struct {
	to, format, pipeline string
	parameters           []string
	conversion           pipeline.Conversion
}

func (r *convertRequest) validate(cmd *cobra.Command) error {
	if r.to == "" {
		return usage(cmd, "the form is not named", "add --to api, --to cloudformation or --to authoring")
	}
	if err := oneOf(cmd, "to", r.to, "api", "cloudformation", "authoring"); err != nil {
		return err
	}
	r.conversion.To = pipeline.Target(r.to)
	if r.format == "" && r.conversion.To == pipeline.API {
		r.format = "json"
	}
	if err := oneOf(cmd, "format", r.format, "", "json", "yaml"); err != nil {
		return err
	}
	r.conversion.Values = map[string]string{}
	for _, parameter := range r.parameters {
		name, value, found := strings.Cut(parameter, "=")
		if !found || name == "" {
			return usage(cmd, fmt.Sprintf("--parameter is %q", parameter), "write --parameter NAME=VALUE")
		}
		r.conversion.Values[name] = value
	}
	return nil
}

func convert(cmd *cobra.Command, p process, file string, request convertRequest) error {
	d, err := readFile(p, file)
	if err != nil {
		return err
	}
	d.pipeline, d.diagnostics = pipeline.ParseOne(d.file, d.source, pipeline.ParseOptions{
		Pipeline: request.pipeline, Parameters: request.declared(d),
	})
	d.diagnostics.Add(pipeline.Check(d.pipeline, pipeline.Options{})...)
	if request.conversion.To == pipeline.CloudFormation && d.pipeline.Form == pipeline.FormTemplate && request.supplies() {
		return usage(cmd, "the file is a template, which keeps its own parameters and resources",
			"leave --parameter, --role-arn and --artifact-bucket out")
	}
	written, list := pipeline.Convert(d.pipeline, request.conversion)
	if request.conversion.To != pipeline.CloudFormation {
		list.Add(assumed(d.diagnostics)...)
	}
	if d.diagnostics.HasErrors() {
		list = onlyErrors(d.diagnostics)
	}
	if err := refuse(cmd, p, list, sources([2]string{d.file, string(d.source)})); err != nil {
		return err
	}
	return request.print(p, written)
}

// declared returns the values of parameters that the template declares. The others are of what only AWS knows.
func (r *convertRequest) declared(d definition) map[string]string {
	var ignored diag.List
	declared := tree.Read(d.file, d.source, &ignored).Lookup("Parameters")
	values := map[string]string{}
	for name, value := range r.conversion.Values {
		if declared.Has(name) || strings.HasPrefix(name, "AWS::") {
			values[name] = value
		}
	}
	return values
}

func (r *convertRequest) supplies() bool {
	return len(r.parameters) > 0 || r.conversion.RoleArn != "" || r.conversion.ArtifactBucket != ""
}

func (r *convertRequest) print(p process, v *tree.Value) error {
	out := format.YAML(v, "stages", "Stages")
	if r.format == "json" {
		var err error
		if out, err = format.JSON(v); err != nil {
			return err
		}
	}
	_, err := p.stdout.Write(out)
	return err
}

// assumed returns what is a note about a template and a warning here, where it is decided for good: conditions that
// were taken for true.
func assumed(list diag.List) diag.List {
	var warnings diag.List
	for _, d := range list {
		if d.Code == "undecided-condition" {
			warnings.Add(d.As(diag.Warning))
		}
	}
	return warnings
}

func onlyErrors(list diag.List) diag.List {
	var errs diag.List
	for _, d := range list {
		if d.Severity == diag.Error {
			errs.Add(d)
		}
	}
	return errs
}

// exitOf returns the status that an error ends the command with, or 0 where it says none.
func exitOf(err error) int {
	var status exitError
	errors.As(err, &status)
	return int(status)
}
