package envelope

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// Key is Keys over one key that this process holds. A wrapped key is its ID (8 bytes), a nonce and the sealed data key.
type Key struct {
	id     [8]byte
	aead   cipher.AEAD
	random io.Reader
}

// NewKey makes a Key of a secret. Data keys and nonces are read from random: the nonces must not come twice, and
// random ones do not for the 2^32 data keys that NIST SP 800-38D allows.
func NewKey(secret Secret, random io.Reader) (*Key, error) {
	aead, err := newGCM(secret)
	if err != nil {
		return nil, err
	}
	k := &Key{aead: aead, random: random}
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("penstock key id"))
	copy(k.id[:], mac.Sum(nil))
	return k, nil
}

// Format prints the ID.
func (k *Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "key "+k.ID()) }

// ID tells keys apart, and nothing else about them.
func (k *Key) ID() string { return hex.EncodeToString(k.id[:]) }

// NewDataKey is that of Keys.
func (k *Key) NewDataKey(context.Context) (DataKey, error) {
	var key DataKey
	nonce := make([]byte, nonceSize)
	for _, random := range [][]byte{key.Plain[:], nonce} {
		if _, err := io.ReadFull(k.random, random); err != nil {
			return DataKey{}, fmt.Errorf("make a data key: %w", err)
		}
	}
	key.Wrapped = k.aead.Seal(append(k.id[:], nonce...), nonce, key.Plain[:], k.id[:])
	return key, nil
}

// Unwrap is that of Keys.
func (k *Key) Unwrap(_ context.Context, wrapped []byte) (Secret, error) {
	var secret Secret
	if len(wrapped) != len(k.id)+nonceSize+len(secret)+tagSize {
		return Secret{}, ErrNotWrapped
	}
	id, sealed := wrapped[:len(k.id)], wrapped[len(k.id):]
	if [8]byte(id) != k.id {
		return Secret{}, fmt.Errorf("%w: with %x, and the key here is %s", ErrUnknownKey, id, k.ID())
	}
	if _, err := k.aead.Open(secret[:0], sealed[:nonceSize], sealed[nonceSize:], id); err != nil {
		return Secret{}, ErrNotWrapped
	}
	return secret, nil
}
