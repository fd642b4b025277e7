package catalogue

func computeDeployments() []ActionType {
	return []ActionType{ecs(), codeDeployToECS(), ec2(), eks(), lambdaDeploy()}
}

// taskRoles are roles that a task definition names: no configuration key does.
func taskRoles() Permission {
	return pass("arn:{partition}:iam::{account}:role/*", "ecs-tasks.amazonaws.com").
		note("the roles of the task definition, which the configuration does not name")
}

func ecs() ActionType {
	t := deployment("ECS", "gives an ECS service the images that the input artifact names", Counts{1, 1})
	t.Properties = []Property{
		need("ClusterName", "the cluster"),
		need("ServiceName", "the service"),
		take("FileName", "the file of the input artifact that lists containers and images").standard("imagedefinitions.json"),
		take("DeploymentTimeout", "how many minutes the service has to become stable").number(1, 60).standard("60"),
	}
	t.Timeout = Timeout{Minutes: 60, Key: "DeploymentTimeout"}
	t.Completion = Completion{
		Kind:   ByEvent,
		Events: []Event{{"aws.ecs", "ECS Deployment State Change", ""}},
		Calls:  []string{"ecs:DescribeServices"},
	}
	t.LostStart = LostStart{
		Kind: ByTag, Field: "tags",
		How: "UpdateService takes no token: the task definition is tagged with the action execution, and the service's deployments tell whether it has that revision",
	}
	t.Permissions = []Permission{
		anywhere("ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"),
		allow("arn:{partition}:ecs:{region}:{account}:service/{ClusterName}/{ServiceName}", "ecs:DescribeServices", "ecs:UpdateService"),
		allow("arn:{partition}:ecs:{region}:{account}:task-definition/*", "ecs:TagResource").note("the family is the one that the service has"),
		taskRoles(),
	}
	return t
}

func codeDeployToECS() ActionType {
	t := deployment("CodeDeployToECS", "replaces an ECS service's tasks through CodeDeploy, blue by green", Counts{1, 5})
	t.Properties = append(codeDeployProperties(),
		need("TaskDefinitionTemplateArtifact", "the input artifact that holds the task definition"),
		need("AppSpecTemplateArtifact", "the input artifact that holds the AppSpec file"),
		take("TaskDefinitionTemplatePath", "the path of the task definition").standard("taskdef.json"),
		take("AppSpecTemplatePath", "the path of the AppSpec file").standard("appspec.yaml"),
	)
	for _, n := range []string{"1", "2", "3", "4"} {
		t.Properties = append(t.Properties,
			take("Image"+n+"ArtifactName", "the input artifact whose imageDetail.json names image "+n),
			take("Image"+n+"ContainerName", "the placeholder in the task definition that image "+n+" replaces"))
	}
	t.Timeout.Minutes = 5 * 24 * 60
	t.Completion, t.LostStart = codeDeployCompletion(), codeDeployLostStart()
	t.Permissions = append(codeDeployPermissions(),
		anywhere("ecs:RegisterTaskDefinition"),
		allow("arn:{partition}:ecs:{region}:{account}:task-definition/*", "ecs:TagResource").note("the family stands in the task definition"),
		taskRoles(),
	)
	return t
}

func ec2() ActionType {
	t := deployment("EC2", "copies the input artifact to Linux instances and runs scripts there", Counts{1, 1})
	t.V2Only, t.CrossAccount, t.CrossRegion = yes, unknown, unknown
	t.Properties = []Property{
		need("InstanceTagKey", "the tag key of the instances"),
		take("InstanceTagValue", "the tag value of the instances; any where absent"),
		need("InstanceType", "what the instances are").oneOf("EC2", "SSM_MANAGED_NODE"),
		take("TargetDirectory", "the directory on the instance that gets the files").without("DeploySpec"),
		take("PreScript", "the script that runs before the files are copied"),
		take("PostScript", "the script that runs after the files are copied").without("DeploySpec"),
		take("DeploySpec", "the file of the input artifact that says what is copied and run, in place of scripts"),
		take("MaxBatch", "on how many instances it happens at once, or in percent"),
		take("MaxError", "how many instances may fail, or in percent"),
		take("TargetGroupNameList", "target groups, between commas, that instances leave meanwhile").of(List),
	}
	t.Completion = Completion{
		Kind: ByEvent,
		Events: []Event{
			{"aws.ssm", "EC2 Command Status-change Notification", ""},
			{"aws.ssm", "EC2 Command Invocation Status-change Notification", ""},
		},
		Calls: []string{"ssm:ListCommandInvocations"}, Unconfirmed: true,
	}
	t.LostStart = LostStart{
		Kind: ByTag, Field: "Comment", Unconfirmed: true,
		How: "SendCommand takes no token: the comment is the action execution, and the commands since the start are searched for it",
	}
	t.Permissions = ec2Permissions()
	t.Notes = []string{"the instances' own role must read the artifact store", "at most 500 instances"}
	return t
}

