// Package keystest is the contract of envelope.Keys as tests, which every adapter passes. It knows no adapter: Run gets
// constructors.
package keystest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-ci/penstock/internal/artifact/envelope"
)

// Run holds the Keys that open makes to the contract. Each call of open makes Keys of another key, and again opens
// those once more, as the next process does.
func Run(t *testing.T, open func(*testing.T) (keys envelope.Keys, again func() envelope.Keys)) {
	t.Helper()
	for _, contract := range []struct {
		name  string
		check func(*testing.T, func(*testing.T) (envelope.Keys, func() envelope.Keys))
	}{
		{"a wrapped key is unwrapped", unwrapped},
		{"no two data keys are the same", different},
		{"what another key wrapped is an ErrUnknownKey", foreign},
		{"what is not a wrapped key is told", damaged},
		{"keys are used concurrently", concurrent},
		{"a key does not show", hidden},
	} {
		t.Run(contract.name, func(t *testing.T) { contract.check(t, open) })
	}
}

func newKey(t *testing.T, keys envelope.Keys) envelope.DataKey {
	t.Helper()
	key, err := keys.NewDataKey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func unwrapped(t *testing.T, open func(*testing.T) (envelope.Keys, func() envelope.Keys)) {
	keys, again := open(t)
	first, second := newKey(t, keys), newKey(t, keys)
	for _, k := range []envelope.Keys{keys, again()} {
		for _, key := range []envelope.DataKey{second, first} {
			if got, err := k.Unwrap(t.Context(), key.Wrapped); err != nil || got != key.Plain {
				t.Errorf("unwrapped another key, error %v", err)
			}
		}
	}
}

func different(t *testing.T, open func(*testing.T) (envelope.Keys, func() envelope.Keys)) {
	keys, again := open(t)
	seen := map[envelope.Secret]bool{{}: true}
	for _, k := range []envelope.Keys{keys, again()} {
		for range 50 {
			key := newKey(t, k)
			if seen[key.Plain] || bytes.Contains(key.Wrapped, key.Plain[:]) {
				t.Fatal("a key came twice, or is wrapped in clear")
			}
			seen[key.Plain] = true
		}
	}
}

func foreign(t *testing.T, open func(*testing.T) (envelope.Keys, func() envelope.Keys)) {
	one, _ := open(t)
	other, _ := open(t)
	if _, err := other.Unwrap(t.Context(), newKey(t, one).Wrapped); !errors.Is(err, envelope.ErrUnknownKey) {
		t.Errorf("error %v, want ErrUnknownKey", err)
	}
}

func damaged(t *testing.T, open func(*testing.T) (envelope.Keys, func() envelope.Keys)) {
	keys, _ := open(t)
	wrapped := newKey(t, keys).Wrapped
	cases := [][]byte{nil, {0}, wrapped[:len(wrapped)-1], append(bytes.Clone(wrapped), 0), bytes.Repeat([]byte{7}, len(wrapped))}
	for i := range wrapped {
		changed := bytes.Clone(wrapped)
		changed[i] ^= 1
		cases = append(cases, changed)
	}
	for i, c := range cases {
		got, err := keys.Unwrap(t.Context(), c)
		if !errors.Is(err, envelope.ErrNotWrapped) && !errors.Is(err, envelope.ErrUnknownKey) || got != (envelope.Secret{}) {
			t.Errorf("case %d: error %v", i, err)
		}
	}
}

func concurrent(t *testing.T, open func(*testing.T) (envelope.Keys, func() envelope.Keys)) {
	keys, _ := open(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			key, err := keys.NewDataKey(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := keys.Unwrap(t.Context(), key.Wrapped); err != nil || got != key.Plain {
				t.Errorf("unwrapped another key, error %v", err)
			}
		})
	}
	all.Wait()
}

// hidden formats what may come into a log by mistake.
func hidden(t *testing.T, open func(*testing.T) (envelope.Keys, func() envelope.Keys)) {
	keys, _ := open(t)
	key := newKey(t, keys)
	// Four bytes of it, as %v, %x and %#v would write them.
	b := key.Plain[:4]
	shown := []string{fmt.Sprintf("%d %d %d %d", b[0], b[1], b[2], b[3]), fmt.Sprintf("%x", b), strings.TrimSuffix(fmt.Sprintf("%#v", b)[len("[]byte{"):], "}")}
	for _, format := range []string{"%v", "%+v", "%#v", "%x", "%s", "%d", "%q"} {
		for _, value := range []any{key, &key, key.Plain, &key.Plain, keys} {
			for _, secret := range shown {
				if text := fmt.Sprintf(format, value); strings.Contains(text, secret) {
					t.Errorf("%s of %T shows the key", format, value)
				}
			}
		}
	}
	if text, err := json.Marshal(key); err == nil {
		t.Errorf("a key became %d bytes of JSON", len(text))
	}
}
