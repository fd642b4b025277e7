package buildspec

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

func (r *reader) env(env *Env, n ast.Node) {
	names := []string{"shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"}
	r.sections(n, "env", names, map[string]section{
		"shell":                 func(_ Text, v ast.Node) { env.Shell = r.shell(v) },
		"variables":             func(_ Text, v ast.Node) { env.Variables = r.variables(v, "variables") },
		"parameter-store":       func(_ Text, v ast.Node) { env.ParameterStore = r.variables(v, "parameter-store") },
		"secrets-manager":       func(_ Text, v ast.Node) { env.SecretsManager = r.variables(v, "secrets-manager") },
		"exported-variables":    func(_ Text, v ast.Node) { env.ExportedVariables = r.exported(v) },
		"git-credential-helper": r.ignore("git has no credentials of a source connection"),
	})
	env.ExportedVariables = r.withoutSecrets(env)
}

func (r *reader) shell(n ast.Node) string {
	shell, ok := r.text(n, "shell")
	switch {
	case !ok:
	case shell.Value == ShellBash, shell.Value == ShellSh:
		return shell.Value
	default:
		r.list.Add(unknownShell(shell))
	}
	return ShellDefault
}

func (r *reader) variables(n ast.Node, what string) []Variable {
	var variables []Variable
	for _, e := range r.mapping(n, what) {
		value, ok := r.text(e.value, "variable "+e.key.Value)
		switch {
		case !ok:
		case !IsVariableName(e.key.Value):
			r.list.Add(badVariableName(e.key))
		case strings.HasPrefix(e.key.Value, "CODEBUILD_"):
			r.list.Add(reservedVariable(e.key))
		default:
			variables = append(variables, Variable{Name: e.key, Value: value})
		}
	}
	return variables
}

// exported reads the names of exported-variables. The reference rules out names that begin with AWS_.
func (r *reader) exported(n ast.Node) []Text {
	var names []Text
	for _, name := range r.texts(n, "exported-variables", "an exported variable") {
		switch {
		case !IsVariableName(name.Value):
			r.list.Add(badVariableName(name))
		case strings.HasPrefix(name.Value, "AWS_"):
			r.list.Add(notExported(name, "names that begin with AWS_ are not"))
		default:
			names = append(names, name)
		}
	}
	return names
}

// withoutSecrets takes the variables that hold parameters and secrets out of the exported ones, as the reference
// rules.
func (r *reader) withoutSecrets(env *Env) []Text {
	secret := map[string]string{}
	for _, v := range env.ParameterStore {
		secret[v.Name.Value] = "it comes from parameter-store"
	}
	for _, v := range env.SecretsManager {
		secret[v.Name.Value] = "it comes from secrets-manager"
	}
	var names []Text
	for _, name := range env.ExportedVariables {
		if why, ok := secret[name.Value]; ok {
			r.list.Add(notExported(name, why))
			continue
		}
		names = append(names, name)
	}
	return names
}

// IsVariableName reports whether a shell can have a variable of that name.
func IsVariableName(name string) bool {
	for i, c := range name {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
