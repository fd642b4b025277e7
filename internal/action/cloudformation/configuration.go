package cloudformation

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
)

// Keys of the configuration.
const (
	actionMode            = "ActionMode"
	stackName             = "StackName"
	changeSetName         = "ChangeSetName"
	templatePath          = "TemplatePath"
	templateConfiguration = "TemplateConfiguration"
	parameterOverrides    = "ParameterOverrides"
	capabilities          = "Capabilities"
	roleARN               = "RoleArn"
	outputFileName        = "OutputFileName"
)

// Action modes.
const (
	createUpdate     = "CREATE_UPDATE"
	replaceOnFailure = "REPLACE_ON_FAILURE"
	deleteOnly       = "DELETE_ONLY"
	changeSetReplace = "CHANGE_SET_REPLACE"
	changeSetExecute = "CHANGE_SET_EXECUTE"
)

// Limits: that of a template by URL (CloudFormation quotas), that of ParameterOverrides (CodePipeline action reference).
const (
	maxTemplate  = 1 << 20
	maxOverrides = 1 << 10
)

// changeOf reads what an action asks for. Only a mode that takes a template reads one.
func (p *Provider) changeOf(ctx context.Context, r action.Request) (Change, error) {
	c := Change{
		StackName: r.Configuration[stackName], ChangeSetName: r.Configuration[changeSetName], RoleARN: r.Configuration[roleARN],
		Token: r.ActionExecutionID, Parameters: map[string]string{}, Tags: map[string]string{},
	}
	mode := r.Configuration[actionMode]
	switch {
	case c.StackName == "":
		return c, missing(stackName, mode)
	case c.ChangeSetName == "" && (mode == changeSetReplace || mode == changeSetExecute):
		return c, missing(changeSetName, mode)
	case len(r.Outputs) > 0 && r.Configuration[outputFileName] == "":
		return c, noOutputFile(r.Outputs[0].Name)
	case mode == deleteOnly || mode == changeSetExecute:
		return c, nil
	case r.Configuration[templatePath] == "":
		return c, missing(templatePath, mode)
	}
	for item := range strings.SplitSeq(r.Configuration[capabilities], ",") {
		if item = strings.TrimSpace(item); item != "" {
			c.Capabilities = append(c.Capabilities, item)
		}
	}
	files := files{ctx: ctx, artifacts: p.artifacts, request: r}
	if err := files.template(&c); err != nil {
		return c, err
	}
	if err := files.configuration(&c); err != nil {
		return c, err
	}
	err := files.overrides(&c)
	return c, err
}

// files reads what the configuration names in input artifacts.
type files struct {
	ctx       context.Context
	artifacts Artifacts
	request   action.Request
}

func (f files) template(c *Change) error {
	in, path, err := f.named(templatePath)
	if err != nil {
		return err
	}
	if c.Template, err = f.read(templatePath, in, path); err != nil {
		return err
	}
	c.TemplateAt = artifact.Location{Bucket: in.Bucket, Key: f.request.PipelineName + "/templates/" + f.request.ActionExecutionID}
	return nil
}

// configuration reads the template configuration file: parameters, tags and the stack policy.
func (f files) configuration(c *Change) error {
	if f.request.Configuration[templateConfiguration] == "" {
		return nil
	}
	in, path, err := f.named(templateConfiguration)
	if err != nil {
		return err
	}
	text, err := f.read(templateConfiguration, in, path)
	if err != nil {
		return err
	}
	var file struct {
		Parameters, Tags map[string]any
		StackPolicy      json.RawMessage
	}
	if err := decode(text, &file); err != nil {
		return badConfiguration(f.request.Configuration[templateConfiguration], err)
	}
	for kind, values := range map[string]map[string]any{"Parameters": file.Parameters, "Tags": file.Tags} {
		into := map[string]map[string]string{"Parameters": c.Parameters, "Tags": c.Tags}[kind]
		for name, value := range values {
			text, ok := scalar(value)
			if !ok {
				return badConfiguration(f.request.Configuration[templateConfiguration], fmt.Errorf("%s.%s is not a text", kind, name))
			}
			into[name] = text
		}
	}
	if len(file.StackPolicy) > 0 && string(file.StackPolicy) != "{}" {
		c.StackPolicy = string(file.StackPolicy)
	}
	return nil
}

