// Package owner lets several processes use one state directory. One of them owns it and runs what runs there; it serves
// the others through a socket in the directory: they read records, answer approvals, stop executions, follow them, and
// hand it executions to run. Open makes this process the owner where there is none.
//
// The socket speaks HTTP with JSON: a path for each operation, below the number of the protocol. What goes on for long,
// Run and Watch, is answered with one JSON object a line: what has begun, the news, what has ended. The socket is for the
// directory's user only; nothing listens on a network.
package owner
