package builds

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
	"github.com/penstock-ci/penstock/internal/local/host"
)

// environment is the environment of a build's shell by name.
type environment map[string]string

func (e environment) list() []string {
	list := make([]string, 0, len(e))
	for _, name := range slices.Sorted(maps.Keys(e)) {
		list = append(list, name+"="+e[name])
	}
	return list
}

// makeEnvironment lays out, from the weakest: the host's part, the buildspec's variables, the project's, those of the
// action (which are those of the start build operation), and CodeBuild's own. The reference gives this order.
func (b *build) makeEnvironment() error {
	b.environment = host.Environment(b.options.Environ)
	for name, value := range b.environment {
		for _, secret := range secretsIn(name, value) {
			b.log.mask.Hide(secret)
		}
	}
	if b.project.AWSCredentials {
		b.addCredentials()
	}
	b.environment["HOME"] = b.options.Home
	b.environment["TMPDIR"] = b.area.temporary()
	declared := b.declared()
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		value, err := b.resolve(declared[name])
		if err != nil {
			return fmt.Errorf("environment variable %s: %w", name, err)
		}
		b.environment[name] = value
	}
	maps.Copy(b.environment, b.ownVariables())
	return nil
}

// declared is what the buildspec, the project and the action declare, the strongest of each name. One that is
// overridden is never resolved.
func (b *build) declared() map[string]codebuild.EnvironmentVariable {
	declared := map[string]codebuild.EnvironmentVariable{}
	declare := func(kind, name, value string) {
		declared[name] = codebuild.EnvironmentVariable{Name: name, Value: value, Type: kind}
	}
	env := b.spec.Env
	for _, v := range env.Variables {
		declare(codebuild.Plaintext, v.Name.Value, v.Value.Value)
	}
	for _, v := range env.ParameterStore {
		declare(codebuild.ParameterStore, v.Name.Value, v.Value.Value)
	}
	for _, v := range env.SecretsManager {
		declare(codebuild.SecretsManager, v.Name.Value, v.Value.Value)
	}
	for name, value := range b.project.Environment {
		declare(codebuild.Plaintext, name, value)
	}
	for _, v := range b.request.Environment {
		declare(v.Type, v.Name, v.Value)
	}
	return declared
}

// resolve finds the value of a variable. Parameters and secrets are masked in the log from then on: the reference
// hides both.
func (b *build) resolve(v codebuild.EnvironmentVariable) (string, error) {
	switch v.Type {
	case codebuild.ParameterStore:
		value, err := b.lookUp(b.options.Parameters, v.Value, "parameter", "parameters: {%s: VALUE}")
		b.log.mask.Hide(value)
		return value, err
	case codebuild.SecretsManager:
		value, err := b.secret(v.Value)
		b.log.mask.Hide(value)
		return value, err
	}
	return v.Value, nil
}

// lookUp finds a value. The binding is what gives the name one, with %s for the name.
func (b *build) lookUp(find Lookup, name, kind, binding string) (string, error) {
	err := ErrNotBound
	value := ""
	if find != nil {
		value, err = find(b.ctx, name)
	}
	if errors.Is(err, ErrNotBound) {
		return "", fmt.Errorf("%s %q has no value on this machine; write %s in %s",
			kind, name, strings.ReplaceAll(binding, "%s", name), b.options.BindingFile)
	}
	if err != nil {
		return "", fmt.Errorf("read %s %q: %w", kind, name, err)
	}
	return value, nil
}

// secret resolves `secret-id:json-key:version-stage:version-id`. Only the current version is here.
func (b *build) secret(reference string) (string, error) {
	id, rest := splitSecret(reference)
	key, version, _ := strings.Cut(rest, ":")
	if stage, versionID, _ := strings.Cut(version, ":"); cmp.Or(stage, "AWSCURRENT") != "AWSCURRENT" || versionID != "" {
		return "", fmt.Errorf("secret %q: only its current version is on this machine, not %q", id, version)
	}
	value, err := b.lookUp(b.options.Secrets, id, "secret", "secrets: {%s: {value: VALUE}}")
	if err != nil || key == "" {
		return value, err
	}
	// The whole secret is as confidential as the part of it that is used.
	b.log.mask.Hide(value)
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(value), &members); err != nil {
		return "", fmt.Errorf("secret %q is not a JSON object, so it has no key %q", id, key)
	}
	member, ok := members[key]
	if !ok {
		return "", fmt.Errorf("secret %q has no key %q", id, key)
	}
	var text string
	if json.Unmarshal(member, &text) != nil {
		text = string(member)
	}
	return text, nil
}

