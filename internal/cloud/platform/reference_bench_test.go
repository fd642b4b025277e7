package platform

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/statemachines/engine"
)

// prices are AWS's list prices in us-east-1 in November 2026, in US dollars, free tiers left out, of what a release takes
// besides the work of its actions: builds and the traffic of artifacts cost the same under CodePipeline.
var prices = map[string]float64{
	"state transition":    0.000025,     // Step Functions Standard
	"read":                0.125 / 1e6,  // DynamoDB on demand, a strongly consistent read of 4 KB
	"write":               0.625 / 1e6,  // a write of 1 KB; in a transaction it counts twice
	"event":               1.00 / 1e6,   // EventBridge, published by us
	"invocation":          0.20 / 1e6,   // Lambda
	"GB second":           0.0000133334, // Lambda on arm64
	"object put":          0.005 / 1e3,  // S3
	"object read":         0.0004 / 1e3,
	"key":                 0.03 / 1e4, // KMS; a bucket key makes it one for many objects, here it is one for each
	"notification":        0.50 / 1e6, // SNS
	"log GB":              0.50,       // CloudWatch Logs
	"action minute in V2": 0.002,      // CodePipeline V2; approvals are free
}

// An invocation is billed for what it lasts: taken is half a second of 512 MB, which is more than a warm one needs.
const gbSeconds = 0.5 * 0.5

// meteredTable counts what DynamoDB bills.
type meteredTable struct {
	execution.Table
	mu            sync.Mutex
	reads, writes float64
}

func units(size, unit int) float64 { return float64(max(1, (size+unit-1)/unit)) }

func (m *meteredTable) add(reads, writes float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads += reads
	m.writes += writes
}

// Get is that of execution.Table.
func (m *meteredTable) Get(ctx context.Context, key execution.Key) (execution.Item, error) {
	item, err := m.Table.Get(ctx, key)
	m.add(units(len(item.Value), 4<<10), 0)
	return item, err
}

// Query is that of execution.Table.
func (m *meteredTable) Query(ctx context.Context, q execution.Query) ([]execution.Item, error) {
	items, err := m.Table.Query(ctx, q)
	size := 0
	for _, item := range items {
		size += len(item.Value)
	}
	m.add(units(size, 4<<10), 0)
	return items, err
}

// Write is that of execution.Table.
func (m *meteredTable) Write(ctx context.Context, writes []execution.Write) error {
	for _, w := range writes {
		n := units(len(w.Value)+200, 1<<10) // keys and what is around the value
		if len(writes) > 1 || w.Kind == execution.Delete {
			n *= 2
		}
		m.add(0, n)
	}
	return m.Table.Write(ctx, writes)
}

// reference is the pipeline that is priced: a source, eight builds and a deployment of a minute each, and an approval.
func reference() string {
	var builds []string
	for i := range 8 {
		builds = append(builds, fmt.Sprintf(`{"name":"Build%d","runOrder":%d,"namespace":"B%d","actionTypeId":"Build/AWS/CodeBuild/1",
			"configuration":{"ProjectName":"p%d"},"inputArtifacts":[{"name":"Source"}]%s}`, i, i/2+1, i, i,
			map[bool]string{true: `,"outputArtifacts":[{"name":"Pages"}]`}[i == 0]))
	}
	return `{"name":"site","pipelineType":"V2","stages":[
		{"name":"Source","actions":[{"name":"Content","actionTypeId":"Source/AWS/S3/1",
			"configuration":{"S3Bucket":"content","S3ObjectKey":"site.zip"},"outputArtifacts":[{"name":"Source"}]}]},
		{"name":"Build","actions":[` + strings.Join(builds[:4], ",") + `]},
		{"name":"Test","actions":[` + strings.Join(builds[4:], ",") + `]},
		{"name":"Approve","actions":[{"name":"Publish","actionTypeId":"Approval/AWS/Manual/1",
			"configuration":{"CustomData":"#{B0.PAGES}?","NotificationArn":"arn:aws:sns:eu-central-1:123456789012:release"}}]},
		{"name":"Production","actions":[{"name":"Pages","actionTypeId":"Deploy/AWS/S3/1",
			"configuration":{"BucketName":"production","Extract":"true"},"inputArtifacts":[{"name":"Pages"}]}]}]}`
}

// What a release of the reference pipeline takes of AWS, and what that costs beside CodePipeline V2: 10 actions of a minute
// and an approval.
func BenchmarkReferencePipeline(b *testing.B) {
	const actions, billed = 11, 10
	var transitions, calls, cost float64
	for b.Loop() {
		w := newWorld(b, "")
		table := &meteredTable{Table: w.table}
		w.table = table
		w.restart() // with that table, which the test itself does not read
		w.deploy(reference())
		table.reads, table.writes = 0, 0
		logged := w.log.Len()
		id := w.start("site", "event-1")
		e := w.run(id)
		if e.Status != execution.ExecutionSucceeded {
			b.Fatalf("the execution is %s: %s", e.Status, w.told(e))
		}
		transitions = float64(entered(w.states.Engine.History(id)))
		calls = float64(len(w.faults.calls))
		cost = w.cost(table, transitions, w.log.Len()-logged)
	}
	b.ReportMetric(transitions/actions, "transitions/action")
	b.ReportMetric(calls/actions, "AWS-calls/action")
	b.ReportMetric(cost*1e6, "µ$/release")
	b.ReportMetric(100*cost/(billed*prices["action minute in V2"]), "%-of-V2")
}

// entered counts the states that were entered, which Step Functions bills as transitions.
func entered(history []engine.Event) int {
	n := 0
	for _, event := range history {
		if strings.HasSuffix(event.Type, "StateEntered") {
			n++
		}
	}
	return n
}

// cost prices what a release has taken.
func (w *world) cost(table *meteredTable, transitions float64, logged int) float64 {
	taken := map[string]float64{
		"state transition": transitions, "write": table.writes, "read": table.reads, "log GB": float64(logged) / 1e9,
		"invocation": float64(w.invocations), "GB second": float64(w.invocations) * gbSeconds,
	}
	for _, call := range w.faults.calls {
		switch {
		case call == "AWSEvents.PutEvents":
			taken["event"]++
		case call == "Action=Publish":
			taken["notification"]++
		case strings.HasPrefix(call, "PUT "):
			taken["object put"]++
			taken["key"]++
		case strings.HasPrefix(call, "GET "):
			taken["object read"]++
			taken["key"]++
		}
	}
	total := 0.0
	for what, n := range taken {
		total += n * prices[what]
	}
	return total
}
