package resources

import (
	"encoding/json"
	"fmt"
	"io"
)

// Bundle is a definition with its compiled machines, as a deployment stores it for register-pipeline. Source is the canonical
// form, which may leave parts open, as may the webhooks, and the machines, whose text is only held against earlier ones.
type Bundle struct {
	Source        json.RawMessage  `json:"source"`
	StateMachines []BundledMachine `json:"stateMachines"`
	// Webhooks is what FillWebhooks reads, nil where there are none.
	Webhooks json.RawMessage `json:"webhooks,omitempty"`
}

// BundledMachine is one machine of a Bundle.
type BundledMachine struct {
	Stages     []string        `json:"stages"`
	Definition json.RawMessage `json:"definition"`
}

// Bundle is what a deployment stores of a pipeline, as JSON that ReadBundle reads.
func (p Pipeline) Bundle() ([]byte, error) {
	b := Bundle{Source: p.Source, Webhooks: p.Webhooks}
	for _, machine := range p.Machines {
		b.StateMachines = append(b.StateMachines, BundledMachine{machine.Stages, machine.Definition})
	}
	written, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("write the bundle of pipeline %q: %w", p.Name, err)
	}
	return written, nil
}

// maxBundle bounds a bundle, in bytes: Step Functions takes 1 MiB of each machine.
const maxBundle = 64 << 20

// ReadBundle reads what Bundle has written. A bundle without a definition or machines is none.
func ReadBundle(from io.Reader) (Bundle, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxBundle+1))
	if err != nil {
		return Bundle{}, err
	}
	if len(text) > maxBundle {
		return Bundle{}, bundleTooLongError()
	}
	var b Bundle
	if err := json.Unmarshal(text, &b); err != nil {
		return Bundle{}, fmt.Errorf("read the bundle: %w", err)
	}
	if len(b.Source) == 0 || len(b.StateMachines) == 0 {
		return Bundle{}, noBundleError()
	}
	return b, nil
}
