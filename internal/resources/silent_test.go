package resources_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
)

// TestSilent holds which sources start nothing, and which buckets must send their events.
func TestSilent(t *testing.T) {
	const s3 = `{Category: Source, Owner: AWS, Provider: S3, Version: "1"}
          Configuration: {S3Bucket: code, S3ObjectKey: code.zip, PollForSourceChanges: false}`
	const rule = `  Changes:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.s3], detail-type: [KIND], detail: {bucket: {name: [code]}}}
      Targets: [{Id: p, Arn: !Sub "arn:aws:codepipeline:${AWS::Region}:${AWS::AccountId}:${Release}", RoleArn: arn:aws:iam::111122223333:role/e}]
`
	unhooked, _, _ := strings.Cut(hooked, "  Open:\n")
	_, github, _ := strings.Cut(unhooked, "ActionTypeId: ")
	github, _, _ = strings.Cut(github, "\n          OutputArtifacts")
	for name, test := range map[string]struct {
		source            string
		silent, notifying []string
	}{
		"webhook":         {source: hooked},
		"given a webhook": {source: unhooked},
		"no webhook":      {source: strings.Replace(unhooked, "Repo: ", `PollForSourceChanges: "false", Repo: `, 1), silent: []string{"Get"}},
		"no rule":         {source: strings.Replace(unhooked, github, s3, 1), silent: []string{"Get"}},
		"polled":          {source: strings.Replace(unhooked, github, strings.Replace(s3, "false", "true", 1), 1), notifying: []string{"code"}},
		"rule of its own": {source: strings.Replace(unhooked, github, s3, 1) + strings.Replace(rule, "KIND", "Object Created", 1), notifying: []string{"code"}},
		"by CloudTrail":   {source: strings.Replace(unhooked, github, s3, 1) + strings.Replace(rule, "KIND", "AWS API Call via CloudTrail", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			p, list := pipeline.Parse("t.yaml", []byte(test.source))
			if list.HasErrors() {
				t.Fatalf("%v in\n%s", list, test.source)
			}
			made, err := here.Pipeline(p, machines.Compile, resources.Named)
			if err != nil {
				t.Fatal(err)
			}
			want := [][]string{append([]string{}, test.silent...), append([]string{}, test.notifying...)}
			got := [][]string{append([]string{}, made.Silent...), append([]string{}, made.Notifying...)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("silent, notifying (-want +got):\n%s", diff)
			}
		})
	}
}
