package pipeline

import "github.com/penstock-ci/penstock/internal/diag"

// Namespaces that the service keeps for itself.
const (
	executionNamespace = "codepipeline"
	variablesNamespace = "variables"
	executionIDKey     = "PipelineExecutionId"
)

// checkNamespaces wants namespaces that are unique, not reserved and not names of artifacts.
func checkNamespaces(d *definition, list *diag.List) {
	seen := map[string]Text{}
	for i := range d.actions {
		space := d.actions[i].Namespace
		if space.Value == executionNamespace || space.Value == variablesNamespace {
			list.Add(reservedNamespace(space))
			continue
		}
		once(list, seen, space, func(first Text) diag.Diagnostic { return duplicateNamespace(space, first) })
		if producer, taken := d.artifacts[space.Value]; taken && space.Value != "" {
			list.Add(namespaceIsArtifact(space, producer.At))
		}
	}
}
