package builds

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/penstock-ci/penstock/events"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
)

// uuidOf makes a text of the form of a UUID from what it names, the same one each time.
func uuidOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made by a rule of one's own
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func (b *build) arn() string {
	kind := "build"
	if b.request.Batch {
		kind = "build-batch"
	}
	return fmt.Sprintf("arn:aws:codebuild:%s:%s:%s/%s", b.options.Region, b.options.Account, kind, b.id)
}

func (b *build) initiator() string { return "codepipeline/" + b.request.PipelineName }

// event is the one event of a build: CodeBuild's state change at its end. The reference has no example of a batch's,
// which here has the detail of a build's.
func (b *build) event() events.Envelope {
	d := b.describe()
	// A StateChange holds texts and numbers only, which always encode.
	detail, _ := json.Marshal(codebuild.NewStateChange(d, b.arn(), b.initiator()))
	kind := events.BuildStateChange
	if b.request.Batch {
		kind = events.BuildBatchStateChange
	}
	return events.Envelope{
		Version: "0", ID: uuidOf("event", b.id, d.Status), DetailType: kind,
		Source: codebuild.EventSource, Account: b.options.Account, Time: d.End.UTC(), Region: b.options.Region,
		Resources: []string{b.arn()}, Detail: detail,
	}
}
