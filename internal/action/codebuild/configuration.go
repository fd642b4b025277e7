package codebuild

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/action"
)

// Keys of the configuration of a CodeBuild action.
const (
	ProjectName          = "ProjectName"
	PrimarySource        = "PrimarySource"
	EnvironmentVariables = "EnvironmentVariables"
	BatchEnabled         = "BatchEnabled"
	CombineArtifacts     = "CombineArtifacts"
)

// buildOf reads the request of a CodeBuild action into the build that it asks for.
func buildOf(r action.Request) (Build, error) {
	batch, combine, err := batchOf(r)
	if err != nil {
		return Build{}, err
	}
	project := r.Configuration[ProjectName]
	if project == "" {
		return Build{}, action.Fail(action.ConfigurationError, "configuration key %s is missing: name the CodeBuild project", ProjectName)
	}
	sources, err := sourcesOf(r)
	if err != nil {
		return Build{}, err
	}
	environment, err := environmentOf(r.Configuration[EnvironmentVariables])
	if err != nil {
		return Build{}, err
	}
	b := buildFor(r)
	b.Project, b.Sources, b.Environment, b.Batch, b.CombineArtifacts = project, sources, environment, batch, combine
	return b, nil
}

// buildFor is the part of a build that every request has.
func buildFor(r action.Request) Build {
	outputs := make([]Output, 0, len(r.Outputs))
	for _, o := range r.Outputs {
		outputs = append(outputs, Output{Name: o.Name, Location: o.Location})
	}
	return Build{
		IdempotencyToken: r.ActionExecutionID,
		PipelineName:     r.PipelineName, PipelineExecutionID: r.PipelineExecutionID,
		Outputs: outputs, Started: r.Started, Deadline: r.Deadline, Log: r.Log,
	}
}

// batchOf reads BatchEnabled and CombineArtifacts. A combined artifact is the only one: "Batch build with combined
// artifacts" of the CodeBuild User Guide allows one output.
func batchOf(r action.Request) (batch, combine bool, err error) {
	if batch, err = flagOf(r, BatchEnabled); err != nil {
		return false, false, err
	}
	if combine, err = flagOf(r, CombineArtifacts); err != nil {
		return false, false, err
	}
	switch {
	case combine && !batch:
		return false, false, action.Fail(action.ConfigurationError,
			"configuration key %s is %q, and %s is not: only the builds of a batch have artifacts to combine", CombineArtifacts, r.Configuration[CombineArtifacts], BatchEnabled)
	case combine && len(r.Outputs) > 1:
		return false, false, action.Fail(action.ConfigurationError,
			"configuration key %s makes one artifact, and the action has %d output artifacts; keep one of them", CombineArtifacts, len(r.Outputs))
	}
	return batch, combine, nil
}

func flagOf(r action.Request, key string) (bool, error) {
	switch value := r.Configuration[key]; strings.ToLower(value) {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	default:
		return false, action.Fail(action.ConfigurationError, "configuration key %s is %q; write true or false", key, value)
	}
}

// sourcesOf puts the primary source first. Without PrimarySource it is the only input.
func sourcesOf(r action.Request) ([]Source, error) {
	if len(r.Inputs) == 0 {
		return nil, action.Fail(action.ConfigurationError, "a CodeBuild action needs an input artifact, and this one has none")
	}
	primary := r.Configuration[PrimarySource]
	if primary == "" && len(r.Inputs) > 1 {
		return nil, action.Fail(action.ConfigurationError,
			"configuration key %s is missing: with %d input artifacts it says which one has the buildspec; write one of %s",
			PrimarySource, len(r.Inputs), inputNames(r.Inputs))
	}
	if primary == "" {
		primary = r.Inputs[0].Name
	}
	at := slices.IndexFunc(r.Inputs, func(in action.Input) bool { return in.Name == primary })
	if at < 0 {
		return nil, action.Fail(action.ConfigurationError,
			"configuration key %s is %q, which is no input artifact of the action; write one of %s", PrimarySource, primary, inputNames(r.Inputs))
	}
	sources := []Source{sourceOf(r.Inputs[at])}
	for i, in := range r.Inputs {
		if i != at {
			sources = append(sources, sourceOf(in))
		}
	}
	return sources, nil
}

func sourceOf(in action.Input) Source {
	return Source{Name: in.Name, Object: in.Object, Revision: in.Revision}
}

func inputNames(inputs []action.Input) string {
	names := make([]string, 0, len(inputs))
	for _, in := range inputs {
		names = append(names, in.Name)
	}
	return strings.Join(names, ", ")
}

// environmentOf reads the JSON list of EnvironmentVariables.
func environmentOf(text string) ([]EnvironmentVariable, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var variables []EnvironmentVariable
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&variables)
	if err == nil {
		if _, more := decoder.Token(); !errors.Is(more, io.EOF) {
			return nil, badEnvironment(text, decoder.InputOffset(), "more follows after the list")
		}
	}
	if err != nil {
		return nil, badEnvironment(text, offsetOf(err, decoder), reasonOf(err))
	}
	for i := range variables {
		if err := checkVariable(&variables[i], i); err != nil {
			return nil, err
		}
	}
	return variables, nil
}

func checkVariable(v *EnvironmentVariable, i int) error {
	where := fmt.Sprintf("configuration key %s, variable %d", EnvironmentVariables, i+1)
	if v.Name == "" {
		return action.Fail(action.ConfigurationError, "%s has no name", where)
	}
	switch v.Type {
	case "":
		v.Type = Plaintext
	case Plaintext, ParameterStore, SecretsManager:
	default:
		return action.Fail(action.ConfigurationError, "%s (%s) has type %q; write %s, %s or %s",
			where, v.Name, v.Type, Plaintext, ParameterStore, SecretsManager)
	}
	return nil
}

func offsetOf(err error, decoder *json.Decoder) int64 {
	var syntax *json.SyntaxError
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return syntax.Offset
	case errors.As(err, &mismatch):
		return mismatch.Offset
	}
	return decoder.InputOffset()
}

func reasonOf(err error) string {
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	case errors.As(err, &mismatch) && mismatch.Field != "":
		return fmt.Sprintf("%s is a %s, where a text belongs", mismatch.Field, mismatch.Value)
	case errors.As(err, &mismatch):
		return fmt.Sprintf("a %s, where a list of {name, value, type} belongs", mismatch.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// badEnvironment quotes what is around the place, up to a bound: the value may be long, and may hold what is not for
// a log.
func badEnvironment(text string, offset int64, reason string) error {
	const around = 24
	at := int(min(max(offset, 0), int64(len(text))))
	from, to := max(0, at-around), min(len(text), at+around)
	quoted := bytes.ToValidUTF8([]byte(text[from:to]), nil)
	return action.Fail(action.ConfigurationError,
		"configuration key %s is not a JSON list of {name, value, type}: character %d, near %q: %s", EnvironmentVariables, at, quoted, reason)
}
