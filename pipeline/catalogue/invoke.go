package catalogue

// jobResults are the operations that bring the result of a job.
var jobResults = []string{"codepipeline:PutJobSuccessResult", "codepipeline:PutJobFailureResult"}

func invocation(provider, summary string) ActionType {
	t := deployment(provider, summary, Counts{})
	t.Category, t.CrossAccount, t.CrossRegion = "Invoke", unknown, unknown
	return t
}

func invocations() []ActionType {
	return []ActionType{lambdaInvoke(), stepFunctions(), invokePipeline(), inspectorScan(), snyk()}
}

func functionProperties() []Property {
	return []Property{
		need("FunctionName", "the function"),
		take("UserParameters", "text that the function gets as it is"),
	}
}

func functionPermission() Permission {
	function := "arn:{partition}:lambda:{region}:{account}:function:{FunctionName}"
	return allow(function, "lambda:InvokeFunction").and(function + ":*")
}

func functionLostStart() LostStart {
	return LostStart{
		Kind: ByName, Field: "CodePipeline.job.id",
		How: "the invocation is repeated with the same job id: an asynchronous function must expect that, and the first result counts",
	}
}

func lambdaInvoke() ActionType {
	t := invocation("Lambda", "invokes a function, which answers through the job API")
	t.Inputs, t.Outputs = Counts{0, 5}, Counts{0, 5}
	t.CrossAccount, t.CrossRegion = likely, yes
	t.Properties = functionProperties()
	t.OpenVariables, t.VariablesFrom = true, "outputVariables of PutJobSuccessResult"
	t.Timeout = Timeout{Minutes: 24 * 60, Quota: true, Note: "and 20 minutes without an answer"}
	t.Completion = Completion{Kind: ByAnswer, Calls: jobResults}
	t.LostStart = functionLostStart()
	t.Permissions = []Permission{functionPermission()}
	t.Notes = []string{
		"an error of the function itself does not fail the action: only an answer or the timeout does",
		"the function's own role needs codepipeline:PutJobSuccessResult and codepipeline:PutJobFailureResult",
	}
	return t
}

func stepFunctions() ActionType {
	t := invocation("StepFunctions", "starts a state machine and, where it is a standard one, waits for it")
	t.Inputs, t.Outputs = Counts{0, 1}, Counts{0, 1}
	t.CrossAccount, t.CrossRegion = likely, likely
	t.Properties = []Property{
		need("StateMachineArn", "the state machine").like(`arn:aws(-\w+)*:states:.+`, "the ARN of a state machine"),
		take("ExecutionNamePrefix", "what stands before the action execution's id in the execution's name"),
		take("InputType", "whether Input is the input or the path of a file").oneOf("Literal", "FilePath").standard("Literal"),
		take("Input", "the input, {} where absent, or the path of a file in the input artifact").when("InputType", "FilePath"),
	}
	t.Variables = []string{"StateMachineArn", "ExecutionArn"}
	t.Timeout = Timeout{Minutes: 7 * 24 * 60}
	t.Completion = Completion{
		Kind:   ByEvent,
		Events: []Event{{"aws.states", "Step Functions Execution Status Change", ""}},
		Calls:  []string{"states:DescribeExecution"},
		Note:   "an express state machine is not waited for",
	}
	t.LostStart = LostStart{
		Kind: ByName, Field: "name", Lifetime: 90 * 24 * 60,
		How: "the execution is named after the action execution: a second start with the same input finds the first",
	}
	t.Permissions = []Permission{
		allow("{StateMachineArn}", "states:DescribeStateMachine", "states:StartExecution"),
		allow("arn:{partition}:states:{region}:{account}:execution:{StateMachineArn|last}:*", "states:DescribeExecution"),
	}
	t.Notes = []string{"stopping the action does not stop the state machine"}
	return t
}

