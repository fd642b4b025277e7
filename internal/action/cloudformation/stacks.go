package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Stacks is the port to what makes stacks.
//
// DescribeStack and DescribeChangeSet look once; what is not there is a *NotFoundError. A stack that was deleted is found
// by its ID, not by its name. Events are those of one stack since a time, the oldest first.
//
// Begin begins a change and returns the ID of the stack, or of the change set that it makes, before the change is done. A
// change of a stack in which nothing differs is ErrNoChanges. Each event of the change has its token; called again with
// the token of a change that goes on, it begins nothing. DeleteChangeSet removes a change set; one that is not there is no
// error.
type Stacks interface {
	DescribeStack(ctx context.Context, nameOrID string) (Stack, error)
	DescribeChangeSet(ctx context.Context, stackName, nameOrID string) (ChangeSet, error)
	Events(ctx context.Context, stackID string, since time.Time) ([]Event, error)
	Begin(ctx context.Context, c Change) (id string, err error)
	DeleteChangeSet(ctx context.Context, stackName, name string) error
}

// ErrNoChanges is the answer to a change of a stack in which nothing differs.
var ErrNoChanges = errors.New("no updates are to be performed")

// NotFoundError is the answer to a stack or a change set that is not there.
type NotFoundError struct{ What string }

func (e *NotFoundError) Error() string { return fmt.Sprintf("there is no %s", e.What) }

// Operation is what a Change does, in the words of CloudFormation's API.
type Operation string

// The operations.
const (
	CreateStack      Operation = "CreateStack"
	UpdateStack      Operation = "UpdateStack"
	DeleteStack      Operation = "DeleteStack"
	CreateChangeSet  Operation = "CreateChangeSet"
	ExecuteChangeSet Operation = "ExecuteChangeSet"
)

// Change asks for one change. What an operation has no use for is not looked at.
type Change struct {
	Operation     Operation
	StackName     string
	ChangeSetName string
	// New says that the change set makes the stack.
	New bool
	// Template is the text of the template. One that is too long for a request is put at TemplateAt first.
	Template    []byte
	TemplateAt  artifact.Location
	Parameters  map[string]string
	Tags        map[string]string
	StackPolicy string // JSON text
	// Capabilities is CAPABILITY_IAM and the like.
	Capabilities []string
	// RoleARN is the role that CloudFormation assumes.
	RoleARN string
	// Token marks the events of the change; a change set has it as its description.
	Token string
}

// Stack is a stack as it stands. Status and StatusReason are CloudFormation's own.
type Stack struct {
	ID, Name, Status, StatusReason string
	// Changed is when its last operation began.
	Changed time.Time
	Outputs map[string]string
}

// ChangeSet is a change set as it stands. Description is the token of the change that made it.
type ChangeSet struct {
	ID, StackID, Status, StatusReason, Description string
	// Empty says that it has failed only because nothing differs.
	Empty bool
}

// Event is an event of a stack: about the stack itself, or about one of its resources.
type Event struct {
	Time            time.Time
	Token           string
	LogicalID, Type string
	Status, Reason  string
}
