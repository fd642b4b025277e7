package cloud

import (
	"context"
	"errors"
	"net"
	"net/http"
	"regexp"
	"sync"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/penstock-ci/penstock/internal/artifact"
	"github.com/penstock-ci/penstock/internal/cloud/wire"
	"github.com/penstock-ci/penstock/internal/execution"
)

// Failed is the error of a call that failed: doing names it with its resource, "put object bucket/key". Where it was not
// allowed, the error names the permission, and the role as far as AWS or the Config tells.
func (a *Account) Failed(doing string, err error) error {
	var known *execution.Error
	if errors.As(err, &known) {
		return &execution.Error{Code: known.Code, Message: doing, Err: err}
	}
	code := classify(err)
	if code == execution.NotAllowed {
		doing = notAllowed(doing, a.denied(err))
	}
	return &execution.Error{Code: code, Message: doing, Err: err}
}

// classify gives the code of an error of the SDK. What ended with its context is named by that first: whatever else went
// wrong then did so for this reason.
func classify(err error) execution.Code {
	var (
		api       smithy.APIError
		answer    *awshttp.ResponseError
		input     *smithy.InvalidParamsError
		coding    *smithy.SerializationError
		network   net.Error
		unsent    *smithyhttp.RequestSendError
		unread    *smithy.DeserializationError
		withoutID *credentialsError
		broken    *brokenError
		missing   *artifact.NotFoundError
		left      *leftError
	)
	switch {
	case errors.Is(err, context.Canceled):
		return execution.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return execution.Unavailable
	case errors.As(err, &missing):
		return execution.NotFound
	case errors.As(err, &left):
		return execution.Unavailable
	case ErrorCode(err) == canceledException:
		return reasons(refused(err, canceledException))
	case errors.As(err, &api) && apiCodes()[api.ErrorCode()] != "":
		return apiCodes()[api.ErrorCode()]
	case errors.As(err, &answer) && statusCode(answer.HTTPStatusCode()) != "":
		return statusCode(answer.HTTPStatusCode())
	case errors.As(err, &input):
		return execution.Invalid
	case errors.As(err, &coding):
		return execution.Internal
	case errors.As(err, &unsent), errors.As(err, &unread), errors.As(err, &network), errors.As(err, &broken):
		return execution.Unavailable
	case errors.As(err, &withoutID):
		return execution.NotAllowed
	}
	return execution.Internal
}

