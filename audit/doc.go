// Package audit is the trail: the record of everything that was tried on the
// service, kept so that nobody can change or shorten it unseen.
//
// The trail is one bbolt file holding a Merkle tree (RFC 6962) over leaves, and
// signed C2SP checkpoints over that tree. Every act leaves an intent before it
// happens and an outcome after it; a refusal leaves one fact. What somebody did
// stands in sealed details beside the leaf: the leaf keeps their digest only,
// so the details of one subject can be erased while every checkpoint ever
// signed goes on verifying.
//
// What may not enter: identities, keys, titles, any type of the vault. A caller
// hands over bytes it has sealed itself and tag keys it derived itself; subjects
// appear in the file as tags that never repeat. Nothing here updates or deletes
// a leaf, and there is no switch that makes a write less durable. [Restore] makes
// a lost file anew out of copies, never over one that is there, and keeps it only
// as far as the verifier takes it.
//
// What it trusts: the signing key, and the disk to keep what it has synced. The
// file itself is not trusted: whoever edits or cuts it is found out by any
// holder of one later checkpoint ([Verify]). Who edits it behind the last
// checkpoint, and holds no checkpoint that others have seen, is not; hence
// checkpoints are copied elsewhere at once, by the caller.
//
// FORMAT.md describes every byte.
package audit
