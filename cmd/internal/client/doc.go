// Package client speaks the public API of Coffre for the programs of this
// module: the command coffre and the tour.
//
// It carries bytes and proofs, and checks what it can check by itself: the
// digest of every document that leaves or arrives, and that the service's trail
// only ever grows. Every failure comes out as one [*Error]: a class that decides
// the exit code, and one French sentence that says what to do.
//
// What may not enter: keys of the vault, decisions about access, anything that
// only a server needs. It trusts the service for what it answers about access,
// and for nothing that a digest or a proof can settle. The session it holds is a
// secret: it stays in memory, and in one file that only its owner can read.
package client