// apiCodes classifies what the services call their errors. What is not here goes by its HTTP status.
var apiCodes = sync.OnceValue(func() map[string]execution.Code {
	return map[string]execution.Code{
		// DynamoDB
		"ConditionalCheckFailedException":          execution.Conflict,
		"TransactionConflictException":             execution.Conflict,
		"ReplicatedWriteConflictException":         execution.Conflict,
		"TransactionInProgressException":           execution.Unavailable, // an earlier attempt of the same request goes on
		"IdempotentParameterMismatchException":     execution.Internal,
		"ItemCollectionSizeLimitExceededException": execution.Invalid,
		"ProvisionedThroughputExceededException":   execution.Throttled,
		"RequestLimitExceeded":                     execution.Throttled,
		"LimitExceededException":                   execution.Throttled,
		"ResourceNotFoundException":                execution.NotFound,
		"ResourceInUseException":                   execution.Conflict,
		// S3
		"NoSuchKey":                    execution.NotFound,
		"NoSuchVersion":                execution.NotFound,
		"NoSuchBucket":                 execution.NotFound,
		"NotFound":                     execution.NotFound,
		"PreconditionFailed":           execution.Conflict,
		"NoSuchUpload":                 execution.Unavailable, // ended by an earlier attempt or a lifecycle rule: the whole is put again
		"ConditionalRequestConflict":   execution.Unavailable, // another write of the key was in progress
		"OperationAborted":             execution.Unavailable,
		"RequestTimeout":               execution.Unavailable, // the connection was idle; its HTTP status is 400
		"InternalError":                execution.Unavailable,
		"ServiceUnavailable":           execution.Unavailable,
		"SlowDown":                     execution.Throttled,
		"BadDigest":                    execution.Invalid,
		"InvalidObjectState":           execution.Invalid,     // archived
		"InvalidPart":                  execution.Unavailable, // another call goes on with the same upload
		"PermanentRedirect":            execution.Invalid,     // the bucket is in another Region
		"AuthorizationHeaderMalformed": execution.Invalid,     // as well
		// KMS
		"NotFoundException":           execution.NotFound,
		"DisabledException":           execution.NotAllowed,
		"KMSInvalidStateException":    execution.NotAllowed, // deleted soon, or without material: a person decides that
		"InvalidGrantTokenException":  execution.NotAllowed,
		"IncorrectKeyException":       execution.Invalid,
		"InvalidCiphertextException":  execution.Invalid,
		"InvalidKeyUsageException":    execution.Invalid,
		"KeyUnavailableException":     execution.Unavailable,
		"DependencyTimeoutException":  execution.Unavailable,
		"KMSInternalException":        execution.Unavailable,
		"RegionDisabledException":     execution.NotAllowed, // STS
		"PackedPolicyTooLarge":        execution.Invalid,    // STS
		"MalformedPolicyDocument":     execution.Invalid,    // STS
		"AccessDenied":                execution.NotAllowed, // S3, STS
		"AllAccessDisabled":           execution.NotAllowed,
		"AccessDeniedException":       execution.NotAllowed, // DynamoDB, KMS
		"UnauthorizedOperation":       execution.NotAllowed,
		"NotAuthorized":               execution.NotAllowed,
		"OptInRequired":               execution.NotAllowed,
		"ExpiredToken":                execution.NotAllowed,
		"ExpiredTokenException":       execution.NotAllowed,
		"InvalidToken":                execution.NotAllowed,
		"InvalidAccessKeyId":          execution.NotAllowed,
		"InvalidClientTokenId":        execution.NotAllowed,
		"UnrecognizedClientException": execution.NotAllowed,
		"MissingAuthenticationToken":  execution.NotAllowed,
		"IncompleteSignature":         execution.NotAllowed,
		"InvalidSignatureException":   execution.NotAllowed,
		"SignatureDoesNotMatch":       execution.NotAllowed,
		"RequestExpired":              execution.NotAllowed,
		"RequestTimeTooSkewed":        execution.NotAllowed,
		// CodeBuild
		"AccountLimitExceededException": execution.Throttled, // of builds at once
		"AccountSuspendedException":     execution.NotAllowed,
		"InvalidInputException":         execution.Invalid,
		// Step Functions
		"ExecutionDoesNotExist":         execution.NotFound,
		"ExecutionLimitExceeded":        execution.Throttled,
		"InvalidArn":                    execution.Invalid,
		"InvalidExecutionInput":         execution.Invalid,
		"InvalidName":                   execution.Invalid,
		"KmsAccessDeniedException":      execution.NotAllowed,
		"KmsInvalidStateException":      execution.NotAllowed,
		"KmsThrottlingException":        execution.Throttled,
		"StateMachineDeleting":          execution.Conflict,
		"ConflictException":             execution.Conflict,
		"ServiceQuotaExceededException": execution.Throttled,
		"StateMachineDoesNotExist":      execution.NotFound,
		// CloudFormation
		"AlreadyExistsException":            execution.Conflict, // a change set of that name that is being deleted
		"ChangeSetNotFound":                 execution.NotFound,
		"ChangeSetNotFoundException":        execution.NotFound,
		"InvalidChangeSetStatus":            execution.Invalid,
		"InvalidChangeSetStatusException":   execution.Invalid,
		"InsufficientCapabilitiesException": execution.Invalid,
		"TokenAlreadyExistsException":       execution.Invalid,
		"OperationInProgressException":      execution.Unavailable,
		// Lambda
		"InvalidParameterValueException": execution.Invalid,
		"InvalidRequestContentException": execution.Invalid,
		"RequestTooLargeException":       execution.Invalid,
		"ResourceConflictException":      execution.Conflict,
		"ResourceNotReadyException":      execution.Unavailable,
		"ServiceException":               execution.Unavailable,
		"KMSAccessDeniedException":       execution.NotAllowed,
		"KMSDisabledException":           execution.NotAllowed,
		// SNS
		"InvalidParameter":   execution.Invalid,
		"AuthorizationError": execution.NotAllowed,
		"KMSAccessDenied":    execution.NotAllowed,
		"KMSDisabled":        execution.NotAllowed,
		"KMSThrottling":      execution.Throttled,
		// ECR
		"RepositoryNotFoundException": execution.NotFound,
		"ImageNotFoundException":      execution.NotFound,
		// Secrets Manager
		"DecryptionFailure":    execution.NotAllowed,
		"InternalServiceError": execution.Unavailable,
		// any service
		"Throttling":                  execution.Throttled,
		"ThrottlingException":         execution.Throttled,
		"ThrottledException":          execution.Throttled,
		"RequestThrottled":            execution.Throttled,
		"RequestThrottledException":   execution.Throttled,
		"TooManyRequestsException":    execution.Throttled,
		"BandwidthLimitExceeded":      execution.Throttled,
		"PriorRequestNotComplete":     execution.Throttled,
		"RequestTimeoutException":     execution.Unavailable,
		"InternalServerError":         execution.Unavailable,
		"InternalFailure":             execution.Unavailable,
		"ServiceUnavailableException": execution.Unavailable,
		"ValidationException":         execution.Invalid,
		"ValidationError":             execution.Invalid,
	}
})

