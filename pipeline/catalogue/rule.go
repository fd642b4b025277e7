package catalogue

// Rule types stand in the conditions of stages, which only V2 pipelines have.

func rule(provider, summary string) ActionType {
	return ActionType{
		Category: CategoryRule, Owner: "AWS", Provider: provider, Version: "1", Summary: summary,
		V2Only: yes, CrossAccount: unknown, CrossRegion: unknown,
		Timeout:   Timeout{Minutes: 60, Member: "timeoutInMinutes", Unconfirmed: true, Note: "the default is not stated"},
		LostStart: LostStart{Kind: RepeatedStart, How: "it is evaluated again"},
	}
}

func rules() []ActionType {
	return []ActionType{deploymentWindow(), cloudWatchAlarm(), lambdaRule(), variableCheck(), codeBuildRule(), commandsRule()}
}

func deploymentWindow() ActionType {
	t := rule("DeploymentWindow", "succeeds at the times that a cron expression names")
	t.Properties = []Property{
		need("Cron", "seconds, minutes, hours, day of month, month, day of week and perhaps year, one of the days being ?"),
		take("TimeZone", "Region/City, UTC or UTC+05:30").standard("UTC"),
	}
	t.Completion = Completion{
		Kind: BySweep, Unconfirmed: true,
		Note: "that it waits for the window, and does not fail outside of it, is not stated",
	}
	return t
}

func cloudWatchAlarm() ActionType {
	t := rule("CloudWatchAlarm", "looks at the state of a CloudWatch alarm")
	t.Properties = []Property{
		need("AlarmName", "the alarm"),
		take("AlarmStates", "the states that count as alarm, between commas").of(List).
			oneOf("ALARM", "OK", "INSUFFICIENT_DATA").standard("ALARM"),
		take("WaitTime", "how many minutes the alarm may take to change").of(Number),
	}
	t.Completion = Completion{
		Kind:   ByEvent,
		Events: []Event{{"aws.cloudwatch", "CloudWatch Alarm State Change", ""}},
		Calls:  []string{"cloudwatch:DescribeAlarms"}, Unconfirmed: true,
		Note: "pages contradict each other on whether WaitTime waits for the alarm to end or to ring",
	}
	t.Permissions = []Permission{
		allow("arn:{partition}:cloudwatch:{region}:{account}:alarm:{AlarmName}", "cloudwatch:DescribeAlarms"),
	}
	return t
}

func lambdaRule() ActionType {
	t := rule("LambdaInvoke", "invokes a function that decides")
	t.Inputs = Counts{0, 5}
	t.Properties = functionProperties()
	t.Completion = Completion{
		Kind: ByAnswer, Calls: jobResults, Unconfirmed: true,
		Note: "the page does not say how the function answers: the job API is assumed, as of the Lambda action",
	}
	t.LostStart = functionLostStart()
	t.Permissions = []Permission{functionPermission()}
	return t
}

func variableCheck() ActionType {
	t := rule("VariableCheck", "compares a variable with a value")
	t.Properties = []Property{
		need("Variable", "the variable, as #{namespace.key}"),
		need("Value", "what it is compared with"),
		need("Operator", "equal, not equal, holds the value, or matches it as a Java regular expression").oneOf("EQ", "NE", "CONTAINS", "MATCHES"),
	}
	t.Completion = Completion{Kind: ByReturn}
	return t
}

func codeBuildRule() ActionType {
	t := rule("CodeBuild", "runs a build of a CodeBuild project and succeeds with it")
	t.Inputs, t.Properties = Counts{1, 5}, codeBuildProperties()
	t.Timeout = Timeout{Minutes: 36 * 60, Member: "timeoutInMinutes", Unconfirmed: true}
	t.Completion, t.LostStart, t.Permissions = buildCompletion(), builtAgain, codeBuildPermissions()
	return t
}

func commandsRule() ActionType {
	t := rule("Commands", "runs shell commands in a container that CodePipeline supplies and succeeds with them")
	t.Inputs, t.Commands, t.Properties = Counts{0, 10}, true, computeProperties()
	t.Timeout = Timeout{Minutes: 55, Member: "timeoutInMinutes"}
	t.Completion, t.LostStart, t.Permissions = managedCompletion(), builtAgain, []Permission{logs()}
	t.Notes = []string{"how many input artifacts it takes is not stated: as many as the action (unconfirmed)"}
	return t
}
