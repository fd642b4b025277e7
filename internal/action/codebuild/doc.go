// Package codebuild performs Build and Test actions whose provider is CodeBuild and Compute actions whose provider is
// Commands, and declares the port Builds to what runs builds: this machine, or CodeBuild.
//
// In go an action's request and its configuration; out come a build that was started once per action execution, and
// what became of it as an action's outcome. Of buildspecs, whose language its folder buildspec has, the package writes
// that of a Commands action and reads none. It knows neither a shell nor an SDK.
package codebuild
