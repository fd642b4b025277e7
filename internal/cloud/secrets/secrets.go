// Package secrets reads secrets of Secrets Manager.
package secrets

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// Read reads a value of Secrets Manager.
func Read(ctx context.Context, account *cloud.Account, reference catalogue.Secret) (string, error) {
	doing := "read secret " + reference.ID
	client, err := cloud.Client(account, secretsmanager.NewFromConfig)
	if err != nil {
		return "", account.Failed(doing, err)
	}
	out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: &reference.ID, VersionStage: cloud.Optional(reference.Stage), VersionId: cloud.Optional(reference.VersionID),
	})
	if err != nil {
		return "", account.Failed(doing, err)
	}
	text := aws.ToString(out.SecretString)
	if reference.Key == "" {
		return cmp.Or(text, string(out.SecretBinary)), nil
	}
	var members map[string]any
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return "", secretNoObject(reference) // what it is instead must not be told
	}
	value, is := members[reference.Key].(string)
	if !is {
		return "", secretNoKey(reference)
	}
	return value, nil
}
