package cloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/artifact/objectstest"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/execution/porttest"
)

// Every adapter passes the suite of its port.
func contracts(t *testing.T, m moto) {
	t.Run("Table", func(t *testing.T) {
		porttest.Table(t, func(t *testing.T) execution.Table {
			m.empty(t)
			cloudtest.CreateTable(t, m.endpoint, "penstock")
			return m.account().Table("penstock", cloudtest.IDs{})
		})
	})
	t.Run("Values", func(t *testing.T) {
		porttest.Objects(t, func(t *testing.T) execution.Objects {
			m.empty(t)
			m.createBucket(t, "values", s3types.BucketVersioningStatusEnabled)
			return m.account().Values("values", "v/", BucketOptions{})
		})
	})
	t.Run("Objects", func(t *testing.T) {
		objectstest.Run(t, func(t *testing.T) artifact.Objects {
			m.empty(t)
			m.createBucket(t, "bucket", s3types.BucketVersioningStatusEnabled)
			return m.account().Objects(BucketOptions{})
		})
	})
	t.Run("Objects without versions", func(t *testing.T) {
		objectstest.Run(t, func(t *testing.T) artifact.Objects {
			m.empty(t)
			m.createBucket(t, "bucket", "")
			return m.account().Objects(BucketOptions{})
		})
	})
}

func (m moto) createKey(t *testing.T) string {
	t.Helper()
	out, err := kms.NewFromConfig(cloudtest.Config(m.endpoint)).CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	return *out.KeyMetadata.Arn
}