// overrides puts the values of ParameterOverrides over those of the template configuration.
func (f files) overrides(c *Change) error {
	text := f.request.Configuration[parameterOverrides]
	switch {
	case strings.TrimSpace(text) == "":
		return nil
	case len(text) > maxOverrides:
		return tooLong(parameterOverrides, len(text), maxOverrides)
	}
	var given map[string]any
	if err := decode([]byte(text), &given); err != nil {
		return badOverrides(err)
	}
	for name, value := range given {
		resolved, err := f.override(name, value)
		if err != nil {
			return err
		}
		c.Parameters[name] = resolved
	}
	return nil
}

// override is a text, or one of the two functions that read input artifacts.
func (f files) override(name string, value any) (string, error) {
	if text, ok := scalar(value); ok {
		return text, nil
	}
	call, _ := value.(map[string]any)
	for function, arguments := range call {
		list, ok := textsOf(arguments)
		switch {
		case len(call) != 1 || !ok:
		case function == "Fn::GetArtifactAtt" && len(list) == 2:
			return f.artifactAttribute(name, list[0], list[1])
		case function == "Fn::GetParam" && len(list) == 3:
			return f.parameter(name, list[0], list[1], list[2])
		}
	}
	return "", badOverride(name)
}

func (f files) artifactAttribute(name, of, attribute string) (string, error) {
	in, err := f.input(parameterOverrides+" of "+name, of)
	if err != nil {
		return "", err
	}
	switch attribute {
	case "BucketName":
		return in.Bucket, nil
	case "ObjectKey":
		return in.Key, nil
	case "URL":
		return "https://s3.amazonaws.com/" + in.Bucket + "/" + in.Key, nil
	}
	return "", badAttribute(name, attribute)
}

func (f files) parameter(name, of, path, key string) (string, error) {
	what := parameterOverrides + " of " + name
	in, err := f.input(what, of)
	if err != nil {
		return "", err
	}
	text, err := f.read(what, in, path)
	if err != nil {
		return "", err
	}
	var values map[string]any
	if err := decode(text, &values); err != nil {
		return "", badParameterFile(name, of, path, err)
	}
	value, ok := scalar(values[key])
	if !ok {
		return "", noParameter(name, of, path, key)
	}
	return value, nil
}

// named finds the artifact and the file of a value `Artifact::file`.
func (f files) named(key string) (in action.Input, path string, err error) {
	name, path, ok := strings.Cut(f.request.Configuration[key], "::")
	if !ok || path == "" {
		return in, "", badPath(key, f.request.Configuration[key])
	}
	in, err = f.input(key, name)
	return in, path, err
}

func (f files) input(what, name string) (action.Input, error) {
	i := slices.IndexFunc(f.request.Inputs, func(in action.Input) bool { return in.Name == name })
	if i < 0 {
		return action.Input{}, noInput(what, name, f.request.Inputs)
	}
	return f.request.Inputs[i], nil
}

func (f files) read(what string, in action.Input, path string) ([]byte, error) {
	z, err := f.artifacts.OpenZip(f.ctx, in.Object)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	at := slices.IndexFunc(z.Files, func(file artifact.File) bool { return file.Path == path && file.Link == "" })
	switch {
	case at < 0:
		return nil, noFile(what, in.Name, path)
	case z.Files[at].Size > maxTemplate:
		return nil, tooLong(what, int(z.Files[at].Size), maxTemplate)
	}
	body, err := z.Files[at].Open()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// decode reads one JSON value, numbers as they are written.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// scalar is a text, a number or a boolean as CloudFormation takes it: all parameters are texts.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

func textsOf(value any) ([]string, bool) {
	list, ok := value.([]any)
	var out []string
	for _, item := range list {
		text, isText := item.(string)
		ok = ok && isText
		out = append(out, text)
	}
	return out, ok
}
