// Package keys is the data keys of artifacts, wrapped by KMS.
package keys

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/penstock-ci/penstock/internal/artifact/envelope"
	"github.com/penstock-ci/penstock/internal/cloud"
)

// maxWrappedBytes is the longest ciphertext that KMS takes.
const maxWrappedBytes = 6144

// Keys is an envelope.Keys over a symmetric key of KMS, which never leaves it.
type Keys struct {
	account *cloud.Account
	keyID   string
	context map[string]string
}

// New wraps data keys of the account with the key keyID, its ARN or an alias, under an encryption context: names that are no secret,
// by which CloudTrail and the key's policy tell one use from another. What was wrapped under another one is not unwrapped.
func New(account *cloud.Account, keyID string, encryptionContext map[string]string) *Keys {
	return &Keys{account: account, keyID: keyID, context: maps.Clone(encryptionContext)}
}

// NewDataKey is that of envelope.Keys.
func (k *Keys) NewDataKey(ctx context.Context) (envelope.DataKey, error) {
	doing := "make a data key of " + k.keyID
	client, err := cloud.Client(k.account, kms.NewFromConfig)
	if err != nil {
		return envelope.DataKey{}, k.account.Failed(doing, err)
	}
	out, err := client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &k.keyID, KeySpec: types.DataKeySpecAes256, EncryptionContext: k.context})
	if err != nil {
		return envelope.DataKey{}, k.account.Failed(doing, err)
	}
	secret, err := k.secret(out.Plaintext)
	return envelope.DataKey{Plain: secret, Wrapped: out.CiphertextBlob}, err
}

// Unwrap is that of envelope.Keys. The key is named to KMS: without, it would take any key that the ciphertext names and
// the caller may use.
func (k *Keys) Unwrap(ctx context.Context, wrapped []byte) (envelope.Secret, error) {
	if len(wrapped) == 0 || len(wrapped) > maxWrappedBytes {
		return envelope.Secret{}, envelope.ErrNotWrapped
	}
	doing := "unwrap a data key with " + k.keyID
	client, err := cloud.Client(k.account, kms.NewFromConfig)
	if err != nil {
		return envelope.Secret{}, k.account.Failed(doing, err)
	}
	out, err := client.Decrypt(ctx, &kms.DecryptInput{KeyId: &k.keyID, CiphertextBlob: wrapped, EncryptionContext: k.context})
	var another *types.IncorrectKeyException
	var altered *types.InvalidCiphertextException
	switch {
	case errors.As(err, &another):
		return envelope.Secret{}, fmt.Errorf("%w: %w", envelope.ErrUnknownKey, k.account.Failed(doing, err))
	case errors.As(err, &altered):
		return envelope.Secret{}, fmt.Errorf("%w: %w", envelope.ErrNotWrapped, k.account.Failed(doing, err))
	case err != nil:
		return envelope.Secret{}, k.account.Failed(doing, err)
	}
	return k.secret(out.Plaintext)
}

// secret copies a key out of an answer, and clears it there.
func (k *Keys) secret(plain []byte) (envelope.Secret, error) {
	defer clear(plain)
	var secret envelope.Secret
	if len(plain) != len(secret) {
		return envelope.Secret{}, dataKeyLength(k.keyID, len(plain))
	}
	copy(secret[:], plain)
	return secret, nil
}
