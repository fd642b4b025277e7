package lambda

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/penstock-ci/penstock/internal/artifact"
)

// Event is what a function gets, as the example of the CodePipeline User Guide has it.
type Event struct {
	Job EventJob `json:"CodePipeline.job"`
}

// EventJob is the job in an Event.
type EventJob struct {
	ID        string    `json:"id"`
	AccountID string    `json:"accountId"`
	Data      EventData `json:"data"`
}

// EventData says what the job is about.
type EventData struct {
	ActionConfiguration EventConfiguration `json:"actionConfiguration"`
	InputArtifacts      []EventArtifact    `json:"inputArtifacts"`
	OutputArtifacts     []EventArtifact    `json:"outputArtifacts"`
	ArtifactCredentials Credentials        `json:"artifactCredentials"`
	// ContinuationToken is absent in the first job of an action.
	ContinuationToken string `json:"continuationToken,omitempty"`
	// EncryptionKey is absent where the definition names no key for its store.
	EncryptionKey *EncryptionKey `json:"encryptionKey,omitempty"`
}

// EncryptionKey is the key that outputs must be encrypted with. Type is KMS.
type EncryptionKey struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// EventConfiguration holds the action's configuration.
type EventConfiguration struct {
	Configuration map[string]string `json:"configuration"`
}

// EventArtifact says where an artifact is, or where it must be stored.
type EventArtifact struct {
	Name string `json:"name"`
	// Revision is null where no source action made the artifact, and of outputs.
	Revision *string       `json:"revision"`
	Location EventLocation `json:"location"`
}

// EventLocation is a place in S3.
type EventLocation struct {
	Type       string     `json:"type"`
	S3Location S3Location `json:"s3Location"`
}

// S3Location is a bucket and a key.
type S3Location struct {
	BucketName string `json:"bucketName"`
	ObjectKey  string `json:"objectKey"`
}

// Credentials are those for the artifacts of one job. ExpirationTime is in milliseconds since 1970.
type Credentials struct {
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
	SessionToken    string `json:"sessionToken"`
	ExpirationTime  int64  `json:"expirationTime"`
}

// Event is the event of a job.
func (j Job) Event(account string, c Credentials, expires time.Time) Event {
	c.ExpirationTime = expires.UnixMilli()
	data := EventData{
		ActionConfiguration: EventConfiguration{Configuration: j.Configuration},
		InputArtifacts:      []EventArtifact{}, OutputArtifacts: []EventArtifact{},
		ArtifactCredentials: c, ContinuationToken: j.ContinuationToken,
	}
	for _, in := range j.Inputs {
		var revision *string
		if in.Revision != "" {
			revision = &in.Revision
		}
		data.InputArtifacts = append(data.InputArtifacts, eventArtifact(in.Name, in.Location, revision))
	}
	for _, out := range j.Outputs {
		if key := j.EncryptionKeys[out.Bucket]; key != "" {
			data.EncryptionKey = &EncryptionKey{ID: key, Type: "KMS"}
		}
		data.OutputArtifacts = append(data.OutputArtifacts, eventArtifact(out.Name, out.Location, nil))
	}
	return Event{Job: EventJob{ID: j.ID, AccountID: account, Data: data}}
}

func eventArtifact(name string, at artifact.Location, revision *string) EventArtifact {
	return EventArtifact{
		Name: name, Revision: revision,
		Location: EventLocation{Type: "S3", S3Location: S3Location{BucketName: at.Bucket, ObjectKey: at.Key}},
	}
}

// jobID is the ID of the n-th job of an action execution, the same for a job that is invoked again. Each job that goes on
// has one of its own.
func jobID(actionExecutionID string, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "job\x00%s\x00%d", actionExecutionID, n))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: made by a rule of one's own
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
