// Package rpc is the gRPC door of the safe: it parses requests into domain
// types, calls package vault, and maps errors to answers. It decides nothing.
//
// Every call passes one chain (chain.go): observe, recover, authenticate, the
// access table, the handler. A method without a row in the table does not start
// the server. An error becomes an answer in one table (status.go) and nowhere
// else; whatever has no row there is internal, and its cause goes to the log
// only.
//
// It trusts nothing that comes over the wire; it trusts the keeper, behind
// [vault.Vault], to authenticate and decide again. No key, no trail and no
// stored byte enters here: neither packages audit and keeper, nor what reads a
// chain or an age file. What a person reads in French is in package texts.
package rpc
