package infra

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

// Settings are what an app reads of its context (cdk.json, or --context NAME=VALUE).
type Settings struct {
	// Platform is the name of the platform.
	Platform string
	// Pipelines are patterns of files with pipeline definitions.
	Pipelines []string
	// Architecture is that of the functions: arm64 or amd64.
	Architecture string
	// Parameters are values of the templates' parameters.
	Parameters map[string]string
	// Functions is the folder with the functions' binaries.
	Functions string
	// Removable is PlatformProps.Removable.
	Removable bool
	// OtherLogRole is PlatformProps.OtherLogRole.
	OtherLogRole bool
	// Targets is PlatformProps.Targets.
	Targets []string
	// LogDays is PlatformProps.LogDays, for the logs of pipelines too.
	LogDays int
	// AlarmTopic is PlatformProps.AlarmTopic.
	AlarmTopic string
	// Tags are those of each stack; CloudFormation puts them on every resource that takes some.
	Tags map[string]string
}

// DefaultPipelines is where definitions lie where the context says nothing.
const DefaultPipelines = "pipelines/*.yaml"

// architectures are Lambda's names of those that Go has.
var architectures = map[string]string{"arm64": "arm64", "amd64": "x86_64"}

// ReadSettings reads the context. The error names every value that is wrong.
func ReadSettings(node constructs.Node) (Settings, error) {
	c := context{node: node}
	s := Settings{
		Platform: c.text("platform", resources.DefaultName), Architecture: c.text("architecture", "arm64"),
		Pipelines: c.list("pipelines", DefaultPipelines), Parameters: c.pairs("parameters"),
		Removable: c.truth("removable", false), OtherLogRole: !c.truth("apiLogRole", true),
		LogDays: c.number("logDays"), AlarmTopic: c.text("alarmTopic", ""), Tags: c.pairs("tags"),
	}
	if !resources.IsPlatformName(s.Platform) {
		c.wrong("platform", s.Platform, resources.PlatformNames)
	}
	if !isRetention(s.LogDays) {
		c.wrong("logDays", s.LogDays, retentionsAre())
	}
	if s.AlarmTopic != "" && !strings.HasPrefix(s.AlarmTopic, "arn:") {
		c.wrong("alarmTopic", s.AlarmTopic, "the ARN of a topic of SNS")
	}
	if node.TryGetContext(jsii.String("targets")) != nil {
		s.Targets = c.accounts("targets")
	}
	if architectures[s.Architecture] == "" {
		c.wrong("architecture", s.Architecture, "arm64 or amd64")
	}
	s.Functions = c.text("functions", filepath.Join(".cache", "functions", s.Architecture))
	return s, errors.Join(c.problems...)
}

// context reads values that cdk.json has as JSON and --context as text.
type context struct {
	node     constructs.Node
	problems []error
}

func (c *context) wrong(name string, value any, want string) {
	c.problems = append(c.problems, contextError(name, value, want))
}

func (c *context) text(name, otherwise string) string {
	switch value := c.node.TryGetContext(jsii.String(name)).(type) {
	case nil:
		return otherwise
	case string:
		return value
	case bool:
		return map[bool]string{true: "true", false: "false"}[value]
	default:
		c.wrong(name, value, "a text")
		return otherwise
	}
}

func (c *context) truth(name string, otherwise bool) bool {
	switch c.text(name, strconv.FormatBool(otherwise)) {
	case "true":
		return true
	case "false":
		return false
	}
	c.wrong(name, c.node.TryGetContext(jsii.String(name)), "true or false")
	return otherwise
}

// number is 0 where the context says nothing; JSON has it as a number, --context as a text.
func (c *context) number(name string) int {
	value := c.node.TryGetContext(jsii.String(name))
	n, err := strconv.Atoi(fmt.Sprint(value))
	if value != nil && err != nil {
		c.wrong(name, value, "a number")
	}
	return n
}

