package builds

import (
	"os"
	"strings"

	"github.com/penstock-ci/penstock/internal/action/codebuild/buildspec"
)

// expand replaces $NAME and ${NAME} in a path; what has no value becomes nothing, as in a shell. CodeBuild does so
// with the paths of artifacts and reports, which its reference does not say but builds rely on.
func expand(t buildspec.Text, values map[string]string) buildspec.Text {
	t.Value = os.Expand(t.Value, func(name string) string {
		if !buildspec.IsVariableName(name) {
			return "$" + name
		}
		return values[name]
	})
	return t
}

// namesIn are the names of the variables in a text.
func namesIn(text string) map[string]bool {
	names := map[string]bool{}
	if strings.Contains(text, "$") {
		os.Expand(text, func(name string) string {
			if buildspec.IsVariableName(name) {
				names[name] = true
			}
			return ""
		})
	}
	return names
}

func expandAll(texts []buildspec.Text, values map[string]string) []buildspec.Text {
	expanded := make([]buildspec.Text, 0, len(texts))
	for _, t := range texts {
		expanded = append(expanded, expand(t, values))
	}
	return expanded
}

func expandArtifact(a buildspec.Artifact, values map[string]string) buildspec.Artifact {
	a.BaseDirectory = expand(a.BaseDirectory, values)
	a.Files = expandAll(a.Files, values)
	a.ExcludePaths = expandAll(a.ExcludePaths, values)
	return a
}
