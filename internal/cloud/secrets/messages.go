package secrets

import (
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// The wording of this package.

func secretNoObject(s catalogue.Secret) *action.Failure {
	return action.Fail(action.ConfigurationError, "secret %s is no JSON object, so it has no key %q", s.ID, s.Key)
}

func secretNoKey(s catalogue.Secret) *action.Failure {
	return action.Fail(action.ConfigurationError, "secret %s has no key %q whose value is a text", s.ID, s.Key)
}
