// Package chain makes, checks and folds the signed entries that say what a safe
// contains, who works for a structure and who may sign: the truth, of which the
// bucket is only the shelf.
//
// A chain is a numbered, append-only list of entries, each naming its chain and
// the digest of the entry before it. [Sign] makes one, [Open] and the replays
// check one that came from the bucket, and folding ([Safe.Apply],
// [Structure.Apply], [Vault.Apply]) turns a list of them into state. FORMAT.md
// gives every byte and every rule.
//
// The room is pure: no clock, no randomness, no input or output but the fetch
// function that a replay is given; no bucket, trail or key may enter, only
// digests, recipients and sealed bytes. It trusts the verify keys and the heads
// it is given, and nothing that comes out of the bucket: whatever was put there
// by somebody without a signing key is an error, and so is an older or a
// parallel history once a later head is known. What it cannot see is a
// truthful but shortened chain when no head is known, or an entry signed with
// a stolen key that is still live: heads in the trail are for that.
package chain
