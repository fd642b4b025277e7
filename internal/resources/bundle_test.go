package resources_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock-ci/penstock/internal/resources"
	"github.com/penstock-ci/penstock/internal/resources/machines"
	"github.com/penstock-ci/penstock/pipeline"
)

// What a deployment stores of a pipeline is what register-pipeline reads: every text of it means the same.
func TestBundle(t *testing.T) {
	all := maps.Clone(examples(t))
	p, list := pipeline.Parse("hooked.yaml", []byte(hooked))
	if list.HasErrors() {
		t.Fatal(list)
	}
	all["hooked"] = p
	for name, p := range all {
		t.Run(name, func(t *testing.T) {
			made, err := here.Pipeline(p, machines.Compile, resources.Named)
			if err != nil {
				t.Fatal(err)
			}
			written, err := made.Bundle()
			if err != nil {
				t.Fatal(err)
			}
			read, err := resources.ReadBundle(bytes.NewReader(written))
			if err != nil {
				t.Fatal(err)
			}
			want := resources.Bundle{Source: made.Source, Webhooks: made.Webhooks}
			for _, m := range made.Machines {
				want.StateMachines = append(want.StateMachines, resources.BundledMachine{Stages: m.Stages, Definition: m.Definition})
			}
			decoded := cmp.Transformer("decoded", func(text json.RawMessage) (value any) {
				if err := json.Unmarshal(text, &value); len(text) > 0 && err != nil {
					t.Errorf("%v in %s", err, text)
				}
				return value
			})
			if diff := cmp.Diff(want, read, decoded); diff != "" {
				t.Errorf("-made +read:\n%s", diff)
			}
		})
	}
}

func TestReadBundleRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                                    "unexpected end",
		`[]`:                                  "cannot unmarshal",
		`{}`:                                  "no definition or no state machine",
		`{"source":{},"stateMachines":[]}`:    "no definition or no state machine",
		`{"stateMachines":[{"stages":[]}]}`:   "no definition or no state machine",
		`"` + strings.Repeat("a", 64<<20):     "more than 67108864 bytes",
		`{"source":{},"stateMachines":[{}]}}`: "invalid character",
	} {
		if _, err := resources.ReadBundle(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", text, err, want)
		}
	}
}
