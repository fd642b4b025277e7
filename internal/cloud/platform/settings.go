package platform

import (
	"strings"

	"github.com/penstock-ci/penstock/internal/execution"
	"github.com/penstock-ci/penstock/internal/resources"
)

// Settings are what the environment of a Lambda function says of the platform.
type Settings struct {
	resources.Platform
	TableName   string
	BucketName  string
	EventSource string
}

// region is the setting that Lambda itself makes.
const region = "AWS_REGION"

// ReadSettings reads them. The error names every one that is missing.
func ReadSettings(getenv func(string) string) (Settings, error) {
	var missing []string
	read := func(name string) string {
		value := getenv(name)
		if value == "" {
			missing = append(missing, name)
		}
		return value
	}
	s := Settings{
		Platform: resources.Platform{
			Name: read(resources.SettingPlatform), Partition: read(resources.SettingPartition),
			Region: read(region), Account: read(resources.SettingAccount),
			Key: read(resources.SettingKey),
		},
		TableName: read(resources.SettingTable), BucketName: read(resources.SettingBucket),
		EventSource: read(resources.SettingEventSource),
	}
	if len(missing) > 0 {
		return Settings{}, &execution.Error{
			Code: execution.Invalid, Message: "settings that the function's environment lacks: " + strings.Join(missing, ", ") +
				": deploy the platform's stack again",
		}
	}
	return s, nil
}