// splitSecret parts the secret's ID from the rest; an ARN has colons of its own.
func splitSecret(reference string) (id, rest string) {
	parts := strings.SplitN(reference, ":", 2)
	if strings.HasPrefix(reference, "arn:") {
		const colonsOfARN = 7
		parts = strings.SplitN(reference, ":", colonsOfARN+1)
		if len(parts) > colonsOfARN {
			parts = []string{strings.Join(parts[:colonsOfARN], ":"), parts[colonsOfARN]}
		} else {
			parts = []string{reference}
		}
	}
	if len(parts) == 1 {
		return parts[0], ""
	}
	return parts[0], parts[1]
}

// ownVariables are the variables that CodeBuild itself sets.
func (b *build) ownVariables() environment {
	e := environment{
		"AWS_REGION": b.options.Region, "AWS_DEFAULT_REGION": b.options.Region,
		"CODEBUILD_CI":               "true",
		"CODEBUILD_BUILD_ID":         b.id,
		"CODEBUILD_BUILD_ARN":        b.arn(),
		"CODEBUILD_BUILD_NUMBER":     strconv.Itoa(b.number),
		"CODEBUILD_BUILD_SUCCEEDING": "1",
		"CODEBUILD_INITIATOR":        b.initiator(),
		"CODEBUILD_LOG_PATH":         b.id[strings.LastIndex(b.id, ":")+1:],
		"CODEBUILD_START_TIME":       strconv.FormatInt(b.started.UnixMilli(), 10),
	}
	for i, source := range b.request.Sources {
		name := "CODEBUILD_SRC_DIR"
		if i > 0 {
			name += "_" + source.Name
		}
		e[name] = b.area.source(sourceFolder(i, source))
	}
	if b.part != nil {
		e["CODEBUILD_BATCH_BUILD_IDENTIFIER"] = b.part.identifier
		if b.part.image != "" {
			e["CODEBUILD_BUILD_IMAGE"] = b.part.image
		}
	}
	if revision := b.request.Sources[0].Revision; revision != "" {
		e["CODEBUILD_RESOLVED_SOURCE_VERSION"] = revision
	}
	return e
}

// exported picks the exported variables of the build. Parameters and secrets are never exported, whoever declared
// them: the reference rules them out. Nor is a variable that a command has copied one into: the records, events and
// messages of a pipeline show exported values, which no mask reaches any more.
func (b *build) exported(values map[string]string) map[string]string {
	declared := b.declared()
	exported := map[string]string{}
	for _, name := range b.spec.Env.ExportedVariables {
		value, set := values[name.Value]
		kind := declared[name.Value].Type
		switch {
		case kind == codebuild.ParameterStore || kind == codebuild.SecretsManager:
			b.log.container("Variable %s is not exported: it holds a %s value", name.Value, kind)
		case b.log.mask.Holds(value):
			b.log.container("Variable %s is not exported: a secret or a parameter is in its value", name.Value)
		case !set:
			b.log.container("Variable %s is not exported: it is not set", name.Value)
		default:
			exported[name.Value] = value
		}
	}
	return exported
}

// values asks for all variables that the end of the build needs: those that it exports, and those in paths.
func (b *build) values() map[string]string {
	if b.ctx.Err() != nil {
		return nil
	}
	names := map[string]bool{}
	for _, name := range b.spec.Env.ExportedVariables {
		names[name.Value] = true
	}
	for _, text := range b.paths() {
		for name := range namesIn(text) {
			names[name] = true
		}
	}
	values, err := b.session.values(b.ctx, slices.Sorted(maps.Keys(names)))
	if err != nil && b.ctx.Err() == nil {
		b.log.container("Could not read the variables of the build: %v", err)
	}
	exported := b.exported(values)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.ExportedVariables = exported
	return values
}

// paths are all texts of the buildspec in which variables are replaced.
func (b *build) paths() []string {
	var texts []string
	add := func(all ...buildspec.Text) {
		for _, t := range all {
			texts = append(texts, t.Value)
		}
	}
	artifacts := b.spec.SecondaryArtifacts
	if b.spec.Artifacts != nil {
		artifacts = append(slices.Clone(artifacts), *b.spec.Artifacts)
	}
	for _, a := range artifacts {
		add(a.BaseDirectory)
		add(a.Files...)
		add(a.ExcludePaths...)
	}
	for _, r := range b.spec.Reports {
		add(r.BaseDirectory)
		add(r.Files...)
	}
	return texts
}
