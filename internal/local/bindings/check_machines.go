package bindings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/penstock-ci/penstock/internal/diag"
	"github.com/penstock-ci/penstock/statemachines/asl"
)

// LambdaInvoke is the resource of Task states that invoke a function named in their Arguments; the ARN of a function is
// one too. Others do not run here.
const LambdaInvoke = "arn:aws:states:::lambda:invoke"

// checkMachines reads every state machine that is bound, and reports what is wrong in it: what Step Functions would
// refuse, what this machine does not run, and the functions that are not bound. It returns the names of those functions
// that are called.
func (b *Bindings) checkMachines(list *diag.List) map[string]bool {
	called := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(b.StateMachines)) {
		path := b.StateMachines[key].Path
		text, err := os.ReadFile(path)
		if path == "" || errors.Is(err, os.ErrNotExist) {
			continue // which is reported where it is bound
		}
		if err != nil {
			list.Add(unreadableMachine(b.keys["machine "+key], err))
			continue
		}
		b.machines[filepath.ToSlash(path)] = text
		m, err := ReadMachine(text)
		var problems asl.Problems
		if errors.As(err, &problems) {
			list.Add(machineProblems(path, problems)...)
			continue
		}
		if err != nil {
			list.Add(wrong("invalid-machine", fileStart(path), "%v", err))
			continue
		}
		list.Add(machineProblems(path, b.checkTasks(m, called).Locate(text))...)
	}
	return called
}

// ReadMachine decodes and validates the definition of a state machine. Its error may be an asl.Problems, with places.
func ReadMachine(text []byte) (*asl.StateMachine, error) {
	m, err := asl.Decode(text)
	if err != nil {
		return nil, err
	}
	if problems := m.Validate(); len(problems) > 0 {
		return nil, problems.Locate(text)
	}
	return m, nil
}

// ReadStateMachine reads the state machine that an ARN is bound to, and its name.
func (b *Bindings) ReadStateMachine(arn string) (name string, m *asl.StateMachine, err error) {
	name = StateMachineName(arn)
	bound, ok := b.StateMachineNamed(arn)
	if !ok {
		return name, nil, errors.New(machineNotBound(name))
	}
	text, err := os.ReadFile(bound.Path)
	if err == nil {
		m, err = ReadMachine(text)
	}
	if err != nil {
		return name, nil, fmt.Errorf("read state machine %s: %w", name, err)
	}
	return name, m, nil
}

func (b *Bindings) checkTasks(m *asl.StateMachine, called map[string]bool) asl.Problems {
	var problems asl.Problems
	add := func(path, format string, args ...any) {
		problems = append(problems, asl.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
	}
	eachTask("", m.States, func(path string, t *asl.Task) {
		reference, field := t.Resource, path+".Resource"
		if t.Resource == LambdaInvoke {
			arguments, _ := t.Arguments.(asl.Object)
			name, _ := arguments.Get("FunctionName")
			reference, _ = name.(string)
			field = path + ".Arguments.FunctionName"
			if reference == "" || strings.HasPrefix(reference, "{%") {
				return // known when the state runs
			}
		} else if !strings.Contains(t.Resource, ":function:") {
			add(field, "%s", resourceNotRun(t.Resource))
			return
		}
		called[FunctionName(reference)] = true
		if _, bound := b.FunctionNamed(reference); !bound {
			add(field, "%s", functionNotBound(FunctionName(reference)))
		}
	})
	return problems
}

// eachTask goes through the Task states of a state machine, and of those inside its states.
func eachTask(at string, states asl.States, f func(path string, t *asl.Task)) {
	prefix := strings.TrimPrefix(at+".States.", ".")
	for _, named := range states {
		path := prefix + named.Name
		switch state := named.State.(type) {
		case *asl.Task:
			f(path, state)
		case *asl.Parallel:
			for i, branch := range state.Branches {
				eachTask(fmt.Sprintf("%s.Branches[%d]", path, i), branch.States, f)
			}
		case *asl.Map:
			eachTask(path+".ItemProcessor", state.ItemProcessor.States, f)
		}
	}
}
