// Package e2e tests the perdure binary as people and REST clients use it: over
// HTTP and the command line, with kill -9 in between.
package e2e
