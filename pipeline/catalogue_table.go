package pipeline

import "slices"

// The catalogue, in the order of AWS's structure reference. A row is data only: which engine runs it is decided
// elsewhere.
var actionTypes = []ActionType{
	// Sources.
	{
		Category: "Source", Owner: "AWS", Provider: "S3", Version: "1", Outputs: one,
		Properties: properties(needs("S3Bucket", "S3ObjectKey"),
			boolean("PollForSourceChanges", "true"), boolean("AllowOverrideForS3ObjectKey", "false")),
		Variables: []string{"BucketName", "ETag", "ObjectKey", "VersionId"},
	},
	{
		Category: "Source", Owner: "AWS", Provider: "CodeCommit", Version: "1", Outputs: one,
		Properties: properties(needs("RepositoryName", "BranchName"), boolean("PollForSourceChanges", "true"),
			choice("OutputArtifactFormat", "CODE_ZIP", "CODEBUILD_CLONE_REF")),
		Variables: []string{"AuthorDate", "BranchName", "CommitId", "CommitMessage", "CommitterDate", "RepositoryName"},
	},
	{
		Category: "Source", Owner: "AWS", Provider: "CodeStarSourceConnection", Version: "1", Outputs: one,
		Properties: properties(needs("ConnectionArn", "FullRepositoryId", "BranchName"),
			choice("OutputArtifactFormat", "CODE_ZIP", "CODEBUILD_CLONE_REF"), boolean("DetectChanges", "true")),
		Variables: []string{
			"AuthorDate", "BranchName", "CommitId", "CommitMessage", "ConnectionArn", "FullRepositoryName",
		},
	},
	{
		Category: "Source", Owner: "AWS", Provider: "ECR", Version: "1", Outputs: one,
		Properties: properties(needs("RepositoryName"), text("ImageTag", "latest")),
		Variables:  []string{"ImageDigest", "ImageTag", "ImageURI", "RegistryId", "RepositoryName"},
	},
	{
		Category: "Source", Owner: "ThirdParty", Provider: "GitHub", Version: "1", Outputs: one,
		Properties: properties(needs("Owner", "Repo", "Branch"), secret("OAuthToken"),
			boolean("PollForSourceChanges", "true")),
		Variables: []string{
			"AuthorDate", "BranchName", "CommitId", "CommitMessage", "CommitterDate", "CommitUrl", "RepositoryName",
		},
	},

	// Builds, tests and compute.
	codeBuild("Build"),
	codeBuild("Test"),
	{
		Category: "Build", Owner: "AWS", Provider: "ECRBuildAndPublish", Version: "1", Inputs: one,
		Properties: properties(needs("ECRRepositoryName"), takes("DockerFilePath"), text("ImageTags", "latest"),
			choice("RegistryType", "private", "public")),
		Variables: []string{"ECRImageDigestId", "ECRRepositoryName"}, Completion: ByCallback,
	},
	{
		Category: "Compute", Owner: "AWS", Provider: "Commands", Version: "1", Inputs: Counts{1, 10}, Outputs: Counts{0, 1},
		Properties: properties(choice("EnvironmentType", "LINUX_CONTAINER", "WINDOWS_SERVER_2022_CONTAINER"),
			choice("ComputeType", "BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE"),
			takes("VpcId", "Subnets", "SecurityGroupIds")),
		OpenVariables: true, Completion: ByCallback, // its variables are its outputVariables
	},
	{
		Category: "Test", Owner: "AWS", Provider: "DeviceFarm", Version: "1", Inputs: one,
		Properties: properties(needs("ProjectId", "App", "DevicePoolArn"), must(choiceOf("AppType", "iOS", "Android", "Web")),
			must(choiceOf("TestType", "APPIUM_JAVA_JUNIT", "APPIUM_JAVA_TESTNG", "APPIUM_PYTHON", "APPIUM_WEB_JAVA_JUNIT",
				"APPIUM_WEB_JAVA_TESTNG", "APPIUM_WEB_PYTHON", "BUILTIN_EXPLORER", "BUILTIN_FUZZ", "CALABASH",
				"INSTRUMENTATION", "UIAUTOMATION", "UIAUTOMATOR", "XCTEST", "XCTEST_UI")),
			takes("AppiumVersion", "Test", "RecordAppPerformanceData", "RecordVideo", "RadioBluetoothEnabled",
				"RadioWifiEnabled", "RadioNfcEnabled", "RadioGpsEnabled", "FuzzEventCount", "FuzzEventThrottle",
				"FuzzRandomizerSeed", "CustomHostMachineArtifacts", "CustomDeviceArtifacts", "UnmeteredDevicesOnly",
				"JobTimeoutMinutes", "Latitude", "Longitude")),
		Completion: ByCallback,
	},

	// Deployments.
	{
		Category: "Deploy", Owner: "AWS", Provider: "S3", Version: "1", Inputs: one,
		Properties: properties(needs("BucketName"), must(boolean("Extract", "")),
			when("ObjectKey", "Extract", "false"), takes("KMSEncryptionKeyARN", "CannedACL", "CacheControl")),
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "CloudFormation", Version: "1",
		Inputs: Counts{0, 10}, Outputs: Counts{0, 1},
		Properties: properties(must(choiceOf("ActionMode", "CREATE_UPDATE", "REPLACE_ON_FAILURE", "DELETE_ONLY",
			"CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE")), needs("StackName"),
			when("ChangeSetName", "ActionMode", "CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE"),
			when("TemplatePath", "ActionMode", "CREATE_UPDATE", "REPLACE_ON_FAILURE", "CHANGE_SET_REPLACE"),
			when("RoleArn", "ActionMode", "CREATE_UPDATE", "REPLACE_ON_FAILURE", "DELETE_ONLY", "CHANGE_SET_REPLACE"),
			takes("Capabilities", "OutputFileName", "TemplateConfiguration"), jsonText("ParameterOverrides")),
		OpenVariables: true, Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "CloudFormationStackSet", Version: "1", Inputs: Counts{1, 3},
		Properties: properties(needs("StackSetName", "TemplatePath"), takes("Description", "Parameters", "Capabilities"),
			choice("PermissionModel", "SELF_MANAGED", "SERVICE_MANAGED"),
			takes("AdministrationRoleArn", "ExecutionRoleName"),
			choice("OrganizationsAutoDeployment", "Disabled", "Enabled", "EnabledWithStackRetention"),
			takes("DeploymentTargets", "Regions", "FailureTolerancePercentage", "MaxConcurrentPercentage")),
		Variables: []string{"StackSetId", "OperationId"}, Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "CloudFormationStackInstances", Version: "1", Inputs: Counts{0, 2},
		Properties: properties(needs("StackSetName", "Regions"), takes("DeploymentTargets", "ParameterOverrides",
			"FailureTolerancePercentage", "MaxConcurrentPercentage")),
		Variables: []string{"StackSetId", "OperationId"}, Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "CodeDeploy", Version: "1", Inputs: one,
		Properties: properties(needs("ApplicationName", "DeploymentGroupName")), Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "CodeDeployToECS", Version: "1", Inputs: Counts{1, 5},
		Properties: properties(needs("ApplicationName", "DeploymentGroupName", "TaskDefinitionTemplateArtifact",
			"AppSpecTemplateArtifact"), text("AppSpecTemplatePath", "appspec.yaml"),
			text("TaskDefinitionTemplatePath", "taskdef.json"), takes("Image1ArtifactName", "Image1ContainerName",
				"Image2ArtifactName", "Image2ContainerName", "Image3ArtifactName", "Image3ContainerName",
				"Image4ArtifactName", "Image4ContainerName")),
		Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "ECS", Version: "1", Inputs: one,
		Properties: properties(needs("ClusterName", "ServiceName"), text("FileName", "imagedefinitions.json"),
			number("DeploymentTimeout", "60")),
		Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "EC2", Version: "1", Inputs: one,
		Properties: properties(needs("InstanceTagKey"), must(choiceOf("InstanceType", "EC2", "SSM_MANAGED_NODE")),
			takes("InstanceTagValue", "TargetDirectory", "PreScript", "PostScript", "DeploySpec", "MaxBatch", "MaxError",
				"TargetGroupNameList")),
		Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "EKS", Version: "1", Inputs: one,
		Properties: properties(needs("ClusterName"), takes("HelmReleaseName", "HelmChartLocation", "HelmValuesFiles",
			"ManifestFiles", "Namespace", "Subnets", "SecurityGroupIds")),
		Variables: []string{"EKSClusterName"}, Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "Lambda", Version: "1", Inputs: Counts{0, 1},
		Properties: properties(needs("FunctionName"), takes("FunctionAlias", "PublishedTargetVersion"),
			text("DeployStrategy", "AllAtOnce"), takes("Alarms")),
		Variables: []string{"FunctionVersion"}, Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "ElasticBeanstalk", Version: "1", Inputs: one,
		Properties: properties(needs("ApplicationName", "EnvironmentName")), Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "AppConfig", Version: "1", Inputs: one,
		Properties: properties(needs("Application", "Environment", "ConfigurationProfile",
			"InputArtifactConfigurationPath"), takes("DeploymentStrategy")),
		Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "ServiceCatalog", Version: "1", Inputs: one,
		Properties: properties(needs("ProductId"), takes("ConfigurationFilePath", "TemplateFilePath",
			"ProductVersionName", "ProductType", "ProductVersionDescription")),
		Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "AWS", Provider: "OpsWorks", Version: "1", Inputs: one,
		Properties: properties(needs("Stack", "App"), takes("Layer")), Completion: ByCallback,
	},
	{
		Category: "Deploy", Owner: "ThirdParty", Provider: "AlexaSkillsKit", Version: "1", Inputs: Counts{1, 2},
		Properties: properties(needs("ClientId"), secret("ClientSecret", "RefreshToken"), needs("SkillId")),
		Completion: ByCallback,
	},

	// Invocations and approvals.
	{
		Category: "Invoke", Owner: "AWS", Provider: "Lambda", Version: "1", Inputs: Counts{0, 5}, Outputs: Counts{0, 5},
		Properties:    properties(needs("FunctionName"), takes("UserParameters")),
		OpenVariables: true, Completion: ByCallback,
	},
	{
		Category: "Invoke", Owner: "AWS", Provider: "StepFunctions", Version: "1",
		Inputs: Counts{0, 1}, Outputs: Counts{0, 1},
		Properties: properties(needs("StateMachineArn"), takes("ExecutionNamePrefix"),
			choice("InputType", "Literal", "FilePath"), takes("Input")),
		Variables: []string{"StateMachineArn", "ExecutionArn"}, Completion: ByCallback,
	},
	{
		Category: "Invoke", Owner: "AWS", Provider: "CodePipeline", Version: "1",
		Properties: properties(needs("PipelineName"), jsonText("SourceRevisions", "Variables")),
	},
	{
		Category: "Invoke", Owner: "AWS", Provider: "InspectorScan", Version: "1",
		Inputs: Counts{0, 1}, Outputs: one,
		Properties: properties(must(choiceOf("InspectorRunMode", "SourceCodeScan", "ECRImageScan")),
			takes("ECRRepositoryName", "ImageTag"), number("CriticalThreshold", ""), number("HighThreshold", ""),
			number("MediumThreshold", ""), number("LowThreshold", "")),
		Variables: []string{"HighestScannedSeverity"}, Completion: ByCallback,
	},
	{
		Category: "Invoke", Owner: "ThirdParty", Provider: "Snyk", Version: "1", Inputs: one, Outputs: Counts{0, 1},
		OpenProperties: true, OpenVariables: true, Completion: ByCallback,
	},
	{
		Category: "Approval", Owner: "AWS", Provider: "Manual", Version: "1",
		Properties: properties(takes("NotificationArn", "CustomData", "ExternalEntityLink")), Completion: ByCallback,
	},
}

