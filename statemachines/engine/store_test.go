package engine_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/penstock-ci/penstock/statemachines/asl"
	"github.com/penstock-ci/penstock/statemachines/engine"
	"github.com/penstock-ci/penstock/statemachines/engine/storetest"
)

func openMemory(testing.TB) (engine.Store, func() engine.Store) {
	store := engine.NewMemoryStore()
	return store, func() engine.Store { return store }
}

func TestMemoryStore(t *testing.T) { storetest.Store(t, openMemory) }

// Every generated machine, crashed at every entry.
func TestCrashGenerated(t *testing.T) {
	crashes, types := 0, map[string]int{}
	for seed := range uint64(200) {
		m := storetest.Machine(seed)
		count(m.States, types)
		t.Run(fmt.Sprint(seed), func(t *testing.T) { crashes += storetest.Crash(t, m, openMemory) })
	}
	t.Logf("%d crashes; states: %v", crashes, types)
	for _, typ := range []string{"Task", "Choice", "Parallel", "Map", "Pass", "Wait", "Succeed", "Fail"} {
		if types[typ] < 50 {
			t.Errorf("the machines have only %d states of type %s", types[typ], typ)
		}
	}
}

func count(states asl.States, types map[string]int) {
	for _, named := range states {
		types[named.State.Type()]++
		switch s := named.State.(type) {
		case *asl.Parallel:
			for i := range s.Branches {
				count(s.Branches[i].States, types)
			}
		case *asl.Map:
			count(s.ItemProcessor.States, types)
		}
	}
}

// Compiled pipelines, crashed at every entry: the machines that package statemachines keeps as golden files.
func TestCrashCompiled(t *testing.T) {
	files, err := filepath.Glob("../testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	machines := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if definition := section(archive, "machine.asl.json"); definition != "" {
			machines++
			t.Run(filepath.Base(file), func(t *testing.T) { storetest.Crash(t, machine(t, definition), openMemory) })
		}
	}
	if machines < 3 {
		t.Errorf("only %d compiled machines", machines)
	}
}
