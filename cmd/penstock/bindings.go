package main

import (
	"context"
	"path/filepath"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/internal/local"
	"github.com/penstock-ci/penstock/internal/local/bindings"
)

// bindingsFile is the file beside a definition that says what this machine stands in for.
const bindingsFile = "penstock.local.yaml"

// loadBindings reads what this machine stands in for, and holds it against the definition. It returns the file's
// text too, for excerpts. deployed says which objects deployments here have put.
func loadBindings(ctx context.Context, file string, d definition, deployed func(bucket, key string) bool) (*bindings.Bindings, diag.List, [2]string, error) {
	name := bindingsFile
	if file != "-" {
		name = filepath.Join(filepath.Dir(file), bindingsFile)
	}
	b, list, err := bindings.Read(name)
	if err != nil {
		return nil, nil, [2]string{}, err
	}
	b.Deployed, b.WrongRevision = deployed, local.WrongRevision(ctx, b)
	if len(d.pipeline.Stages) > 0 { // else everything that is bound would seem unknown
		list.Add(b.Check(d.pipeline)...)
	}
	return b, list, [2]string{name, string(b.Source())}, nil
}
