// Package session turns a verified login into our own session, and is what the API accepts.
//
// A session is an opaque 256-bit token, kept here only as a hash, bound to an Ed25519 key of the client:
// each call proves possession of the key for this method, now, once (PROOF.md). Whoever copies the token,
// a proof, or the store gets no session out of it. A session ends after its idle time, after its absolute
// time, when it is revoked, or when the person opens too many.
//
// A visit is a session without a login: somebody else's on the client of a session that hosts it, for what
// the caller of this package decided. It is in memory only and ends with its host.
//
// What may not enter: gRPC, bbolt, what a person may do, the clear token.
//
// What it trusts: its Store to keep records as they are. A store that loses a record ends a session; one
// that brings records back can at most undo a revocation that a restart follows, and never makes a token.
package session
