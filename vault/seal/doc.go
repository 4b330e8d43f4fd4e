// Package seal is all of Coffre's cryptography on stored things: what is
// encrypted, padded, bound to its place, signed, and how each is opened again.
//
// It is the only package that imports age, and a leaf: it knows no bucket, no
// chain and no policy. Whether somebody may open something is decided
// elsewhere, before these functions are called. It trusts the keys it is given
// and nothing else: every byte string it opens is taken for hostile.
//
// Three properties carry the safe. A sealed object says in its authenticated
// header what it is and where it belongs ([Binding]), so that storage cannot
// pass one for another. The unit of release is the [FileKey] of one object, so
// that whoever streams a document never holds an identity. And a content is
// read only through the digests of a signed entry ([Stored]), because a former
// reader could forge a payload under an authentic header.
//
// Only this package makes a [Ciphertext] or a [Signed], and storage takes
// nothing else: plaintext cannot reach the bucket by mistake. Zero values
// refuse with [ErrUnset]. Values that carry a secret print as "[secret]"
// whatever formats them. Every byte is described in FORMAT.md, and everything
// sealed here also opens with the stock age command.
package seal
