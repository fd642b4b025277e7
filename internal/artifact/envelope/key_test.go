package envelope_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/artifact/envelope/keystest"
)

func newKey(t testing.TB) *envelope.Key {
	t.Helper()
	var secret envelope.Secret
	_, _ = rand.Read(secret[:])
	return keyOf(t, secret)
}

func keyOf(t testing.TB, secret envelope.Secret) *envelope.Key {
	t.Helper()
	key, err := envelope.NewKey(secret, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestKey(t *testing.T) {
	keystest.Run(t, func(t *testing.T) (envelope.Keys, func() envelope.Keys) {
		var secret envelope.Secret
		_, _ = rand.Read(secret[:])
		return keyOf(t, secret), func() envelope.Keys { return keyOf(t, secret) }
	})
}

func TestNoRandomness(t *testing.T) {
	key, err := envelope.NewKey(envelope.Secret{}, strings.NewReader(strings.Repeat("x", 40)))
	if err != nil {
		t.Fatal(err)
	}
	if made, err := key.NewDataKey(t.Context()); err == nil || made.Plain != (envelope.Secret{}) || made.Wrapped != nil {
		t.Errorf("a data key without a nonce: error %v", err)
	}
}
