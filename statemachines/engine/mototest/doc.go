// Package mototest runs state machines on moto's interpreter of Amazon States Language, which others wrote: what our
// engine does can be compared with it. moto is repaired in memory where it is not like the service; see moto/repairs.py,
// each repair with its reason.
//
// It installs moto and jsonata by pinned version into .cache/moto of the project, and needs python3, node and npm. It
// compares nothing itself. In: executions and tasks as the engine takes them. Out: results and history events as the
// engine has them.
package mototest
