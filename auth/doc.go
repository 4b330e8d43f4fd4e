// Package auth is the relying party: it turns an ID token of a configured OpenID issuer into a Login.
//
// A partner program, which nobody logs in for, signs an assertion instead (ASSERTION.md): the one other way
// to a Login.
//
// A Login says who authenticated, when and how strongly. It opens one session (package session) and is
// never a bearer token for the API. What the person may do is not decided here: roles come from our own
// register, keyed by (issuer, subject); claims can only restrict.
//
// What may not enter: e-mail addresses, names and every other profile claim (people are never matched by
// them), gRPC, storage, keys of the vault. This is the only room that imports go-oidc.
//
// What it trusts: the issuers named in the configuration, over TLS (loopback excepted), for the identity
// of their own subjects and for nothing else. Nothing read from a token selects a server to talk to.
package auth
