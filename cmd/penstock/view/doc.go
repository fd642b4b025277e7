// Package view draws what the command line shows: a run as it goes on, a run that has ended, a pipeline as text.
//
// In go the records of package execution and the log lines of actions; out come lines of text that fit a width, or on
// a terminal a part that redraws itself below the lines that are done. The package reads no files, asks no platform
// and decides nothing about exit statuses.
package view
