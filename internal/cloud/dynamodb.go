package cloud

import (
	"strconv"

	"github.com/penstock-ci/penstock/internal/cloud/wire"
)

// What the table is made of, as DynamoDB writes it (API reference, version 2012-08-10). Only what is used is here.

var dynamoDB = wire.Service{ID: "DynamoDB", Prefix: "dynamodb", Protocol: wire.JSON10, Model: "DynamoDB_20120810"}

// attribute is a value of an item: a string, a number in decimal digits, or bytes. A string or a number is never empty here.
type attribute struct {
	S string `json:"S,omitempty"`
	N string `json:"N,omitempty"`
	B []byte `json:"B,omitzero"` // an empty one is written, and nil is not
}

type attributes map[string]attribute

func text(s string) attribute { return attribute{S: s} }

func number(n int64) attribute { return attribute{N: strconv.FormatInt(n, 10)} }

type getItem struct {
	TableName      string
	Key            attributes
	ConsistentRead bool
}

type query struct {
	TableName                 string
	KeyConditionExpression    string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues attributes
	ExclusiveStartKey         attributes `json:",omitempty"`
	Limit                     int        `json:",omitempty"`
	ConsistentRead            bool
	ScanIndexForward          bool
}

type queried struct {
	Items            []attributes
	LastEvaluatedKey attributes
}

// change is a put of an item, or of a key its deletion or the check of a condition.
type change struct {
	TableName string
	Item      attributes `json:",omitempty"`
	Key       attributes `json:",omitempty"`
	condition
}

// condition is what an item must be; the zero one holds of every item.
type condition struct {
	ConditionExpression       string            `json:",omitempty"`
	ExpressionAttributeNames  map[string]string `json:",omitempty"`
	ExpressionAttributeValues attributes        `json:",omitempty"`
}

type putItem struct {
	change
	ReturnValuesOnConditionCheckFailure string // "ALL_OLD": an error has the item that is there
}

type transaction struct {
	TransactItems      []transactItem
	ClientRequestToken string
}

// transactItem has one member.
type transactItem struct {
	Put, Delete, ConditionCheck *change `json:",omitempty"`
}

// refusal is what DynamoDB says beside the code of an error: the item that a condition did not hold of, or why a transaction
// was canceled, a reason for each of its items.
type refusal struct {
	Item                attributes
	CancellationReasons []cancellationReason
}

type cancellationReason struct{ Code string }

const (
	conditionFailedException = "ConditionalCheckFailedException"
	canceledException        = "TransactionCanceledException"
)

// refused reads an error of DynamoDB with a code; nil where err is none.
func refused(err error, code string) *refusal {
	e := answered(err)
	if e == nil || e.Code != code {
		return nil
	}
	r := &refusal{}
	if e.Decode(r) != nil {
		return nil
	}
	return r
}
