package catalogue

func stackDeployments() []ActionType {
	return []ActionType{cloudFormation(), stackSet(), stackInstances()}
}

func capabilities() Property {
	return take("Capabilities", "what the template is allowed to make, between commas").of(List).
		oneOf("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
}

// Action modes of CloudFormation.
const (
	createUpdate     = "CREATE_UPDATE"
	replaceOnFailure = "REPLACE_ON_FAILURE"
	deleteOnly       = "DELETE_ONLY"
	changeSetReplace = "CHANGE_SET_REPLACE"
	changeSetExecute = "CHANGE_SET_EXECUTE"
)

func cloudFormation() ActionType {
	t := deployment("CloudFormation", "creates, updates or deletes a stack, or makes or executes a change set", Counts{0, 10})
	t.Outputs = Counts{0, 1}
	t.Properties = []Property{
		need("ActionMode", "what is done to the stack").oneOf(createUpdate, replaceOnFailure, deleteOnly, changeSetReplace, changeSetExecute),
		need("StackName", "the stack"),
		take("ChangeSetName", "the change set").when("ActionMode", changeSetReplace, changeSetExecute),
		take("TemplatePath", "the template, as Artifact::file").when("ActionMode", createUpdate, replaceOnFailure, changeSetReplace),
		take("RoleArn", "the role that CloudFormation assumes").
			when("ActionMode", createUpdate, replaceOnFailure, deleteOnly, changeSetReplace),
		capabilities(),
		take("OutputFileName", "the file of the output artifact that gets the stack's outputs"),
		take("ParameterOverrides", "a JSON object of parameters; it wins over the template configuration").of(JSON),
		take("TemplateConfiguration", "parameters, tags and stack policy, as Artifact::file"),
	}
	t.OpenVariables, t.VariablesFrom = true, "the stack's outputs, except in DELETE_ONLY"
	t.Timeout.Minutes = 3 * 24 * 60
	t.Completion = Completion{
		Kind:   ByEvent,
		Events: []Event{{"aws.cloudformation", "CloudFormation Stack Status Change", "ActionMode is not CHANGE_SET_REPLACE"}},
		Calls:  []string{"cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents", "cloudformation:DescribeChangeSet"},
		Note:   "of a change set that is made no usable event is sent: it is looked up",
	}
	t.LostStart = LostStart{
		Kind: ByToken, Field: "ClientRequestToken", Unconfirmed: true,
		How: "the token is the action execution; the stack's events carry it, so a start is found there after the token's lifetime, which is not stated",
	}
	t.Permissions = cloudFormationPermissions()
	return t
}

func cloudFormationPermissions() []Permission {
	stack := "arn:{partition}:cloudformation:{region}:{account}:stack/{StackName}/*"
	return []Permission{
		allow(stack, "cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"),
		allow(stack, "cloudformation:CreateStack", "cloudformation:UpdateStack", "cloudformation:SetStackPolicy").
			when("ActionMode", createUpdate, replaceOnFailure),
		allow(stack, "cloudformation:DeleteStack").when("ActionMode", replaceOnFailure, deleteOnly),
		allow(stack, "cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet").when("ActionMode", changeSetReplace),
		allow(stack, "cloudformation:ExecuteChangeSet").when("ActionMode", changeSetExecute),
		allow(stack, "cloudformation:DescribeChangeSet").when("ActionMode", changeSetReplace, changeSetExecute),
		anywhere("cloudformation:ValidateTemplate").when("ActionMode", createUpdate, replaceOnFailure, changeSetReplace),
		pass("{RoleArn}", "cloudformation.amazonaws.com").
			when("ActionMode", createUpdate, replaceOnFailure, deleteOnly, changeSetReplace),
	}
}

// managementAccount is who may deploy stack sets to an organization.
var managementAccount = Claim{Answer: No, Note: "the action runs in the organization's management account"}

func stackSetDeployment(provider, summary string, inputs Counts) ActionType {
	t := deployment(provider, summary, inputs)
	t.CrossAccount, t.CrossRegion = managementAccount, likely
	t.Variables = []string{"StackSetId", "OperationId"}
	t.Completion = Completion{
		Kind:   ByEvent,
		Events: []Event{{"aws.cloudformation", "CloudFormation StackSet Operation Status Change", ""}},
		Calls:  []string{"cloudformation:DescribeStackSetOperation"},
	}
	t.LostStart = LostStart{
		Kind: ByName, Field: "OperationId",
		How: "the operation's id follows from the action execution and is looked up",
	}
	return t
}

func tolerances() []Property {
	return []Property{
		take("FailureTolerancePercentage", "how many of the accounts of a Region may fail, in percent").number(0, 100),
		take("MaxConcurrentPercentage", "in how many accounts it happens at once, in percent").number(1, 100),
	}
}

func stackSet() ActionType {
	t := stackSetDeployment("CloudFormationStackSet", "creates a stack set or updates it and its instances", Counts{1, 3})
	t.Properties = append([]Property{
		need("StackSetName", "the stack set"),
		need("TemplatePath", "the template, as Artifact::file"),
		take("Description", "what the stack set is for"),
		take("Parameters", "parameters in CloudFormation's shorthand, or as Artifact::file"),
		capabilities(),
		take("PermissionModel", "whether the roles are yours or those of the organization").
			oneOf("SELF_MANAGED", "SERVICE_MANAGED").standard("SELF_MANAGED"),
		take("AdministrationRoleArn", "the role that administers; AWSCloudFormationStackSetAdministrationRole where absent"),
		take("ExecutionRoleName", "the role in each account; AWSCloudFormationStackSetExecutionRole where absent"),
		take("OrganizationsAutoDeployment", "whether accounts that join get the stack; without targets and Regions").
			oneOf("Enabled", "Disabled", "EnabledWithStackRetention").standard("Disabled"),
		take("DeploymentTargets", "accounts or organizational units between commas, or Artifact::file"),
		take("Regions", "the Regions between commas, in order; goes with DeploymentTargets"),
	}, tolerances()...)
	t.Permissions = append(stackSetPermissions("cloudformation:CreateStackSet", "cloudformation:UpdateStackSet",
		"cloudformation:CreateStackInstances", "cloudformation:UpdateStackInstances"),
		pass("{AdministrationRoleArn}", "cloudformation.amazonaws.com"))
	t.Notes = []string{"nothing is ever deleted", "with DeploymentTargets, instances elsewhere become OUTDATED"}
	return t
}

func stackInstances() ActionType {
	t := stackSetDeployment("CloudFormationStackInstances", "creates or refreshes instances of a stack set", Counts{0, 2})
	t.Properties = append([]Property{
		need("StackSetName", "the stack set"),
		need("Regions", "the Regions between commas, in order"),
		take("DeploymentTargets", "accounts or organizational units between commas, or Artifact::file"),
		take("ParameterOverrides", "parameters of these instances in CloudFormation's shorthand, or as Artifact::file"),
	}, tolerances()...)
	t.Permissions = stackSetPermissions("cloudformation:CreateStackInstances", "cloudformation:UpdateStackInstances")
	return t
}

func stackSetPermissions(actions ...string) []Permission {
	base := "arn:{partition}:cloudformation:{region}:{account}:stackset/{StackSetName}:*"
	target := "arn:{partition}:cloudformation:*:*:stackset-target/{StackSetName}:*/*"
	return []Permission{
		allow(base, actions...).and(target, "arn:{partition}:cloudformation:{region}::type/resource/*"),
		allow(base, "cloudformation:DescribeStackSet", "cloudformation:DescribeStackSetOperation", "cloudformation:ListStackInstances"),
	}
}
