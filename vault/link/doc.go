// Package link is the wire between an API node and the keeper when they run
// apart: both ends of coffre.keeper.v1. A node that holds no key moves contents
// with it, on the keeper's word for each step; every other call is relayed by
// vault/rpc and needs nothing of this package but the connection.
//
// The two ends do not trust each other alike. The keeper takes a node for hostile:
// it authenticates the caller behind the node by what that caller signed, begins
// what the method allows that was signed for, once, and ends it when the stream
// ends. Who calls never leaves the keeper's process. A node takes the keeper's word.
// Beside the acts that its callers signed for, and the file keys of what they read
// or deposit while they do, a hostile node gets nothing here.
//
// What may not enter: identities, policy, the trail, the public API. The
// connection is a unix socket with its access rights, or TLS 1.3 with a certificate
// on either side ([Dial]; the listener is the server's).
package link