func ec2Permissions() []Permission {
	tagged := allow("arn:{partition}:ec2:{region}:{account}:instance/*", "ssm:SendCommand").when("InstanceType", "EC2")
	node := allow("arn:{partition}:ssm:{region}:{account}:managed-instance/*", "ssm:SendCommand").when("InstanceType", "SSM_MANAGED_NODE").maybe()
	tagged.TagKey, tagged.TagValue = "InstanceTagKey", "InstanceTagValue"
	node.TagKey, node.TagValue = "InstanceTagKey", "InstanceTagValue"
	return []Permission{
		anywhere("ec2:DescribeInstances", "ssm:CancelCommand", "ssm:DescribeInstanceInformation", "ssm:ListCommandInvocations"),
		anywhere("ssm:ListCommands").maybe().note("finds a lost start again"),
		anywhere("elasticloadbalancing:DescribeTargetGroupAttributes", "elasticloadbalancing:DescribeTargetGroups",
			"elasticloadbalancing:DescribeTargetHealth").uses("TargetGroupNameList"),
		allow("arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/{TargetGroupNameList}/*",
			"elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"),
		tagged, node,
		allow("arn:{partition}:ssm:{region}::document/AWS-RunShellScript", "ssm:SendCommand"),
		logs(),
	}
}

func eks() ActionType {
	t := deployment("EKS", "installs a Helm chart or applies manifests in an EKS cluster", Counts{1, 1})
	t.V2Only, t.CrossAccount, t.CrossRegion = yes, byConfirmedRole, unknown
	t.Properties = []Property{
		need("ClusterName", "the cluster"),
		take("HelmReleaseName", "the release that is installed").without("ManifestFiles"),
		take("HelmChartLocation", "the path of the chart in the input artifact").without("ManifestFiles"),
		take("HelmValuesFiles", "files of values in the input artifact, between commas").of(List),
		take("ManifestFiles", "manifests in the input artifact, between commas, in place of a chart").of(List).without("HelmReleaseName"),
		take("Namespace", "the Kubernetes namespace"),
		take("Subnets", "subnets between commas, where the cluster's endpoint is private").of(List),
		take("SecurityGroupIds", "security groups between commas, with Subnets").of(List),
	}
	t.Variables = []string{"EKSClusterName"}
	t.Timeout, t.Completion, t.LostStart = managedTimeout, managedCompletion(), builtAgain
	t.Permissions = []Permission{
		allow("arn:{partition}:eks:{region}:{account}:cluster/{ClusterName}", "eks:DescribeCluster"),
		anywhere("ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups",
			"ec2:DescribeSubnets", "ec2:DescribeVpcs").uses("Subnets").maybe(),
		allow("arn:{partition}:ec2:{region}:{account}:subnet/{Subnets}", "ec2:CreateNetworkInterface").
			and("arn:{partition}:ec2:{region}:{account}:security-group/{SecurityGroupIds}",
				"arn:{partition}:ec2:{region}:{account}:network-interface/*").uses("Subnets").maybe(),
		logs(),
	}
	t.Notes = []string{"the cluster needs an access entry for the action's role"}
	return t
}

func lambdaDeploy() ActionType {
	t := deployment("Lambda", "gives a function new code, or moves an alias to a version", Counts{0, 1})
	t.V2Only, t.CrossAccount, t.CrossRegion = yes, unknown, unknown
	t.Properties = []Property{
		need("FunctionName", "the function; it must have a version"),
		take("FunctionAlias", "the alias that is moved; it must stand for exactly one version"),
		take("PublishedTargetVersion", "the version that the alias is moved to, in place of an input artifact"),
		take("DeployStrategy", "how traffic moves to the new version, within two days").standard("AllAtOnce").
			like(`AllAtOnce|Canary[0-9]+Percent[0-9]+Minutes?|Linear[0-9]+PercentEvery[0-9]+Minutes?`,
				"AllAtOnce, or like Canary10Percent5Minutes or Linear10PercentEvery1Minute"),
		take("Alarms", "CloudWatch alarms, between commas, at most ten; one that rings fails the action").of(List),
	}
	t.Variables = []string{"FunctionVersion"}
	t.Completion = Completion{
		Kind: BySweep, Calls: []string{"lambda:GetFunctionConfiguration", "lambda:GetAlias"},
		Note: "Lambda sends no usable event; a move of traffic is driven by the action itself",
	}
	t.LostStart = LostStart{
		Kind: ByLookup, Field: "CodeSha256", Unconfirmed: true,
		How: "updates take no token: the function's code digest and the alias's versions tell what has happened",
	}
	function := "arn:{partition}:lambda:{region}:{account}:function:{FunctionName}"
	t.Permissions = []Permission{
		allow(function, "lambda:GetFunction", "lambda:GetFunctionConfiguration", "lambda:UpdateFunctionCode",
			"lambda:PublishVersion").and(function + ":*").maybe(),
		allow(function+":{FunctionAlias}", "lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig").
			and(function).uses("FunctionAlias").maybe(),
		allow("arn:{partition}:cloudwatch:{region}:{account}:alarm:{Alarms}", "cloudwatch:DescribeAlarms").maybe(),
	}
	t.Notes = []string{"without FunctionAlias the code of the input artifact becomes a new version and nothing else moves"}
	return t
}
