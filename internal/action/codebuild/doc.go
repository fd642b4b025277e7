// Package codebuild performs Build and Test actions whose provider is CodeBuild, and declares the port Builds to
// what runs builds: this machine, or CodeBuild.
//
// In go an action's request and its configuration; out come a build that was started once per action execution, and
// what became of it as an action's outcome. The package knows neither the language of buildspecs (its folder
// buildspec does) nor a shell nor an SDK.
package codebuild
