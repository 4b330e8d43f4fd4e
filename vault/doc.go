// Package vault is the digital safe: its vocabulary, and what a person or
// somebody they trust can do with it.
//
// It is transport-free and key-free. A use-case asks the [Keeper] for a
// decision; the keeper authenticates, decides, records, and answers with what
// this act needs and nothing more: a public recipient to deposit to, or the
// file key of one document to read. This package then moves the bytes between
// the caller and the bucket. Nothing here can open a safe, and no gRPC, bbolt
// or S3 type may enter.
package vault
