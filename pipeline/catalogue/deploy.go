package catalogue

func deployment(provider, summary string, inputs Counts) ActionType {
	return ActionType{
		Category: "Deploy", Owner: "AWS", Provider: provider, Version: "1", Summary: summary, Inputs: inputs,
		V2Only: no, CrossAccount: yes, CrossRegion: yes, Timeout: Timeout{Minutes: 60, Quota: true},
	}
}

func deployments() []ActionType {
	return []ActionType{s3Deploy(), codeDeploy(), elasticBeanstalk(), appConfig(), serviceCatalog(), opsWorks(), alexa()}
}

func s3Deploy() ActionType {
	t := deployment("S3", "copies the input artifact, or the files in it, to a bucket", Counts{1, 1})
	t.Properties = []Property{
		need("BucketName", "the bucket that is written to"),
		need("Extract", "whether the files of the artifact are written, or the ZIP").of(Boolean),
		take("ObjectKey", "the key of the ZIP; where files are written, their prefix").when("Extract", "false"),
		take("KMSEncryptionKeyARN", "the key that encrypts the objects").like(`arn:aws(-\w+)*:kms:.+`, "the ARN of a KMS key"),
		take("CannedACL", "the access that the objects get").oneOf("private", "public-read", "public-read-write",
			"authenticated-read", "aws-exec-read", "bucket-owner-read", "bucket-owner-full-control", "log-delivery-write"),
		take("CacheControl", "the Cache-Control header of the objects"),
	}
	t.Timeout.Minutes = 90
	t.Completion = Completion{Kind: ByReturn, Calls: []string{"s3:PutObject"}}
	t.LostStart = LostStart{Kind: RepeatedStart, How: "the same objects are written again"}
	key := func(actions ...string) Permission { return allow("{KMSEncryptionKeyARN}", actions...) }
	// A long object is uploaded in parts; what one call could not end another finds and goes on with.
	puts := []string{"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
	t.Permissions = []Permission{
		allow("arn:{partition}:s3:::{BucketName}/*", puts...).when("Extract", "true"),
		allow("arn:{partition}:s3:::{BucketName}/{ObjectKey}", puts...).when("Extract", "false"),
		allow("arn:{partition}:s3:::{BucketName}", "s3:ListBucketMultipartUploads"),
		allow("arn:{partition}:s3:::{BucketName}/*", "s3:PutObjectAcl").uses("CannedACL"),
		key("kms:GenerateDataKey", "kms:Decrypt").maybe(),
	}
	t.Notes = []string{"in ObjectKey, {datetime} is the time in UTC and {uuid} a random one"}
	return t
}

func codeDeploy() ActionType {
	t := deployment("CodeDeploy", "deploys the input artifact to a deployment group of CodeDeploy", Counts{1, 1})
	t.Properties = codeDeployProperties()
	t.Timeout.Minutes = 5 * 24 * 60
	t.Completion, t.LostStart, t.Permissions = codeDeployCompletion(), codeDeployLostStart(), codeDeployPermissions()
	return t
}

func codeDeployProperties() []Property {
	return []Property{
		need("ApplicationName", "the application of CodeDeploy"),
		need("DeploymentGroupName", "its deployment group"),
	}
}

func codeDeployCompletion() Completion {
	return Completion{
		Kind:   ByEvent,
		Events: []Event{{"aws.codedeploy", "CodeDeploy Deployment State-change Notification", ""}},
		Calls:  []string{"codedeploy:GetDeployment"},
	}
}

func codeDeployLostStart() LostStart {
	return LostStart{
		Kind: ByTag, Field: "description",
		How: "CreateDeployment takes no token: the description is the action execution, and the group's deployments since the start are searched for it",
	}
}

func codeDeployPermissions() []Permission {
	base := "arn:{partition}:codedeploy:{region}:{account}:"
	return []Permission{
		allow(base+"deploymentgroup:{ApplicationName}/{DeploymentGroupName}", "codedeploy:CreateDeployment", "codedeploy:GetDeployment"),
		allow(base+"deploymentgroup:{ApplicationName}/{DeploymentGroupName}", "codedeploy:ListDeployments", "codedeploy:BatchGetDeployments").
			maybe().note("finds a lost start again"),
		allow(base+"application:{ApplicationName}", "codedeploy:GetApplication", "codedeploy:GetApplicationRevision",
			"codedeploy:RegisterApplicationRevision"),
		allow(base+"deploymentconfig:*", "codedeploy:GetDeploymentConfig").note("the group names its configuration, the action does not"),
	}
}

func elasticBeanstalk() ActionType {
	t := deployment("ElasticBeanstalk", "deploys the input artifact to an environment of Elastic Beanstalk", Counts{1, 1})
	t.CrossAccount, t.CrossRegion = likely, likely
	t.Properties = []Property{
		need("ApplicationName", "the application of Elastic Beanstalk"),
		need("EnvironmentName", "its environment"),
	}
	t.Completion = Completion{
		Kind:   ByEvent,
		Events: []Event{{"aws.elasticbeanstalk", "Elastic Beanstalk resource status change", ""}},
		Calls:  []string{"elasticbeanstalk:DescribeEnvironments", "elasticbeanstalk:DescribeEvents"}, Unconfirmed: true,
		Note: "events are best effort and which one ends an update is not stated: the environment is looked up",
	}
	t.LostStart = LostStart{
		Kind: ByName, Field: "VersionLabel", Unconfirmed: true,
		How: "the application version is labelled with the action execution; the environment tells which version it has or gets",
	}
	base := "arn:{partition}:elasticbeanstalk:{region}:{account}:"
	t.Permissions = []Permission{
		allow(base+"applicationversion/{ApplicationName}/*", "elasticbeanstalk:CreateApplicationVersion",
			"elasticbeanstalk:DescribeApplicationVersions"),
		allow(base+"environment/{ApplicationName}/{EnvironmentName}", "elasticbeanstalk:DescribeEnvironments",
			"elasticbeanstalk:DescribeEvents", "elasticbeanstalk:UpdateEnvironment").and(base + "application/{ApplicationName}"),
	}
	t.Notes = []string{"Elastic Beanstalk changes instances, groups and stacks with the caller's permissions: the role also needs what the environment is made of"}
	return t
}

func appConfig() ActionType {
	t := deployment("AppConfig", "deploys a configuration of the input artifact with AppConfig", Counts{1, 1})
	t.CrossAccount, t.CrossRegion = likely, likely
	t.Properties = []Property{
		need("Application", "the id of the AppConfig application"),
		need("Environment", "the id of its environment"),
		need("ConfigurationProfile", "the id of its configuration profile"),
		need("InputArtifactConfigurationPath", "the path of the configuration in the input artifact"),
		take("DeploymentStrategy", "the id of the strategy that spreads the configuration"),
	}
	t.Completion = Completion{
		Kind: BySweep, Calls: []string{"appconfig:GetDeployment"},
		Note: "AppConfig sends events only where an extension is set up for them",
	}
	t.LostStart = LostStart{
		Kind: ByTag, Field: "Description", Unconfirmed: true,
		How: "StartDeployment takes no token: the description is the action execution, and the environment's deployments are searched for it",
	}
	application := "arn:{partition}:appconfig:{region}:{account}:application/{Application}"
	t.Permissions = []Permission{
		allow(application, "appconfig:StartDeployment").and(
			application+"/environment/{Environment}", application+"/configurationprofile/{ConfigurationProfile}",
			"arn:{partition}:appconfig:{region}:{account}:deploymentstrategy/{DeploymentStrategy}"),
		allow(application+"/environment/{Environment}/deployment/*", "appconfig:GetDeployment", "appconfig:StopDeployment").
			and(application, application+"/environment/{Environment}"),
		allow(application+"/environment/{Environment}", "appconfig:ListDeployments").and(application).maybe().note("finds a lost start again"),
	}
	return t
}

func serviceCatalog() ActionType {
	t := deployment("ServiceCatalog", "makes the input artifact's template a version of a Service Catalog product", Counts{1, 1})
	t.CrossAccount, t.CrossRegion = likely, likely
	t.Properties = []Property{
		need("ProductId", "the id of the product"),
		take("ConfigurationFilePath", "the path of a file in the input artifact that says what the other keys say"),
		take("TemplateFilePath", "the path of the template in the input artifact").without("ConfigurationFilePath"),
		take("ProductVersionName", "the name of the version").without("ConfigurationFilePath"),
		take("ProductType", "the kind of template").oneOf("CLOUD_FORMATION_TEMPLATE", "MARKETPLACE_AMI",
			"MARKETPLACE_CAR", "TERRAFORM_OPEN_SOURCE", "TERRAFORM_CLOUD", "EXTERNAL").without("ConfigurationFilePath"),
		take("ProductVersionDescription", "what is new in the version"),
	}
	t.Completion = Completion{Kind: BySweep, Calls: []string{"servicecatalog:DescribeProvisioningArtifact"}, Unconfirmed: true}
	t.LostStart = LostStart{
		Kind: ByToken, Field: "IdempotencyToken",
		How: "the token is the action execution; how long it lives is not stated, so the product's versions are searched by name before",
	}
	product := "arn:{partition}:catalog:{region}:{account}:product/{ProductId}"
	t.Permissions = []Permission{
		allow(product, "servicecatalog:ListProvisioningArtifacts", "servicecatalog:CreateProvisioningArtifact",
			"servicecatalog:DescribeProvisioningArtifact", "servicecatalog:DeleteProvisioningArtifact", "servicecatalog:UpdateProduct"),
		anywhere("cloudformation:ValidateTemplate"),
	}
	return t
}

func opsWorks() ActionType {
	t := deployment("OpsWorks", "deployed to OpsWorks Stacks, a service that AWS has retired", Counts{1, 1})
	t.CrossAccount, t.CrossRegion = unknown, unknown
	t.Properties = []Property{
		need("Stack", "the id of the OpsWorks stack"),
		need("App", "the id of its app"),
		take("Layer", "the id of the layer that is deployed to; all where absent"),
	}
	t.Completion = Completion{
		Kind:   ByEvent,
		Events: []Event{{"aws.opsworks", "OpsWorks Deployment State Change", ""}},
		Calls:  []string{"opsworks:DescribeDeployments"}, Unconfirmed: true,
	}
	t.LostStart = LostStart{
		Kind: ByTag, Field: "Comment", Unconfirmed: true,
		How: "the comment is the action execution, and the app's deployments are searched for it",
	}
	t.Permissions = []Permission{
		allow("arn:{partition}:opsworks:{region}:{account}:stack/{Stack}/", "opsworks:CreateDeployment",
			"opsworks:DescribeApps", "opsworks:DescribeCommands", "opsworks:DescribeDeployments",
			"opsworks:DescribeInstances", "opsworks:DescribeStacks", "opsworks:UpdateApp", "opsworks:UpdateStack"),
	}
	t.Notes = []string{"the service ended in May 2024: a pipeline that still has the action can only fail in it"}
	return t
}

func alexa() ActionType {
	t := deployment("AlexaSkillsKit", "updates an Alexa skill from the input artifact", Counts{1, 2})
	t.Owner, t.CrossAccount, t.CrossRegion = "ThirdParty", no, no
	t.Properties = []Property{
		need("ClientId", "the client id of the security profile"),
		need("ClientSecret", "the client secret of the security profile").secret(),
		need("RefreshToken", "the token that access tokens are made from").secret(),
		need("SkillId", "the id of the skill"),
	}
	t.Completion = Completion{Kind: BySweep, Unconfirmed: true, Note: "the API of the Alexa Skills Kit tells the state of an update"}
	t.LostStart = LostStart{Kind: Unfindable, Unconfirmed: true, How: "no mark is known that an update carries"}
	return t
}
