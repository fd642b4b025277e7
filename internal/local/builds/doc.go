// Package builds runs CodeBuild's builds on this machine: it is the local adapter of the port codebuild.Builds.
//
// In go a project's name or a buildspec, stored source artifacts and where outputs belong; out come the stored outputs, exported
// variables, a log and an event when the build has ended. Each build has fresh folders, one shell for all of its
// commands, and an environment of its own: of the host's it sees only what Options names. It is no sandbox: commands
// run as the user who started the process, and can read what that user can read. Builds do not outlive the process.
//
// Facts about CodeBuild in the comments are from the AWS CodeBuild User Guide: "Build specification reference",
// "Build phase transitions" and "Environment variables in build environments".
package builds
