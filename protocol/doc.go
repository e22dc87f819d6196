// Package protocol holds the names and the payloads that the interpreter, the
// activities, the repository and the API agree on.
//
// It imports none of them. Everything here is recorded in Temporal histories:
// add, never rename and never change a meaning.
package protocol
