package catalogue

// buildMark is the environment variable in which a build carries the action execution that started it.
const buildMark = "PENSTOCK_ACTION_EXECUTION"

// builtAgain finds a CodeBuild build: by the token as long as that lives, then among the project's latest builds.
var builtAgain = LostStart{
	Kind: ByToken, Field: "idempotencyToken", Lifetime: 5,
	How: "the token is the action execution; after its lifetime the project's builds are listed and searched for the environment variable " + buildMark,
}

func buildCompletion() Completion {
	return Completion{
		Kind: ByEvent,
		Events: []Event{
			{"aws.codebuild", "CodeBuild Build State Change", "BatchEnabled is false"},
			{"aws.codebuild", "CodeBuild Build Batch State Change", "BatchEnabled is true"},
		},
		Calls: []string{"codebuild:BatchGetBuilds", "codebuild:BatchGetBuildBatches"},
	}
}

// managedCompletion is that of actions which CodePipeline runs in builds of its own.
func managedCompletion() Completion {
	return Completion{
		Kind:   ByEvent,
		Events: []Event{{"aws.codebuild", "CodeBuild Build State Change", ""}},
		Calls:  []string{"codebuild:BatchGetBuilds"},
		Note:   "CodePipeline's own compute sends none; the event is that of the build that stands for it",
	}
}

var managedTimeout = Timeout{Minutes: 55}

func builds() []ActionType {
	return []ActionType{codeBuild("Build", 36*60), codeBuild("Test", 8*60), ecrBuildAndPublish(), commands(), deviceFarm()}
}

func codeBuildProperties() []Property {
	return []Property{
		need("ProjectName", "the CodeBuild project"),
		take("PrimarySource", "the input artifact whose directory holds the buildspec").fromInputs(2),
		take("EnvironmentVariables", "a JSON list of {name, value, type} that overrides the project's variables").of(JSON),
		take("BatchEnabled", "whether the buildspec's batch of builds is run").of(Boolean).standard("false"),
		take("CombineArtifacts", "whether the outputs of a batch become one file").of(Boolean).standard("false"),
	}
}

func codeBuildPermissions() []Permission {
	project := "arn:{partition}:codebuild:{region}:{account}:project/{ProjectName}"
	return []Permission{
		allow(project, "codebuild:StartBuild").when("BatchEnabled", "false"),
		allow(project, "codebuild:BatchGetBuilds"),
		allow(project, "codebuild:StopBuild").when("BatchEnabled", "false").maybe().note("ends the build of an action that is abandoned"),
		allow(project, "codebuild:ListBuildsForProject").when("BatchEnabled", "false").maybe().note("finds a lost start again"),
		allow(project, "codebuild:StartBuildBatch", "codebuild:BatchGetBuildBatches").when("BatchEnabled", "true"),
		allow(project, "codebuild:StopBuildBatch").when("BatchEnabled", "true").maybe().note("ends the builds of an action that is abandoned"),
		allow(project, "codebuild:ListBuildBatchesForProject").when("BatchEnabled", "true").maybe().note("finds a lost start again"),
		allow("arn:{partition}:codebuild:{region}:{account}:report-group/{ProjectName}-*", "codebuild:BatchGetReports").
			maybe().note("counts the test cases of reports that the buildspec names; without it they are not counted"),
	}
}

func codeBuild(category string, minutes int) ActionType {
	return ActionType{
		Category: category, Owner: "AWS", Provider: "CodeBuild", Version: "1",
		Summary: "runs a build of a CodeBuild project on the input artifacts",
		Inputs:  Counts{1, 5}, Outputs: Counts{0, 5},
		Properties: codeBuildProperties(), OpenVariables: true, VariablesFrom: "the exported-variables of the buildspec",
		V2Only: no, CrossAccount: yes, CrossRegion: yes,
		Timeout: Timeout{Minutes: minutes}, Completion: buildCompletion(), LostStart: builtAgain,
		Permissions: codeBuildPermissions(),
		Notes:       []string{"the project's role reads and writes the artifacts: it needs the artifact store and its key"},
	}
}

func ecrBuildAndPublish() ActionType {
	private := "arn:{partition}:ecr:{region}:{account}:repository/{ECRRepositoryName}"
	public := "arn:{partition}:ecr-public::{account}:repository/{ECRRepositoryName}"
	return ActionType{
		Category: "Build", Owner: "AWS", Provider: "ECRBuildAndPublish", Version: "1",
		Summary: "builds a container image from the input artifact and pushes it to ECR", Inputs: Counts{1, 1},
		Properties: []Property{
			need("ECRRepositoryName", "the repository that the image is pushed to"),
			take("DockerFilePath", "the directory of the Dockerfile; the root of the artifact where absent"),
			take("ImageTags", "the tags, between commas").of(List).standard("latest"),
			take("RegistryType", "whose registry it is").oneOf("private", "public").standard("private"),
		},
		Variables: []string{"ECRImageDigestId", "ECRRepositoryName"},
		V2Only:    yes, CrossAccount: unknown, CrossRegion: unknown,
		Timeout: managedTimeout, Completion: managedCompletion(), LostStart: builtAgain,
		Permissions: []Permission{
			anywhere("ecr:GetAuthorizationToken").when("RegistryType", "private").maybe(),
			allow(private, "ecr:DescribeRepositories", "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload",
				"ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage", "ecr:GetDownloadUrlForLayer").
				when("RegistryType", "private").maybe(),
			anywhere("ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken").when("RegistryType", "public").maybe(),
			allow(public, "ecr-public:DescribeRepositories", "ecr-public:BatchCheckLayerAvailability",
				"ecr-public:InitiateLayerUpload", "ecr-public:UploadLayerPart", "ecr-public:CompleteLayerUpload",
				"ecr-public:PutImage").when("RegistryType", "public").maybe(),
			logs(),
		},
	}
}

