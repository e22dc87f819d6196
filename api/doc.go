// Package api serves HTTP: the surface of the GovStack Workflow Building Block
// in the specification's own shapes, and everything else under /api/v1.
//
// Handlers translate between HTTP and package service, which both surfaces
// share; they decide nothing. What a request goes through, in order: trace
// context, actor, log, security headers, recovery, the bounds of its body and
// its time, Idempotency-Key, then its operation. Every error is a Problem
// (RFC 9457).
package api
