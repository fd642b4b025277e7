package keys

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/artifact/envelope/keystest"
	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/cloudtest"
	"github.com/penstock-ci/penstock/internal/execution"
)

type moto struct{ endpoint string }

func (m moto) account(through cloudtest.Through) *cloud.Account {
	return cloud.New(cloud.Config{Region: cloudtest.Region, Endpoint: m.endpoint, Change: cloudtest.Offline, Through: through})
}

func (m moto) createKey(t *testing.T) string {
	t.Helper()
	out, err := kms.NewFromConfig(cloudtest.Config(m.endpoint)).CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	return *out.KeyMetadata.Arn
}

func TestOnMoto(t *testing.T) {
	m := moto{cloudtest.Start(t)}
	t.Run("contract", func(t *testing.T) {
		keystest.Run(t, func(t *testing.T) (envelope.Keys, func() envelope.Keys) {
			id := m.createKey(t)
			open := func() envelope.Keys { return New(m.account(nil), id, map[string]string{"for": "tests"}) }
			return open(), open
		})
	})
	t.Run("encryption context", func(t *testing.T) { encryptionContext(t, m) })
	t.Run("one fault", func(t *testing.T) { cloudtest.OneFault(t, m.calls(t)) })
	t.Run("lasting faults", func(t *testing.T) { cloudtest.LastingFaults(t, m.calls(t)) })
}

func (m moto) calls(t *testing.T) []cloudtest.Call {
	t.Helper()
	id := m.createKey(t)
	key, err := New(m.account(nil), id, nil).NewDataKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return []cloudtest.Call{
		{Name: "NewDataKey", Permission: "kms:GenerateDataKey", Do: func(ctx context.Context, through cloudtest.Through) error {
			_, err := New(m.account(through), id, nil).NewDataKey(ctx)
			return err
		}},
		{Name: "Unwrap", Permission: "kms:Decrypt", Do: func(ctx context.Context, through cloudtest.Through) error {
			_, err := New(m.account(through), id, nil).Unwrap(ctx, key.Wrapped)
			return err
		}},
	}
}

func encryptionContext(t *testing.T, m moto) {
	id := m.createKey(t)
	one := New(m.account(nil), id, map[string]string{"pipeline": "one"})
	key, err := one.NewDataKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := one.Unwrap(t.Context(), key.Wrapped); err != nil || got != key.Plain {
		t.Errorf("unwrapped another key, error %v", err)
	}
	for _, c := range []map[string]string{nil, {"pipeline": "two"}, {"pipeline": "one", "more": "x"}} {
		if got, err := New(m.account(nil), id, c).Unwrap(t.Context(), key.Wrapped); !errors.Is(err, envelope.ErrNotWrapped) || got != (envelope.Secret{}) {
			t.Errorf("context %v: error %v, want ErrNotWrapped", c, err)
		}
	}
	missing := strings.Replace(id, "key/", "key/0", 1)
	if _, err := New(m.account(nil), missing, nil).NewDataKey(t.Context()); execution.CodeOf(err) != execution.NotFound || !strings.Contains(err.Error(), missing) {
		t.Errorf("a key that is not there: %v", err)
	}
	if _, err := New(m.account(nil), missing, nil).Unwrap(t.Context(), key.Wrapped); errors.Is(err, envelope.ErrNotWrapped) || execution.CodeOf(err) != execution.NotFound {
		t.Errorf("a key that is not there: %v", err)
	}
}
