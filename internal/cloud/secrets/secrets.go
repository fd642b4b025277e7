// Package secrets reads secrets of Secrets Manager.
package secrets

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

var service = wire.Service{ID: "Secrets Manager", Prefix: "secretsmanager", Protocol: wire.JSON11, Model: "secretsmanager"}

type getSecretValue struct {
	SecretID     string `json:"SecretId"`
	VersionStage string `json:",omitempty"`
	VersionID    string `json:"VersionId,omitempty"`
}

// Read reads a value of Secrets Manager.
func Read(ctx context.Context, account *cloud.Account, reference catalogue.Secret) (string, error) {
	doing := "read secret " + reference.ID
	var out struct {
		SecretString string
		SecretBinary []byte
	}
	in := getSecretValue{SecretID: reference.ID, VersionStage: reference.Stage, VersionID: reference.VersionID}
	if err := account.Service(service).Call(ctx, "GetSecretValue", in, &out); err != nil {
		return "", account.Failed(doing, err)
	}
	if reference.Key == "" {
		return cmp.Or(out.SecretString, string(out.SecretBinary)), nil
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(out.SecretString), &members); err != nil {
		return "", secretNoObject(reference) // what it is instead must not be told
	}
	value, is := members[reference.Key].(string)
	if !is {
		return "", secretNoKey(reference)
	}
	return value, nil
}
