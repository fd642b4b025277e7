package catalogue_test

import (
	"testing"

	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

func TestParseSecret(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:github-AbCdEf"
	for value, want := range map[string]catalogue.Secret{
		"{{resolve:secretsmanager:github}}":                                {ID: "github"},
		"{{resolve:secretsmanager:github:SecretString}}":                   {ID: "github"},
		"{{resolve:secretsmanager:app/github:SecretString:token}}":         {ID: "app/github", Key: "token"},
		"{{resolve:secretsmanager:github:SecretString:token:AWSPREVIOUS}}": {ID: "github", Key: "token", Stage: "AWSPREVIOUS"},
		"{{resolve:secretsmanager:github:SecretString:::v-1}}":             {ID: "github", VersionID: "v-1"},
		"{{resolve:secretsmanager:" + arn + ":SecretString:token}}":        {ID: arn, Key: "token"},
		"{{resolve:secretsmanager:" + arn + "}}":                           {ID: arn},
	} {
		if got, is := catalogue.ParseSecret(value); !is || got != want {
			t.Errorf("%s is %+v, %v; want %+v", value, got, is, want)
		}
	}
	for _, value := range []string{
		"", "token", "****", "{{resolve:ssm:/github}}", "{{resolve:secretsmanager:}}", "{{resolve:secretsmanager:arn:aws:x}}",
		"{{resolve:secretsmanager:a:SecretBinary}}", "{{resolve:secretsmanager:a:SecretString:k:s:v:w}}", "{{resolve:secretsmanager:a}} {{resolve:secretsmanager:b}}",
	} {
		if got, is := catalogue.ParseSecret(value); is {
			t.Errorf("%q is taken for the reference %+v", value, got)
		}
	}
}

func FuzzParseSecret(f *testing.F) {
	f.Add("{{resolve:secretsmanager:github:SecretString:token}}")
	f.Fuzz(func(t *testing.T, value string) {
		if got, is := catalogue.ParseSecret(value); is == (got.ID == "") && is {
			t.Errorf("%q is %+v", value, got)
		}
	})
}
