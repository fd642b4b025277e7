package cloud

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
)

const region = cloudtest.Region

// moto is moto's server in a process of its own, which ends with the test.
type moto struct{ endpoint string }

func startMoto(t *testing.T) moto {
	t.Helper()
	return moto{endpoint: cloudtest.Start(t)}
}

// All tests with moto share its process, which takes longer to start than most of them take. Each finds it empty.
func TestOnMoto(t *testing.T) {
	m := startMoto(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, moto)
	}{
		{"contracts", contracts},
		{"one fault", func(t *testing.T, m moto) { cloudtest.OneFault(t, prepared(t, m)) }},
		{"lasting faults", func(t *testing.T, m moto) { cloudtest.LastingFaults(t, prepared(t, m)) }},
		{"broken answers", brokenAnswers},
		{"queries", queries},
		{"pages", pages},
		{"same key in both parts", keyParts},
		{"conflicts", conflicts},
		{"foreign items", foreignItems},
		{"uploads", uploads},
		{"encryption and owner", encryptionAndOwner},
		{"overwritten without versions", overwritten},
		{"reads that jump", jumps},
		{"values", valuesAgain},
		{"state machines", machinesOnMoto},
		{"uploads that are left", leftUploads},
		{"somebody else's uploads", othersUploads},
		{"a deployment to S3", deployed},
		{"a deployment to another Region", deployedElsewhere},
		{"deployments that are left", leftDeployment},
		{"deployments that are refused", refusedDeployment},
	} {
		t.Run(test.name, func(t *testing.T) {
			m.empty(t)
			test.run(t, m)
		})
	}
}

// empty forgets everything that is in moto.
func (m moto) empty(t *testing.T) {
	t.Helper()
	cloudtest.Empty(t, m.endpoint)
}

// account is moto's as the adapters see it.
func (m moto) account() *Account { return m.accountThrough(nil) }

// accountThrough sends requests through a transport, which may lose or change them.
func (m moto) accountThrough(through cloudtest.Through) *Account {
	return New(Config{Region: region, Endpoint: m.endpoint, Change: cloudtest.Offline, Through: through})
}

func (m moto) createBucket(t *testing.T, name string, versions s3types.BucketVersioningStatus) *s3.Client {
	t.Helper()
	return cloudtest.CreateBucket(t, m.endpoint, name, versions)
}
