// Package buildspec is the language of CodeBuild's buildspec files, version 0.2: it reads one with positions, says
// what is wrong in it, and selects the files of an artifact by its patterns.
//
// In goes the text of a buildspec; out come a *Buildspec and diagnostics. The package runs no command, reads no file
// and resolves no parameter or secret. Meanings follow the "Build specification reference" of the AWS CodeBuild User
// Guide; where that is silent, the comment at the place says what was decided.
package buildspec
