// Package diag holds diagnostics: what is wrong in a file that a user wrote, where, and what to do about it.
//
// In go diagnostics (a code, a place, a message, notes, help); out come the text with a source excerpt that a
// person reads and the JSON that a program reads. The package knows nothing about pipelines, opens no files and
// decides nothing about exit statuses. Operational errors (a failed call, a full disk) are ordinary Go errors and
// never pass through here.
package diag
