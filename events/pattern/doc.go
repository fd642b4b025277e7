// Package pattern decides whether an EventBridge event pattern matches an event, as EventBridge itself does.
//
// In go a pattern, which is compiled once, and events; out comes yes or no. What PutRule would refuse becomes
// diagnostics with places, all of them at once. The package knows no sources, targets or rules, and sends nothing.
//
// The rules are those of event-ruler, the library that EventBridge runs on (github.com/aws/event-ruler, README.md and
// its tests), with the operators of the EventBridge user guide:
//
//   - Names are joined with dots to paths, in the pattern and in the event: a name with a dot in it is the same as
//     nested names.
//   - Every path of the pattern must match, by any of its values. Names and values are compared letter by letter.
//   - Only leaves of the event have values: strings, numbers, true, false and null. An array gives the leaves of its
//     elements, an object those of its members; an empty one gives none.
//   - Two paths never match in different elements of the same array.
//   - Of two conditions on the same path, the later one counts.
package pattern
