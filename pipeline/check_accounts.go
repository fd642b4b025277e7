package pipeline

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
)

// checkAccounts finds artifacts that cannot cross from one account to another: the key that encrypts them is nobody
// else's, or neither account is the pipeline's.
func checkAccounts(d *definition, list *diag.List) {
	home := accountOf(d.RoleArn)
	if home == "" {
		return
	}
	stores := d.ArtifactStores
	if d.ArtifactStore != nil {
		stores = append([]ArtifactStore{*d.ArtifactStore}, stores...)
	}
	for i := range d.actions {
		a := &d.actions[i]
		account := accountOf(a.RoleArn)
		if account == "" || account == home || len(a.InputArtifacts)+len(a.OutputArtifacts) == 0 {
			continue
		}
		if store := withoutKey(stores, a.Region); store != nil {
			list.Add(needsCustomerKey(a, account, store.At))
		}
		for _, input := range a.InputArtifacts {
			producer, known := d.artifacts[input.Value]
			if !known {
				continue
			}
			if from := accountOf(producer.RoleArn); from != "" && from != home && from != account {
				list.Add(artifactAcrossAccounts(input, producer, from, account))
			}
		}
	}
}

// withoutKey returns the first store that such an action may use and that has no key of its own.
func withoutKey(stores []ArtifactStore, region Text) *ArtifactStore {
	for i := range stores {
		s := &stores[i]
		if s.EncryptionKey == nil && (s.Region.Value == "" || region.Value == "" || s.Region.Value == region.Value) {
			return s
		}
	}
	return nil
}

// accountOf returns the account of a role, "" where it is not known.
func accountOf(role Text) string {
	parts := strings.SplitN(role.Value, ":", 6)
	if len(parts) < 6 || strings.Trim(parts[4], "0123456789") != "" {
		return ""
	}
	return parts[4]
}
