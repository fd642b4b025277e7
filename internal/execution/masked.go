package execution

import (
	"maps"

	"github.com/penstock-ci/penstock/pipeline"
)

// Mask stands for a value that is not shown, as CodePipeline writes it.
const Mask = "****"

const approvalCategory = "Approval"

// IsApproval says whether a person's answer ends the action.
func (a *Action) IsApproval() bool { return a.Type.Category == approvalCategory }

// Masked is a copy of an action execution for whoever looks at it: without tokens, without its job and without the values of secret
// configuration keys.
func (a *Action) Masked() *Action {
	copied := *a
	copied.TaskToken, copied.ApprovalToken, copied.Job = "", "", nil
	if a.IsApproval() {
		copied.ExternalExecutionID = "" // it is the token that answers it
	}
	copied.ResolvedConfiguration = maps.Clone(a.ResolvedConfiguration)
	for key := range copied.ResolvedConfiguration {
		if a.Type.IsSecret(key) {
			copied.ResolvedConfiguration[key] = Mask
		}
	}
	return &copied
}

// IsSecret says whether the value of a configuration key of the action type is a secret. Of a custom action type
// nothing is known here.
func (id ActionTypeID) IsSecret(key string) bool {
	text := func(value string) pipeline.Text { return pipeline.Text{Value: value} }
	t, ok := pipeline.LookupActionType(pipeline.ActionTypeID{
		Category: text(id.Category), Owner: text(id.Owner), Provider: text(id.Provider), Version: text(id.Version),
	})
	if !ok {
		return false
	}
	property, ok := t.Property(key)
	return ok && property.Secret
}