// codeBuild is a row of its own in two categories.
func codeBuild(category string) ActionType {
	return ActionType{
		Category: category, Owner: "AWS", Provider: "CodeBuild", Version: "1",
		Inputs: Counts{1, 5}, Outputs: Counts{0, 5},
		Properties: properties(needs("ProjectName"), takes("PrimarySource"), jsonText("EnvironmentVariables"),
			boolean("BatchEnabled", "false"), boolean("CombineArtifacts", "false")),
		OpenVariables: true, Completion: ByCallback, // its variables are what the buildspec exports
	}
}

// one is exactly one artifact.
var one = Counts{Min: 1, Max: 1}

func properties(groups ...[]ActionProperty) []ActionProperty { return slices.Concat(groups...) }

// takes are optional strings.
func takes(names ...string) []ActionProperty { return each(ActionProperty{}, names) }

// needs are required strings.
func needs(names ...string) []ActionProperty { return each(ActionProperty{Required: true}, names) }

// secret are required strings that are masked.
func secret(names ...string) []ActionProperty {
	return each(ActionProperty{Required: true, Secret: true}, names)
}

// jsonText are optional values that hold JSON.
func jsonText(names ...string) []ActionProperty {
	return each(ActionProperty{Kind: JSONProperty}, names)
}

// text is an optional string with a default.
func text(name, standard string) []ActionProperty {
	return each(ActionProperty{Default: standard}, []string{name})
}

func boolean(name, standard string) []ActionProperty {
	return each(ActionProperty{Kind: BooleanProperty, Default: standard, Allowed: []string{"true", "false"}}, []string{name})
}

func number(name, standard string) []ActionProperty {
	return each(ActionProperty{Kind: NumberProperty, Default: standard}, []string{name})
}

// choice is an optional string with the values that it may have; the first is the default.
func choice(name string, values ...string) []ActionProperty {
	return each(ActionProperty{Default: values[0], Allowed: values}, []string{name})
}

// choiceOf is choice without a default.
func choiceOf(name string, values ...string) []ActionProperty {
	return each(ActionProperty{Allowed: values}, []string{name})
}

// when is a string that is required where another key has one of these values.
func when(name, key string, values ...string) []ActionProperty {
	return each(ActionProperty{RequiredWhen: RequiredWhen{key, values}}, []string{name})
}

// must makes properties required.
func must(properties []ActionProperty) []ActionProperty {
	for i := range properties {
		properties[i].Required = true
	}
	return properties
}

func each(like ActionProperty, names []string) []ActionProperty {
	properties := make([]ActionProperty, len(names))
	for i, name := range names {
		properties[i] = like
		properties[i].Name = name
	}
	return properties
}