// statusCode classifies an answer by its HTTP status alone: that of HeadObject has nothing else, and of a proxy neither.
func statusCode(status int) execution.Code {
	switch status {
	case http.StatusNotFound, http.StatusGone:
		return execution.NotFound
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return execution.NotAllowed
	case http.StatusConflict, http.StatusPreconditionFailed:
		return execution.Conflict
	case http.StatusTooManyRequests:
		return execution.Throttled
	case http.StatusRequestTimeout:
		return execution.Unavailable
	}
	switch {
	case status >= 500:
		return execution.Unavailable
	case status >= 400:
		return execution.Invalid
	}
	return ""
}

// reasonCodes classifies why a transaction was canceled, the one that says most first: a condition that does not hold
// will not hold again, and another transaction on the same item is why one should look anew.
var reasonCodes = []struct {
	reason string
	code   execution.Code
}{
	{"ValidationError", execution.Invalid},
	{"ItemCollectionSizeLimitExceeded", execution.Invalid},
	{conditionFailed, execution.Conflict},
	{"TransactionConflict", execution.Conflict},
	{"DuplicateItem", execution.Conflict},
	{"ProvisionedThroughputExceeded", execution.Throttled},
	{"ThrottlingError", execution.Throttled},
	{"AccessDenied", execution.NotAllowed},
}

const conditionFailed = "ConditionalCheckFailed"

func reasons(r *refusal) execution.Code {
	if r == nil {
		return execution.Internal
	}
	for _, row := range reasonCodes {
		for _, reason := range r.CancellationReasons {
			if reason.Code == row.reason {
				return row.code
			}
		}
	}
	return execution.Internal
}

// denial is what a call was not allowed: as AWS says it where it does, else as the tables here know it.
type denial struct{ role, permission, resource string }

// said is how AWS words a refusal ("User: ARN is not authorized to perform: ACTION on resource: ARN because ..."). Only
// what a person reads is taken from it.
var said = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`User: (\S+) is not authorized to perform: ([\w:-]+)(?: on resource: "?([^\s"]+))?`)
})

