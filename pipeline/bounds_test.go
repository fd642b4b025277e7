package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/pipeline"
)

// stageOf is a stage of n approvals, in JSON.
func stageOf(name string, n int) string {
	actions := make([]string, n)
	for i := range actions {
		actions[i] = fmt.Sprintf(`{"name": "A%d", "actionTypeId": "Approval/AWS/Manual/1"}`, i)
	}
	return fmt.Sprintf(`{"name": %q, "actions": [%s]}`, name, strings.Join(actions, ", "))
}

// triggersOf is a list of n triggers, each as large as a trigger may be.
func triggersOf(n int) string {
	pattern := `"` + strings.Repeat("p", 255) + `"`
	list := "[" + pattern + strings.Repeat(", "+pattern, 7) + "]"
	filter := fmt.Sprintf(`{"branches": {"includes": %s, "excludes": %[1]s}, "filePaths": {"includes": %[1]s, "excludes": %[1]s}}`, list)
	trigger := fmt.Sprintf(`{"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "S", "push": [%s, %[1]s, %[1]s]}}`, filter)
	return "[" + trigger + strings.Repeat(", "+trigger, n-1) + "]"
}

// The bounds whose examples would be too large for a page: the exact text, for what is made here.
func TestTextsOfLargeBounds(t *testing.T) {
	stages := []string{stageOf("S", 1)}
	for i := range 20 {
		stages = append(stages, stageOf(fmt.Sprintf("T%d", i), 50))
	}
	resources := make([]string, 501)
	for i := range resources {
		resources[i] = fmt.Sprintf(`"R%d": {"Type": "AWS::S3::Bucket"}`, i)
	}
	var keys strings.Builder
	for i := range 5001 {
		fmt.Fprintf(&keys, "k%d: v\n", i)
	}
	many := "!Sub ['" + strings.Repeat("${X}", 1000) + "', {X: !Sub ['" + strings.Repeat("${Y}", 1000) +
		"', {Y: !Join ['', [" + strings.Repeat("0123456789,", 1000) + "]]}]}]"
	cases := []struct{ file, source, want string }{
		{
			"p.json", `{"name": "p", "stages": [` + strings.Join(stages, ", ") + `]}`,
			`too-many-actions: the pipeline has 1001 actions; at most 1000 are allowed (split it into pipelines: an action Invoke/CodePipeline starts another)`,
		},
		{
			"p.json", `{"name": "p", "stages": [` + stageOf("S", 1) + ", " + stageOf("T", 51) + `]}`,
			`many-actions: stage "T" has 51 actions (AWS's quotas name 50 in one place and 100 in another as the most; 50 are sure to be accepted)`,
		},
		{"p.json", `{"name": "p", "triggers": ` + triggersOf(10) + `, "stages": []}`, `triggers-too-large: the triggers have 251081 bytes; at most 204800 are allowed ()`},
		{"p.yaml", keys.String(), `too-many-values: this mapping has more than 5000 keys (a definition that large is read as JSON)`},
		{
			"p.yaml", "Resources:\n  P:\n    Type: AWS::CodePipeline::Pipeline\n    Properties:\n      Name: " + many + "\n",
			`too-much-text: the functions of this template make more than 8 MB of text ()`,
		},
		{
			"p.json", `{"Resources": {"P": {"Type": "AWS::CodePipeline::Pipeline", "Properties": {}}, ` + strings.Join(resources, ", ") + `}}`,
			`too-many-resources: the template has more than 500 resources (CloudFormation takes no more: nest stacks)`,
		},
		{"p.yaml", strings.Repeat(" ", 2<<20), `definition-too-large: the definition has 2097152 bytes; at most 1048576 are read ()`},
	}
	for _, c := range cases {
		p, list := pipeline.Parse(c.file, []byte(c.source))
		list = append(list, pipeline.Check(p, pipeline.Options{})...)
		code, _, _ := strings.Cut(c.want, ":")
		var got []string
		for _, d := range list {
			if d.Code == code {
				got = append(got, fmt.Sprintf("%s: %s (%s)", d.Code, d.Message, d.Help))
			}
		}
		if len(got) == 0 || got[0] != c.want {
			t.Errorf("%s: got %q, want %q", code, got, c.want)
		}
	}
}
