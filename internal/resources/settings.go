package resources

// Settings are the environment variables of the Lambda functions. A function that misses one ends at its start.
const (
	// SettingPlatform is the name of the platform.
	SettingPlatform = "PENSTOCK_PLATFORM"
	// SettingTable is the name of the table.
	SettingTable = "PENSTOCK_TABLE"
	// SettingBucket is the name of the platform's artifact bucket.
	SettingBucket = "PENSTOCK_BUCKET"
	// SettingKey is the ARN of the platform's key.
	SettingKey = "PENSTOCK_KEY"
	// SettingAccount is the account's number, and SettingPartition the partition: Lambda tells a function neither.
	SettingAccount   = "PENSTOCK_ACCOUNT"
	SettingPartition = "PENSTOCK_PARTITION"
	// SettingEventSource is the source of the platform's events; EventBridge refuses those that begin with "aws.".
	SettingEventSource = "PENSTOCK_EVENT_SOURCE"
)

// Settings are all of them.
func Settings() []string {
	return []string{
		SettingPlatform, SettingTable, SettingBucket, SettingKey, SettingAccount, SettingPartition, SettingEventSource,
	}
}

// What the functions measure, as CloudWatch's embedded metric format: every metric has the dimension MetricPlatform, the
// platform's name.
const (
	MetricNamespace = "Penstock"
	MetricPlatform  = "Platform"
	// MetricOldestAction is the age in seconds of the oldest action that is in progress and does not wait for a person.
	MetricOldestAction = "OldestActionAge"
)
