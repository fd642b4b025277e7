package resources_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// TestLargestSessions holds that the session policy of an action fits with all the artifacts that its type takes and makes,
// and with names of some length, and that it has their very keys.
func TestLargestSessions(t *testing.T) {
	word := func(s string) pipeline.Text { return pipeline.Text{Value: s} }
	far := resources.Platform{
		Name: "penstock", Partition: "aws", Region: "ap-southeast-1", Account: "123456789012",
		Key: "arn:aws:kms:ap-southeast-1:123456789012:key/12345678-1234-1234-1234-123456789012",
	}
	for _, row := range catalogue.ActionTypes() {
		if !resources.Runs(row) {
			continue
		}
		a := resources.ActionAccess{Pipeline: "a-pipeline-with-a-name-of-some-length", Configuration: map[string]string{}, Keys: []string{far.Key}}
		a.Action = &pipeline.Action{Name: word("A"), ActionTypeID: pipeline.ActionTypeID{
			Category: word(row.Category), Owner: word(row.Owner), Provider: word(row.Provider), Version: word(row.Version),
		}}
		for _, p := range row.Properties {
			a.Configuration[p.Name] = strings.Repeat("n", 50)
			if strings.HasSuffix(p.Name, "Arn") {
				a.Configuration[p.Name] = "arn:aws:service:ap-southeast-1:123456789012:" + strings.Repeat("n", 50)
			}
		}
		a.Configuration["BatchEnabled"], a.Configuration["ActionMode"] = "true", "CREATE_UPDATE"
		artifacts := func(n int, name string) (all []resources.Object) {
			for i := range n {
				all = append(all, resources.Object{Bucket: far.Bucket(), Key: fmt.Sprintf("a-pipeline-with-a-na/%s%04d/ABCDEFGHIJKLMNOP", name, i)})
			}
			return all
		}
		a.Reads, a.Writes = artifacts(row.Inputs.Max, "Inputs"), artifacts(row.Outputs.Max, "Output")
		text, err := far.SessionPolicy(a)
		if err != nil {
			t.Errorf("%s: %v", row, err)
			continue
		}
		narrowed := readPolicy(t, []byte(text))
		for _, o := range a.Reads {
			object := far.BucketARN(o.Bucket) + "/" + o.Key
			if !narrowed.allows(call{"s3:GetObject", object, nil}) || narrowed.allows(call{"s3:GetObject", object + "x", nil}) ||
				narrowed.allows(call{"s3:PutObject", object, nil}) {
				t.Errorf("%s: not just the reading of %s is allowed by %s", row, object, text)
			}
		}
	}
}