func (a *Account) denied(err error) denial {
	d := denial{role: a.config.role}
	for cause := err; cause != nil; cause = errors.Unwrap(cause) {
		if call, ok := cause.(*smithy.OperationError); ok { //nolint:errorlint // the innermost one is wanted: that of the credentials
			d.permission = permissions()[call.OperationName]
		}
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return d
	}
	if m := said().FindStringSubmatch(api.ErrorMessage()); m != nil {
		d.role, d.permission, d.resource = m[1], m[2], m[3]
	}
	return d
}

// permissions names what each operation that is used here needs (Service Authorization Reference).
var permissions = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"GetItem":                 "dynamodb:GetItem",
		"Query":                   "dynamodb:Query",
		"PutItem":                 "dynamodb:PutItem",
		"TransactWriteItems":      "dynamodb:PutItem, dynamodb:DeleteItem and dynamodb:ConditionCheckItem",
		"GetObject":               "s3:GetObject and s3:GetObjectVersion, or s3:ListBucket if there is no such object",
		"PutObject":               "s3:PutObject",
		"CreateMultipartUpload":   "s3:PutObject",
		"UploadPart":              "s3:PutObject",
		"CompleteMultipartUpload": "s3:PutObject",
		"AbortMultipartUpload":    "s3:AbortMultipartUpload",
		"ListMultipartUploads":    "s3:ListBucketMultipartUploads",
		"ListParts":               "s3:ListMultipartUploadParts",
		"GenerateDataKey":         "kms:GenerateDataKey",
		"Decrypt":                 "kms:Decrypt",
		"AssumeRole":              "sts:AssumeRole",
		"StartExecution":          "states:StartExecution",
		"StopExecution":           "states:StopExecution",
		"DescribeExecution":       "states:DescribeExecution",
		"SendTaskSuccess":         "states:SendTaskSuccess",
		"SendTaskFailure":         "states:SendTaskFailure",
		"PutEvents":               "events:PutEvents",
		"DescribeImages":          "ecr:DescribeImages",
		"GetSecretValue":          "secretsmanager:GetSecretValue",

		"PublishStateMachineVersion": "states:PublishStateMachineVersion",
		"ListStateMachineVersions":   "states:ListStateMachineVersions",
		"DeleteStateMachineVersion":  "states:DeleteStateMachineVersion",
		"StartBuild":                 "codebuild:StartBuild",
		"StartBuildBatch":            "codebuild:StartBuildBatch",
		"BatchGetBuilds":             "codebuild:BatchGetBuilds",
		"BatchGetBuildBatches":       "codebuild:BatchGetBuildBatches",
		"BatchGetReports":            "codebuild:BatchGetReports",
		"ListBuildsForProject":       "codebuild:ListBuildsForProject",
		"ListBuildBatchesForProject": "codebuild:ListBuildBatchesForProject",
		"StopBuild":                  "codebuild:StopBuild",
		"StopBuildBatch":             "codebuild:StopBuildBatch",
		"Invoke":                     "lambda:InvokeFunction",
		"Publish":                    "sns:Publish",
		"CreateStack":                "cloudformation:CreateStack, and iam:PassRole of RoleArn",
		"UpdateStack":                "cloudformation:UpdateStack, and iam:PassRole of RoleArn",
		"DeleteStack":                "cloudformation:DeleteStack, and iam:PassRole of RoleArn",
		"CreateChangeSet":            "cloudformation:CreateChangeSet, and iam:PassRole of RoleArn",
		"ExecuteChangeSet":           "cloudformation:ExecuteChangeSet",
		"DeleteChangeSet":            "cloudformation:DeleteChangeSet",
		"DescribeStacks":             "cloudformation:DescribeStacks",
		"DescribeStackEvents":        "cloudformation:DescribeStackEvents",
		"DescribeChangeSet":          "cloudformation:DescribeChangeSet",
	}
})

// answered is the error that a service has answered; nil where it is another one.
func answered(err error) *wire.Error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return nil
	}
	return e
}

// ErrorCode is what a service calls its error; "" of an error that is none of a service.
func ErrorCode(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}
