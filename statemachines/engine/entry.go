package engine

import "time"

// EntryKind says what an Entry reports.
type EntryKind string

// The kinds of entries.
const (
	EntryStarted        EntryKind = "Started"
	EntryTaskReturned   EntryKind = "TaskReturned"
	EntryTaskFailed     EntryKind = "TaskFailed"
	EntryTokenSucceeded EntryKind = "TokenSucceeded"
	EntryTokenFailed    EntryKind = "TokenFailed"
	EntryTokenHeartbeat EntryKind = "TokenHeartbeat"
	EntryTimerFired     EntryKind = "TimerFired"
	EntryStopped        EntryKind = "Stopped"
)

// Entry is one thing that reached an execution from outside. The entries of an execution, applied in order, rebuild it.
type Entry struct {
	Execution string    `json:"execution"`
	Sequence  int       `json:"sequence"` // from 1, without gaps
	Time      time.Time `json:"time"`
	Kind      EntryKind `json:"kind"`
	Serial    int64     `json:"serial,omitempty"` // of the attempt or the timer
	Output    []byte    `json:"output,omitempty"` // JSON text
	Error     string    `json:"error,omitempty"`
	Cause     string    `json:"cause,omitempty"`
	Start     *Start    `json:"start,omitempty"` // of EntryStarted
}

// Start is all that a new execution begins with.
type Start struct {
	Definition       []byte   `json:"definition"`
	Input            []byte   `json:"input"`
	Seed             [32]byte `json:"seed"`
	ExecutionARN     string   `json:"executionArn"`
	StateMachineARN  string   `json:"stateMachineArn"`
	StateMachineName string   `json:"stateMachineName"`
	RoleARN          string   `json:"roleArn"`
	Region           string   `json:"region"`
}
