package events

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// Rule is an EventBridge rule: which events start a pipeline with a source of a provider, or tell that an action of a
// provider has ended.
type Rule struct {
	Name       string // of the row
	Provider   string // of the action type; "" where no action is meant
	Starts     bool   // a pipeline; else it tells of an end
	Pattern    Fields
	Samples    []string // events that it matches: testdata/SAMPLE.json
	References []string // pages: of the pattern, and of the event where that is another
}

// Fields is an event pattern, or a part of it: Fields or a list of values by name. Strings have ${KEY} for a value of
// the action's configuration, for AWS::Partition, AWS::Region and AWS::AccountId, or for EventSource, the source of the
// platform's own events.
type Fields map[string]any

type values = []any

const userGuide = "https://docs.aws.amazon.com/codepipeline/latest/userguide/"

// Rules are the patterns that CodePipeline's console makes for sources, and those by which Penstock is told of ends.
// A source by a connection has none: its pushes do not pass through EventBridge.
func Rules() []Rule { return rules() }

var rules = sync.OnceValue(func() []Rule {
	return []Rule{
		{
			Name: "codecommit", Provider: "CodeCommit", Starts: true,
			Pattern: Fields{
				"source":      values{"aws.codecommit"},
				"detail-type": values{"CodeCommit Repository State Change"},
				"resources":   values{"arn:${AWS::Partition}:codecommit:${AWS::Region}:${AWS::AccountId}:${RepositoryName}"},
				"detail": Fields{
					"event":         values{"referenceCreated", "referenceUpdated"},
					"referenceType": values{"branch"},
					"referenceName": values{"${BranchName}"},
				},
			},
			Samples: []string{"codecommit-reference-created", "codecommit-reference-updated"},
			References: []string{
				userGuide + "pipelines-trigger-source-repo-changes-cli.html",
				"https://docs.aws.amazon.com/codecommit/latest/userguide/monitoring-events.html",
			},
		},
		{
			// The page matches every object of the bucket; with the key, others start nothing.
			Name: "s3", Provider: "S3", Starts: true,
			Pattern: Fields{
				"source":      values{"aws.s3"},
				"detail-type": values{"Object Created"},
				"detail": Fields{
					"bucket": Fields{"name": values{"${S3Bucket}"}},
					"object": Fields{"key": values{"${S3ObjectKey}"}},
				},
			},
			Samples: []string{"s3-object-created"},
			References: []string{
				userGuide + "create-S3-source-events.html",
				"https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html",
			},
		},
		{
			Name: "s3-cloudtrail", Provider: "S3", Starts: true,
			Pattern: Fields{
				"source":      values{"aws.s3"},
				"detail-type": values{"AWS API Call via CloudTrail"},
				"detail": Fields{
					"eventSource":       values{"s3.amazonaws.com"},
					"eventName":         values{"CopyObject", "PutObject", "CompleteMultipartUpload"},
					"requestParameters": Fields{"bucketName": values{"${S3Bucket}"}, "key": values{"${S3ObjectKey}"}},
				},
			},
			Samples: []string{
				"s3-cloudtrail-complete-multipart-upload", "s3-cloudtrail-copy-object", "s3-cloudtrail-put-object",
			},
			References: []string{userGuide + "create-cloudtrail-S3-source-cfn.html"},
		},
		{
			// The page leaves out account and Region. Events of others come over the bus too, once a target forwards its own, and
			// names of repositories are of one account and Region.
			Name: "ecr", Provider: "ECR", Starts: true,
			Pattern: Fields{
				"source":      values{"aws.ecr"},
				"detail-type": values{"ECR Image Action"},
				"account":     values{"${AWS::AccountId}"},
				"region":      values{"${AWS::Region}"},
				"detail": Fields{
					"action-type":     values{"PUSH"},
					"image-tag":       values{"${ImageTag}"},
					"repository-name": values{"${RepositoryName}"},
					"result":          values{"SUCCESS"},
				},
			},
			Samples: []string{"ecr-image-action-push"},
			References: []string{
				userGuide + "create-cwe-ecr-source-console.html",
				"https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html",
			},
		},
		{
			Name: "schedule", Starts: true,
			Pattern: Fields{
				"source":      values{"aws.events"},
				"detail-type": values{"Scheduled Event"},
				"resources":   values{"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${RuleName}"},
			},
			Samples:    []string{"scheduled-event"},
			References: []string{userGuide + "pipelines-trigger-source-schedule.html"},
		},
		{
			Name: "codebuild", Provider: "CodeBuild",
			Pattern: Fields{
				"source":      values{"aws.codebuild"},
				"detail-type": values{BuildStateChange},
				"detail": Fields{
					"project-name": values{"${ProjectName}"},
					"build-status": values{Fields{"anything-but": "IN_PROGRESS"}},
				},
			},
			Samples:    []string{"codebuild-build-state-change"},
			References: []string{"https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications-ref.html"},
		},
		{
			// What else its detail has is not written down anywhere; it only wakes, so it may come too often.
			Name: "codebuild-batch", Provider: "CodeBuild",
			Pattern: Fields{
				"source":      values{"aws.codebuild"},
				"detail-type": values{BuildBatchStateChange},
				"detail":      Fields{"project-name": values{"${ProjectName}"}},
			},
			Samples:    []string{"codebuild-build-batch-state-change"},
			References: []string{"https://docs.aws.amazon.com/codebuild/latest/userguide/batch-build.html"},
		},
		{
			Name: "cloudformation", Provider: "CloudFormation",
			Pattern: Fields{
				"source":      values{"aws.cloudformation"},
				"detail-type": values{StackStatusChange},
				"detail": Fields{
					"stack-id": values{Fields{
						"prefix": "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack/${StackName}/",
					}},
					"status-details": Fields{"status": values{Fields{"suffix": "_COMPLETE"}, Fields{"suffix": "_FAILED"}}},
				},
			},
			Samples:    []string{"cloudformation-stack-status-change"},
			References: []string{"https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-stack-status-change.html"},
		},
		{
			Name: "stepfunctions", Provider: "StepFunctions",
			Pattern: Fields{
				"source":      values{"aws.states"},
				"detail-type": values{MachineStatusChange},
				"detail": Fields{
					"stateMachineArn": values{"${StateMachineArn}"},
					"status":          values{"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"},
				},
			},
			Samples:    []string{"stepfunctions-execution-status-change"},
			References: []string{"https://docs.aws.amazon.com/step-functions/latest/dg/cw-events.html"},
		},
		{
			// The pipelines that an action starts are the platform's: so is the event.
			Name: "codepipeline", Provider: "CodePipeline",
			Pattern: Fields{
				"source":      values{"${EventSource}"},
				"detail-type": values{PipelineExecutionStateChange},
				"detail": Fields{
					"pipeline": values{"${PipelineName}"},
					"state":    values{"SUCCEEDED", "FAILED", "STOPPED", "SUPERSEDED", "CANCELED"},
				},
			},
			Samples:    []string{"codepipeline-pipeline-execution-state-change"},
			References: []string{userGuide + "detect-state-changes-cloudwatch-events.html"},
		},
	}
})

// EventPattern returns the rule's pattern as JSON, with the values of its keys in it. The error names the keys that have
// none.
func (r Rule) EventPattern(keys map[string]string) ([]byte, error) {
	missing := map[string]bool{}
	filled := fill(r.Pattern, func(key string) string {
		value, known := keys[key]
		missing[key] = !known
		return value
	})
	maps.DeleteFunc(missing, func(_ string, is bool) bool { return !is })
	if len(missing) > 0 {
		return nil, fmt.Errorf("event pattern of rule %s: no value of %s", r.Name,
			strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
	return json.Marshal(filled)
}

// fill copies a part of a pattern with the values of its keys.
func fill(part any, value func(key string) string) any {
	switch part := part.(type) {
	case string:
		return os.Expand(part, value)
	case Fields:
		copied := Fields{}
		for name, member := range part {
			copied[name] = fill(member, value)
		}
		return copied
	case values:
		copied := make(values, len(part))
		for i, item := range part {
			copied[i] = fill(item, value)
		}
		return copied
	}
	return part
}
