package cloud

import (
	"context"
	"slices"
)

type (
	listVersions struct {
		StateMachineARN string `json:"stateMachineArn"`
		NextToken       string `json:"nextToken,omitempty"`
	}
	listedVersions struct {
		Versions []struct {
			ARN string `json:"stateMachineVersionArn"`
		} `json:"stateMachineVersions"`
		NextToken string `json:"nextToken"`
	}
	deleteVersion struct {
		ARN string `json:"stateMachineVersionArn"`
	}
)

// TooManyVersions says whether a version was not published because there are 1,000 of the state machine: Step Functions has no
// more of one, and deletes none by itself (PublishStateMachineVersion, API reference).
func TooManyVersions(err error) bool { return ErrorCode(err) == "ServiceQuotaExceededException" }

// DeleteVersions deletes the oldest published versions of a state machine, so many at most, without those that keep names and
// without the newest. Executions that run go on, but none of a version that is deleted can be started.
func (a *Account) DeleteVersions(ctx context.Context, stateMachineARN string, most int, keep func(versionARN string) bool) error {
	all, err := a.versions(ctx, stateMachineARN)
	if err != nil {
		return err
	}
	for _, arn := range all[:max(0, len(all)-1)] {
		if most == 0 {
			return nil
		}
		if keep(arn) {
			continue
		}
		if err := a.Service(stepFunctions).Call(ctx, "DeleteStateMachineVersion", deleteVersion{arn}, nil); err != nil {
			return a.Failed("delete "+arn, err)
		}
		most--
	}
	return nil
}

// versions are the ARNs of those that are published, the oldest first.
func (a *Account) versions(ctx context.Context, stateMachineARN string) ([]string, error) {
	var all []string
	for in := (listVersions{StateMachineARN: stateMachineARN}); ; {
		var page listedVersions
		if err := a.Service(stepFunctions).Call(ctx, "ListStateMachineVersions", in, &page); err != nil {
			return nil, a.Failed("list the versions of "+stateMachineARN, err)
		}
		for _, v := range page.Versions {
			all = append(all, v.ARN)
		}
		if page.NextToken == "" {
			slices.Reverse(all) // Step Functions lists the newest first
			return all, nil
		}
		in.NextToken = page.NextToken
	}
}