func computeProperties() []Property {
	return []Property{
		take("EnvironmentType", "the operating system of the container").
			oneOf("LINUX_CONTAINER", "WINDOWS_SERVER_2022_CONTAINER").standard("LINUX_CONTAINER"),
		take("ComputeType", "the size of the container; Windows has no small one").
			oneOf("BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE").standard("BUILD_GENERAL1_SMALL"),
		take("VpcId", "the VPC that the container stands in"),
		take("Subnets", "the subnets of that VPC, between commas").of(List),
		take("SecurityGroupIds", "the security groups of that VPC, between commas").of(List),
	}
}

func commands() ActionType {
	return ActionType{
		Category: "Compute", Owner: "AWS", Provider: "Commands", Version: "1",
		Summary: "runs shell commands in a container that CodePipeline supplies",
		Inputs:  Counts{1, 10}, Outputs: Counts{0, 1}, Commands: true,
		Properties: computeProperties(), OpenVariables: true, VariablesFrom: "the action's outputVariables",
		V2Only: yes, CrossAccount: byConfirmedRole, CrossRegion: unknown,
		Timeout: managedTimeout, Completion: managedCompletion(), LostStart: builtAgain,
		Permissions: []Permission{logs()},
		Notes:       []string{"a command is one line", "the commands run with the permissions of the action's role"},
	}
}

// byConfirmedRole is byRole where a page says so.
var byConfirmedRole = Claim{Answer: Yes, Note: "by the action's roleArn"}

func deviceFarm() ActionType {
	return ActionType{
		Category: "Test", Owner: "AWS", Provider: "DeviceFarm", Version: "1",
		Summary: "runs an app's tests on devices of Device Farm", Inputs: Counts{1, 1},
		Properties: deviceFarmProperties(),
		V2Only:     no, CrossAccount: unknown, CrossRegion: likely,
		Regions:    Regions{Only: []string{"us-west-2"}, Unconfirmed: true, Note: "where Device Farm is; other Regions reach it across Regions"},
		Timeout:    Timeout{Minutes: 8 * 60},
		Completion: Completion{Kind: BySweep, Calls: []string{"devicefarm:GetRun"}, Unconfirmed: true},
		LostStart: LostStart{
			Kind: ByName, Field: "name", Unconfirmed: true,
			How: "the run is named after the action execution and searched among the project's runs",
		},
		Permissions: []Permission{
			anywhere("devicefarm:ListProjects"),
			allow("arn:{partition}:devicefarm:{region}:{account}:project:{ProjectId}", "devicefarm:ListDevicePools",
				"devicefarm:CreateUpload", "devicefarm:ScheduleRun"),
			allow("{DevicePoolArn}", "devicefarm:ScheduleRun"),
			allow("arn:{partition}:devicefarm:{region}:{account}:upload:{ProjectId}/*", "devicefarm:GetUpload", "devicefarm:ScheduleRun"),
			allow("arn:{partition}:devicefarm:{region}:{account}:run:{ProjectId}/*", "devicefarm:GetRun"),
			allow("arn:{partition}:devicefarm:{region}:{account}:project:{ProjectId}", "devicefarm:ListRuns").maybe().note("finds a lost start again"),
		},
	}
}

func deviceFarmProperties() []Property {
	radio := func(name, what string) Property {
		return take(name, "whether "+what+" is on").of(Boolean)
	}
	return []Property{
		need("ProjectId", "the id of the Device Farm project"),
		need("App", "the path of the app in the input artifact"),
		need("DevicePoolArn", "the pool of devices"),
		need("AppType", "what the app is").oneOf("iOS", "Android", "Web"),
		need("TestType", "the kind of test").oneOf("APPIUM_JAVA_JUNIT", "APPIUM_JAVA_TESTNG", "APPIUM_PYTHON",
			"APPIUM_WEB_JAVA_JUNIT", "APPIUM_WEB_JAVA_TESTNG", "APPIUM_WEB_PYTHON", "BUILTIN_EXPLORER", "BUILTIN_FUZZ",
			"CALABASH", "INSTRUMENTATION", "UIAUTOMATION", "UIAUTOMATOR", "XCTEST", "XCTEST_UI"),
		take("AppiumVersion", "the version of Appium; it is ignored"),
		take("Test", "the path of the tests in the input artifact"),
		radio("RecordAppPerformanceData", "the recording of the app's performance"),
		radio("RecordVideo", "the recording of the screen"),
		radio("RadioBluetoothEnabled", "Bluetooth"),
		radio("RadioWifiEnabled", "Wi-Fi"),
		radio("RadioNfcEnabled", "NFC"),
		radio("RadioGpsEnabled", "GPS"),
		take("FuzzEventCount", "how many events a fuzz test makes").number(1, 10000),
		take("FuzzEventThrottle", "how many milliseconds lie between two of them").number(1, 1000),
		take("FuzzRandomizerSeed", "the seed of a fuzz test").of(Number),
		take("CustomHostMachineArtifacts", "where on the host machine the artifacts of the tests are"),
		take("CustomDeviceArtifacts", "where on the device the artifacts of the tests are"),
		take("UnmeteredDevicesOnly", "whether only devices that are not billed by the minute are taken").of(Boolean),
		take("JobTimeoutMinutes", "how many minutes the tests have on each device").of(Number),
		take("Latitude", "the latitude that devices report"),
		take("Longitude", "the longitude that devices report"),
	}
}
