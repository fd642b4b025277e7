package platform

import (
	"slices"
	"testing"

	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/pipeline"
)

// A session may use the key of a store where the store is: an action in another Region stores there, and reads what was stored
// at home.
func TestKeysOfStores(t *testing.T) {
	p := &Platform{Settings: Settings{BucketName: "shared", Platform: resources.Platform{
		Partition: "aws", Region: "eu-central-1", Account: "111122223333", Key: "arn:aws:kms:eu-central-1:111122223333:key/shared",
	}}}
	at := func(bucket string) artifact.Object {
		return artifact.Object{Location: artifact.Location{Bucket: bucket, Key: "k"}}
	}
	a := p.access(action.Request{
		Action:         &pipeline.Action{},
		Inputs:         []action.Input{{Object: at("home")}, {Object: at("shared")}, {Object: at("plain")}},
		Outputs:        []action.Output{{Location: at("far").Location}},
		EncryptionKeys: map[string]string{"home": "1111", "far": "2222"},
		StoreRegions:   map[string]string{"home": "eu-central-1", "far": "us-east-1", "plain": "eu-central-1"},
	})
	want := []string{
		"arn:aws:kms:eu-central-1:111122223333:key/1111", "arn:aws:kms:eu-central-1:111122223333:key/shared",
		"arn:aws:kms:us-east-1:111122223333:key/2222",
	}
	if !slices.Equal(a.Keys, want) {
		t.Errorf("keys %q, want %q", a.Keys, want)
	}
}
