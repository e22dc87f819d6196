// Package strictjson reads JSON that comes from outside and refuses what
// encoding/json lets pass: duplicate keys, keys that differ from a field only
// in case, unknown fields, invalid UTF-8, lone surrogates, and values deeper or
// wider than a request has any reason to be.
//
// All faults of a body are reported together, each with its RFC 6901 pointer,
// line and column. The package knows nothing of HTTP.
package strictjson