func (c *context) list(name, otherwise string) []string {
	value := c.node.TryGetContext(jsii.String(name))
	if text, is := value.(string); is {
		if json.Unmarshal([]byte(text), &value) != nil {
			return []string{text}
		}
	}
	items, is := value.([]any)
	if value == nil {
		return []string{otherwise}
	}
	var list []string
	for _, item := range items {
		text, isText := item.(string)
		list, is = append(list, text), is && isText
	}
	if !is {
		c.wrong(name, value, `a list of patterns, such as ["pipelines/*.yaml"]`)
	}
	return list
}

const pairsAre = `a JSON object of texts, such as {"Branch": "main"}`

func (c *context) pairs(name string) map[string]string {
	value := c.node.TryGetContext(jsii.String(name))
	if text, is := value.(string); is && json.Unmarshal([]byte(text), &value) != nil {
		c.wrong(name, text, pairsAre)
	}
	members, is := value.(map[string]any)
	if value != nil && !is {
		c.wrong(name, value, pairsAre)
	}
	pairs := map[string]string{}
	for key, member := range members {
		if text, is := member.(string); is {
			pairs[key] = text
		} else {
			c.wrong(name+"."+key, member, "a text")
		}
	}
	return pairs
}

// AddStacks adds a platform, and each pipeline that the settings name, to an app: a stack for each. The errors of all
// definitions come together.
func AddStacks(app constructs.Construct, s Settings) error {
	definitions, err := s.definitions()
	if err != nil {
		return err
	}
	stack := awscdk.NewStack(app, jsii.String(here(s.Platform, "").PlatformStack()), s.stack("Penstock platform "+s.Platform))
	platform, err := NewPlatform(stack, "Platform", PlatformProps{
		Name: s.Platform, Functions: s.Functions, Architecture: architectures[s.Architecture], Removable: s.Removable,
		OtherLogRole: s.OtherLogRole, Targets: s.Targets, LogDays: s.LogDays, AlarmTopic: s.AlarmTopic,
	})
	if err != nil {
		return err
	}
	var problems []error
	for _, definition := range definitions {
		problems = append(problems, addPipeline(app, s, platform, definition))
	}
	return errors.Join(problems...)
}

func (s Settings) stack(description string) *awscdk.StackProps {
	tags := map[string]*string{}
	for key, value := range s.Tags {
		tags[key] = jsii.String(value)
	}
	return &awscdk.StackProps{Description: jsii.String(description), Tags: &tags}
}

func addPipeline(app constructs.Construct, s Settings, platform Platform, definition *pipeline.Pipeline) error {
	name := definition.Name.Value
	own := awscdk.NewStack(app, jsii.String(platform.PipelineStack(name)), s.stack("Penstock pipeline "+name+" on platform "+platform.Name))
	own.AddStackDependency(awscdk.Stack_Of(platform.Scope), jsii.String("the pipeline runs on it"))
	_, err := NewPipeline(own, "Pipeline", PipelineProps{
		Platform: DeployedPlatform(own, platform.Name, platform.Functions...), Definition: definition, LogDays: platform.logDays,
	})
	return err
}

// definitions reads all files that the settings name.
func (s Settings) definitions() ([]*pipeline.Pipeline, error) {
	files, err := s.files()
	if err != nil {
		return nil, err
	}
	var all []*pipeline.Pipeline
	var problems []error
	from := map[string]string{}
	for _, file := range files {
		read, err := readDefinitions(file, s.Parameters)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		for _, p := range read {
			p = resources.Deployed(p)
			if first, taken := from[p.Name.Value]; taken {
				problems = append(problems, samePipelineError(p.Name.Value, first, file))
				continue
			}
			from[p.Name.Value] = file
			all = append(all, p)
		}
	}
	return all, errors.Join(problems...)
}

func (s Settings) files() ([]string, error) {
	var files []string
	for _, pattern := range s.Pipelines {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return nil, contextError("pipelines", pattern, "a pattern of files, such as pipelines/*.yaml")
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	if files = slices.Compact(files); len(files) == 0 {
		return nil, noDefinitionsError(s.Pipelines)
	}
	return files, nil
}

// AddChecks has cdk-nag hold every resource against its AwsSolutions when the app is synthesized.
func AddChecks(app constructs.Construct) {
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true)}), nil)
}
