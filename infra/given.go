package infra

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock-ci/penstock/internal/resources"
)

// secretLength is how many letters and digits sign the requests of a webhook: more than the 256 bits of what is made of them.
const secretLength = 64

// newGivenWebhooks makes the secrets of the webhooks that sources are given. What their repositories
// must be told are outputs of the stack, whose descriptions CloudFormation takes literal texts for only. It deletes a secret at
// once, so its name is free for the next stack.
func newGivenWebhooks(p Pipeline) {
	if !p.platform.has(resources.ReceiveWebhook) {
		return
	}
	for _, w := range p.Given {
		scope := constructs.NewConstruct(p.Scope, jsii.String("Webhook-"+w.ID))
		secret := awssecretsmanager.NewCfnSecret(scope, jsii.String("Secret"), &awssecretsmanager.CfnSecretProps{
			Name: jsii.String(w.Secret), KmsKeyId: jsii.String(p.platform.Key),
			Description: jsii.String("signs the requests of " + w.Repository + " that start pipeline " + p.Name),
			GenerateSecretString: &awssecretsmanager.CfnSecret_GenerateSecretStringProperty{
				PasswordLength: jsii.Number(secretLength), ExcludePunctuation: jsii.Bool(true),
			},
		})
		suppress(secret, "AwsSolutions-SMG4")
		awscdk.NewCfnOutput(scope, jsii.String("Url"), &awscdk.CfnOutputProps{
			Value:       jsii.String(p.platform.WebhooksURL + p.Name + "/" + w.Name),
			Description: jsii.String("where the repository of source " + w.ID + " sends its pushes: the URL of a webhook in its settings"),
		})
		awscdk.NewCfnOutput(scope, jsii.String("SecretArn"), &awscdk.CfnOutputProps{
			Value: secret.Ref(), Description: jsii.String("the secret of that webhook"),
		})
	}
}
