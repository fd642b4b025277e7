package execution

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/penstock-ci/penstock/events"
)

// Key names one item: items of one partition are ordered by Sort, bytewise.
type Key struct {
	Partition string
	Sort      string
}

// Item is one stored value and the revision of its last write, which is 1 for a new item and rises by one.
type Item struct {
	Key
	Revision int64
	Value    []byte
}

// Write is one part of a conditional write of several items. It holds only where the item's revision is still
// IfRevision, 0 meaning that there is none.
//
// Expires is when the item is of no use to anybody any more; zero is never. A Table may remove it from then on, at some
// time or never, and must not do so earlier: those here keep it.
type Write struct {
	Key
	IfRevision int64
	Kind       WriteKind
	Value      []byte
	Expires    time.Time
}

// WriteKind says what a Write does with its item.
type WriteKind int

// A Write puts its value, removes the item, or only checks the revision.
const (
	Put WriteKind = iota
	Delete
	Check
)

// Limits of a Table, the least that its adapters share.
const (
	MaxWrites    = 100
	MaxItemBytes = 350 << 10
)

// Table is the port to the records.
//
// Get returns the item with its revision, read consistently; one that is not there has revision 0 and no error.
// Query returns at most limit items of a partition whose Sort begins with prefix, in ascending or descending order,
// beginning behind after where that is not empty; limit 0 means no bound.
// Write does all of its writes or none; where a condition does not hold it returns an *Error with code Conflict. No
// two writes name the same key, there are at most MaxWrites of them, and no value is over MaxItemBytes.
type Table interface {
	Get(ctx context.Context, key Key) (Item, error)
	Query(ctx context.Context, q Query) ([]Item, error)
	Write(ctx context.Context, writes []Write) error
}

// Query selects items of one partition.
type Query struct {
	Partition  string
	Prefix     string
	After      string
	Limit      int
	Descending bool
}

// Machine is the port to what runs state machines: Step Functions, or the engine in this process.
//
// StartMachine starts an execution by its name; one that was started under that name with the same input counts as
// started. StopMachine ends it; one that has ended, or is unknown, is no error. CompleteTask answers a task token
// once; a token that is used up, timed out or unknown is an *Error with code NotFound. DescribeMachine says how an
// execution stands; of one that it does not know, because it was never started or is forgotten, the error is NotFound.
type Machine interface {
	StartMachine(ctx context.Context, start MachineStart) error
	StopMachine(ctx context.Context, stop MachineStop) error
	CompleteTask(ctx context.Context, answer TaskAnswer) error
	DescribeMachine(ctx context.Context, name string) (MachineStatus, error)
}

// MachineStart asks for one state machine execution of one registered definition.
type MachineStart struct {
	Name             string                `json:"name"`
	PipelineName     string                `json:"pipelineName"`
	DefinitionDigest string                `json:"definitionDigest"`
	Input            events.ExecutionInput `json:"input"`
}

// MachineStop asks for the end of one state machine execution.
type MachineStop struct {
	Name  string `json:"name"`
	Cause string `json:"cause,omitempty"`
}

// MachineStatus is how a state machine execution stands. Status is RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED, as
// Step Functions prints it; Error and Cause say why it failed or was aborted.
type MachineStatus struct {
	Status string
	Error  string
	Cause  string
}

// machineEnds are the statuses after which a machine execution does no more.
var machineEnds = []string{"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}

// Ended says whether the machine execution does no more.
func (m MachineStatus) Ended() bool { return slices.Contains(machineEnds, m.Status) }

// Reason says in one line why it has ended.
func (m MachineStatus) Reason() string {
	switch {
	case m.Error == "" && m.Cause == "":
		return "its state machine execution is " + m.Status
	case m.Cause == "":
		return m.Error
	case m.Error == "":
		return m.Cause
	}
	return m.Error + ": " + m.Cause
}

// TaskAnswer answers a task token: with Output, or, where Error is set, with a failure.
type TaskAnswer struct {
	Token  string          `json:"token"`
	Output json.RawMessage `json:"output,omitempty"`
	Error  string          `json:"error,omitempty"`
	Cause  string          `json:"cause,omitempty"`
}

// Bus is the port to EventBridge. Publish may be called again with an event that was already published: its ID is the
// same.
type Bus interface {
	Publish(ctx context.Context, event events.Envelope) error
}

// Clock is the port to time.
type Clock interface {
	Now() time.Time
}

// IDs is the port to identity: NewID returns a lower-case UUID that was never returned before.
type IDs interface {
	NewID() string
}