func invokePipeline() ActionType {
	t := invocation("CodePipeline", "starts another pipeline")
	t.V2Only = yes
	t.Properties = []Property{
		need("PipelineName", "the pipeline that is started"),
		take("SourceRevisions", "a JSON list of {actionName, revisionType, revisionValue}").of(JSON),
		take("Variables", "a JSON list of {name, value}").of(JSON),
	}
	t.Completion = Completion{
		Kind: ByReturn, Calls: []string{"codepipeline:StartPipelineExecution"}, Unconfirmed: true,
		Note: "no page says that the started execution is waited for",
	}
	t.LostStart = LostStart{
		Kind: ByToken, Field: "clientRequestToken",
		How: "the token is the action execution; how long it lives is not stated, so the pipeline's latest executions are searched for it first",
	}
	t.Permissions = []Permission{
		allow("arn:{partition}:codepipeline:{region}:{account}:{PipelineName}", "codepipeline:StartPipelineExecution"),
	}
	return t
}

func inspectorScan() ActionType {
	t := invocation("InspectorScan", "scans source code or an image for known vulnerabilities")
	t.Inputs, t.Outputs = Counts{0, 1}, Counts{1, 1}
	t.V2Only = Claim{Answer: Unknown, Note: "its page does not say"}
	threshold := func(severity string) Property {
		return take(severity+"Threshold", "how many findings of this severity pass; one more fails the action").of(Number)
	}
	t.Properties = []Property{
		need("InspectorRunMode", "what is scanned").oneOf("SourceCodeScan", "ECRImageScan"),
		take("ECRRepositoryName", "the repository of the image").when("InspectorRunMode", "ECRImageScan"),
		take("ImageTag", "the tag of the image").standard("latest").maybe(),
		threshold("Critical"), threshold("High"), threshold("Medium"), threshold("Low"),
	}
	t.Variables = []string{"HighestScannedSeverity"}
	t.Timeout, t.Completion, t.LostStart = managedTimeout, managedCompletion(), builtAgain
	t.Permissions = []Permission{
		anywhere("inspector-scan:ScanSbom"),
		anywhere("ecr:GetAuthorizationToken").when("InspectorRunMode", "ECRImageScan"),
		allow("arn:{partition}:ecr:{region}:{account}:repository/{ECRRepositoryName}", "ecr:GetDownloadUrlForLayer",
			"ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability").when("InspectorRunMode", "ECRImageScan"),
		logs(),
	}
	return t
}

func snyk() ActionType {
	t := invocation("Snyk", "has Snyk look for vulnerabilities; it is set up in the console")
	t.Owner, t.CrossAccount, t.CrossRegion = "ThirdParty", no, no
	t.Inputs, t.Outputs = Counts{1, 1}, Counts{0, 1}
	t.OpenProperties, t.OpenVariables, t.VariablesFrom = true, true, "the result of its job, if any (unconfirmed)"
	t.Completion = Completion{Kind: ByAnswer, Unconfirmed: true, Calls: []string{
		"codepipeline:PutThirdPartyJobSuccessResult", "codepipeline:PutThirdPartyJobFailureResult",
	}}
	t.LostStart = LostStart{Kind: RepeatedStart, Unconfirmed: true, How: "the job waits until the partner polls for it"}
	t.Notes = []string{"no page lists its configuration or confirms its artifact counts"}
	return t
}

func approvals() []ActionType {
	return []ActionType{{
		Category: "Approval", Owner: "AWS", Provider: "Manual", Version: "1",
		Summary: "waits until a person approves or rejects",
		Properties: []Property{
			take("NotificationArn", "the SNS topic, in the pipeline's Region, that is told").like(`arn:aws(-\w+)*:sns:.+`, "the ARN of an SNS topic"),
			take("CustomData", "what is said to those who approve"),
			take("ExternalEntityLink", "a URL to what is to be looked at"),
		},
		V2Only: no, CrossAccount: nowhere, CrossRegion: nowhere,
		Timeout:    Timeout{Minutes: 7 * 24 * 60, Member: "timeoutInMinutes", Quota: true},
		Completion: Completion{Kind: ByAnswer, Calls: []string{"codepipeline:PutApprovalResult"}},
		LostStart:  LostStart{Kind: RepeatedStart, How: "the approval is a record; at worst its message is sent twice"},
		Permissions: []Permission{
			allow("{NotificationArn}", "sns:Publish"),
		},
	}}
}
