// Package builds makes the providers of actions that are builds in CodeBuild.
package builds

import (
	"github.com/penstock-ci/penstock/internal/action"
	"github.com/penstock-ci/penstock/internal/action/codebuild"
	"github.com/penstock-ci/penstock/internal/cloud/builds"
	"github.com/penstock-ci/penstock/internal/cloud/providers"
	"github.com/penstock-ci/penstock/internal/resources"
)

// Providers are those of builds and commands.
func Providers() providers.Providers {
	return providers.Providers{
		providers.Builds: func(e providers.Equipment) action.Provider { return codebuild.NewProvider(of(e)) },
		providers.Commands: func(e providers.Equipment) action.Provider {
			return codebuild.NewCommandsProvider(of(e))
		},
	}
}

// Connections are the providers of sources that a build fetches.
func Connections() providers.Providers {
	return providers.Providers{providers.Connections: func(e providers.Equipment) action.Provider {
		return builds.NewConnections(e.Account, e.Platform.Project(resources.FetchProject), builds.Options{
			Artifacts: e.Options, ServiceRole: e.BuildRoleARN, Clock: e.Clock,
		})
	}}
}

func of(e providers.Equipment) *builds.Builds {
	return builds.New(e.Account, builds.Options{
		Artifacts: e.Options, CommandsProject: e.Platform.Project(resources.CommandsProject), ServiceRole: e.BuildRoleARN, Clock: e.Clock,
	})
}
