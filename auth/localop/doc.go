// Package localop is the embedded OpenID provider for people who have no other: local accounts with a
// password, and a one-time code (TOTP) for those who were enrolled in it, for one service, on one node.
//
// It wraps the op package of zitadel/oidc (v3.45.0) and lets through only what it needs: authorization
// code with PKCE, and the device flow, for public clients known in advance. Requests reach the library
// rebuilt from an allow-list of parameters, on an allow-list of paths; what the library leaves open is
// closed here, each with a test (traps_test.go). It issues ID tokens and keeps nobody logged in: every
// login asks for the password, and for the code where there is one.
//
// What may not enter: roles, e-mail addresses, anything about a person beyond login, display name,
// password hash and secret of one-time codes. There are no default accounts.
//
// What it trusts: its Store to keep values secret and as they are. It is an issuer like any other: what
// the service believes of its tokens is for package auth to say.
package localop
