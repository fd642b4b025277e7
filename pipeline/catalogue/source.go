package catalogue

// Starting a source again reads again: nothing is lost and nothing is done twice.
var readsAgain = LostStart{Kind: RepeatedStart, How: "the source is read again"}

// polls is the key with which a source is asked for changes from time to time.
func polls() Property {
	return take("PollForSourceChanges", "whether CodePipeline asks for changes itself; false where an event rule or a webhook starts the pipeline").
		of(Boolean).standard("true")
}

// artifactFormat is the key that chooses between files and a reference to a clone.
func artifactFormat() Property {
	return take("OutputArtifactFormat", "files as a ZIP, or a reference that only CodeBuild can clone").
		oneOf("CODE_ZIP", "CODEBUILD_CLONE_REF").standard("CODE_ZIP")
}

func source(provider, summary string) ActionType {
	return ActionType{
		Category: "Source", Owner: "AWS", Provider: provider, Version: "1", Summary: summary, Outputs: Counts{1, 1},
		V2Only: no, CrossAccount: byRole, CrossRegion: no,
		Timeout: Timeout{Minutes: 60, Quota: true}, LostStart: readsAgain,
	}
}

func sources() []ActionType {
	return []ActionType{s3Source(), codeCommit(), connection(), ecrSource(), gitHub()}
}

func s3Source() ActionType {
	t := source("S3", "takes one object of a versioned bucket as the artifact, as it is")
	t.Properties = []Property{
		need("S3Bucket", "the bucket; its versioning must be on"),
		need("S3ObjectKey", "the key of the object, normally a ZIP"),
		polls(),
		take("AllowOverrideForS3ObjectKey", "whether a start of the pipeline may name another key").of(Boolean).standard("false"),
	}
	t.Variables = []string{"BucketName", "ETag", "ObjectKey", "VersionId"}
	t.Completion = Completion{Kind: ByReturn, Calls: []string{"s3:GetObject"}}
	t.Permissions = []Permission{
		allow("arn:{partition}:s3:::{S3Bucket}/{S3ObjectKey}", "s3:GetObject", "s3:GetObjectVersion").
			when("AllowOverrideForS3ObjectKey", "false"),
		allow("arn:{partition}:s3:::{S3Bucket}/*", "s3:GetObject", "s3:GetObjectVersion").
			when("AllowOverrideForS3ObjectKey", "true"),
		allow("arn:{partition}:s3:::{S3Bucket}", "s3:GetBucketVersioning", "s3:ListBucket"),
	}
	t.Notes = []string{"an object that is not a ZIP passes; actions that want files fail on it"}
	return t
}

func codeCommit() ActionType {
	t := source("CodeCommit", "takes the head of a branch of a CodeCommit repository")
	t.Properties = []Property{
		need("RepositoryName", "the repository"),
		need("BranchName", "the branch whose head is taken"),
		polls(),
		artifactFormat(),
	}
	t.Variables = []string{"AuthorDate", "BranchName", "CommitId", "CommitMessage", "CommitterDate", "RepositoryName"}
	t.Completion = Completion{Kind: ByReturn, Note: "it is fetched over git's own protocol"}
	t.Permissions = []Permission{allow("arn:{partition}:codecommit:{region}:{account}:{RepositoryName}", "codecommit:GitPull")}
	t.Notes = []string{
		"CodePipeline itself needs codecommit:GetBranch, GetCommit, UploadArchive, GetUploadArchiveStatus and CancelUploadArchive instead",
	}
	return t
}

func connection() ActionType {
	t := source("CodeStarSourceConnection", "takes a commit of GitHub, GitLab or Bitbucket through a connection")
	t.CrossAccount = Claim{Answer: Yes, Unconfirmed: true, Note: "a connection may be shared with other accounts"}
	t.Properties = []Property{
		need("ConnectionArn", "the connection; its handshake must be finished").like(`arn:aws(-\w+)*:[^:]+:[^:]*:[0-9]{12}:.+`, "the ARN of a connection"),
		need("FullRepositoryId", "owner/repository, in the right case"),
		need("BranchName", "the branch of manual starts, and of changes where no trigger has filters"),
		artifactFormat(),
		take("DetectChanges", "whether a push to the branch starts the pipeline; triggers replace it").of(Boolean).standard("true"),
	}
	t.Variables = []string{"AuthorDate", "BranchName", "CommitId", "CommitMessage", "ConnectionArn", "FullRepositoryName"}
	t.Regions = Regions{
		Except: []string{
			"af-south-1", "ap-east-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "eu-central-2",
			"eu-south-2", "il-central-1", "me-central-1", "me-south-1", "us-gov-west-1",
		},
		Note: "in eu-south-1 the connection is one of another Region",
	}
	t.Completion = managedCompletion()
	t.LostStart = builtAgain
	t.Completion.Note = "no public API gives others what a connection reads: it is fetched by a build that uses the connection, and the event is that build's"
	t.Permissions = []Permission{
		allow("{ConnectionArn}", "codeconnections:UseConnection", "codestar-connections:UseConnection"),
	}
	t.Notes = []string{"with CODEBUILD_CLONE_REF the role of the CodeBuild project needs the same permission"}
	return t
}

func ecrSource() ActionType {
	t := source("ECR", "takes the digest of an image as imageDetail.json")
	t.Properties = []Property{
		need("RepositoryName", "the repository"),
		take("ImageTag", "the tag whose image is taken").standard("latest"),
	}
	t.Variables = []string{"ImageDigest", "ImageTag", "ImageURI", "RegistryId", "RepositoryName"}
	t.Completion = Completion{Kind: ByReturn, Calls: []string{"ecr:DescribeImages"}}
	t.Permissions = []Permission{
		allow("arn:{partition}:ecr:{region}:{account}:repository/{RepositoryName}", "ecr:DescribeImages"),
	}
	t.Notes = []string{"it is started by events only"}
	return t
}

func gitHub() ActionType {
	t := source("GitHub", "takes the head of a branch of GitHub with a personal token; connections replace it")
	t.Owner, t.CrossAccount = "ThirdParty", no
	t.Properties = []Property{
		need("Owner", "the user or organization that owns the repository"),
		need("Repo", "the repository"),
		need("Branch", "the branch whose head is taken"),
		need("OAuthToken", "a token that may read the repository and its hooks").secret(),
		polls(),
	}
	t.Variables = []string{
		"AuthorDate", "BranchName", "CommitId", "CommitMessage", "CommitterDate", "CommitUrl", "RepositoryName",
	}
	t.Completion = Completion{Kind: ByReturn}
	t.Notes = []string{"OAuthToken is a reference to a secret: {{resolve:secretsmanager:NAME:SecretString:KEY}}"}
	return t
}
