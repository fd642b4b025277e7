// Package platform puts Penstock together on AWS, as internal/local does on one machine: the records in the table, the
// handlers over them, and the providers of actions, each of which works as the role of its pipeline, narrowed to one action.
//
// It decides nothing about pipelines, and calls nothing before it is asked to: a Lambda function makes a Platform at its
// start, and the clients that an invocation needs when it needs them.
package platform

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/penstock-ci/penstock/internal/cloud"
	"github.com/penstock-ci/penstock/internal/cloud/providers"
	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/task"
	"github.com/penstock-ci/penstock/pipeline/catalogue"
)

// Platform is one installation, seen from one of its functions.
type Platform struct {
	Settings
	account  *cloud.Account
	records  *execution.Records
	handlers *task.Handlers
	logs     *Logs
	clock    execution.Clock
	parts    Parts
}

// Parts are what not every function needs: each is made of those that it calls.
type Parts struct {
	// Assume assumes the roles of pipelines; nil where the function calls nothing as one of them.
	Assume cloud.Assume
	// Providers are those of the actions that the function performs or looks at.
	Providers providers.Providers
	// Secret reads a secret of Secrets Manager; nil where the function reads none.
	Secret func(context.Context, *cloud.Account, catalogue.Secret) (string, error)
}

// New makes a Platform of its parts. What there is to log goes to log, a JSON object on each line.
func New(s Settings, account *cloud.Account, log io.Writer, parts Parts) *Platform {
	return open(s, account, log, base{account.Table(s.TableName, ids{}), clock{}, parts})
}

// base is what tests replace, and what a function is made of.
type base struct {
	table execution.Table
	clock execution.Clock
	parts Parts
}

func open(s Settings, account *cloud.Account, log io.Writer, b base) *Platform {
	p := &Platform{Settings: s, account: account, logs: &Logs{to: log, clock: b.clock, platform: s.Name}, clock: b.clock, parts: b.parts}
	p.records = execution.New(execution.Ports{
		Table: execution.Spill{
			Table:   b.table,
			Objects: account.Values(s.BucketName, valuesPrefix, p.bucketOptions()),
		},
		Machine: account.Machine(p.findMachine),
		Bus:     metered{account.Bus(s.EventSource), p.logs},
		Clock:   b.clock, IDs: ids{},
		Origin: p.Origin(),
		Seen:   p.logs.seen,
	})
	p.handlers = task.New(task.Ports{
		Records: p.records, Providers: p.provider, Logs: p.logs, Clock: b.clock, IDs: ids{}, Bucket: s.BucketName,
		Secrets: p.secrets(),
	})
	return p
}

// valuesPrefix is where the bucket has the values that are too long for the table. No pipeline's artifacts lie there: what
// their keys begin with begins with a pipeline's name, which may have a dot in front and no exclamation mark.
const valuesPrefix = "!values/"

func (p *Platform) bucketOptions() cloud.BucketOptions {
	return cloud.BucketOptions{Owner: p.Account, KMSKeyID: p.Key}
}

// Handlers are the task handlers.
func (p *Platform) Handlers() *task.Handlers { return p.handlers }

// Records are the records of pipelines and executions.
func (p *Platform) Records() *execution.Records { return p.records }

// Origin is where the platform's pipelines are.
func (p *Platform) Origin() execution.Origin {
	return execution.Origin{Account: p.Account, Region: p.Region, Partition: p.Partition}
}

// IDs make the identities of requests.
func (*Platform) IDs() execution.IDs { return ids{} }

// Logs are where a function's log lines go.
func (p *Platform) Logs() *Logs { return p.logs }

// findMachine is cloud.FindMachine over the records.
func (p *Platform) findMachine(ctx context.Context, name string) (string, error) {
	id, _, _ := strings.Cut(name, ".") // resumptions are ID.2, ID.3 and so on
	e, err := p.records.Execution(ctx, id)
	if err != nil {
		return "", err
	}
	if e.MachineExecution != name {
		return "", nil
	}
	d, err := p.records.Definition(ctx, e.PipelineName, e.DefinitionDigest)
	if err != nil {
		return "", err
	}
	m, ok := d.Machine(e.ResumedAt)
	if !ok || m.ARN == "" {
		return "", fmt.Errorf("pipeline %s version %d has no state machine for stage %q", e.PipelineName, d.Version, e.ResumedAt)
	}
	return m.ARN, nil
}

// StartPipelineExecution is that of api.Runner.
func (p *Platform) StartPipelineExecution(ctx context.Context, in execution.StartInput) (*execution.Execution, error) {
	return p.records.StartPipelineExecution(ctx, in)
}

// StopPipelineExecution is that of api.Runner: what was abandoned is ended outside as well.
func (p *Platform) StopPipelineExecution(ctx context.Context, executionID string, stop execution.StopTrigger) error {
	abandoned, err := p.records.StopPipelineExecution(ctx, executionID, stop)
	if err != nil {
		return err
	}
	return p.handlers.StopWork(ctx, abandoned)
}

// Sweep looks at everything that is due, and measures how old the oldest action is that goes on.
func (p *Platform) Sweep(ctx context.Context) error {
	report, err := p.handlers.Sweep(ctx)
	p.logs.OldestAction(report.OldestAction)
	return err
}

// PutApprovalResult is that of api.Runner.
func (p *Platform) PutApprovalResult(ctx context.Context, in execution.Approval) (*execution.Action, error) {
	return p.records.PutApprovalResult(ctx, in)
}

// clock is the time of the function's machine.
type clock struct{}

// Now is the current time.
func (clock) Now() time.Time { return time.Now() }

// ids makes identities of the system's randomness.
type ids struct{}

// NewID returns a random UUID (version 4).
func (ids) NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, since Go 1.24
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
