// Package storagetest is the proof of the storage contract: one conformance
// suite for every [storage.Bucket], a hostile bucket that attacks and fails as
// real ones do, and a real S3 server to run against.
//
// For tests only. It goes below the typed contract on purpose: whoever holds the
// bucket can write any bytes into it, and so must its tests.
package storagetest

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Small is a sealed value of a few kilobytes, and the bytes to find again.
func Small(tb testing.TB, plain string) (*seal.Ciphertext, []byte) {
	tb.Helper()
	c, err := seal.Seal([]byte(plain), seal.Bind(seal.KindDescription, "storagetest"), recipient(tb))
	if err != nil {
		tb.Fatalf("seal: %v", err)
	}
	return c, bytes.Clone(c.Bytes())
}

// Content is a sealed stream of size plaintext bytes; its facts tell the digest
// of what must have been stored.
func Content(tb testing.TB, size int64) *seal.Content {
	tb.Helper()
	src := bytes.NewReader(bytes.Repeat([]byte("0123456789abcdef"), int(size/16)+1)[:size])
	c, err := seal.SealContent(src, size, seal.Bind(seal.KindContent, "storagetest"), recipient(tb))
	if err != nil {
		tb.Fatalf("seal content: %v", err)
	}
	return c
}

// Signed is payload, signed by a key of its own.
func Signed(tb testing.TB, payload string) *seal.Signed {
	tb.Helper()
	k, err := seal.NewSigningKey()
	if err != nil {
		tb.Fatalf("signing key: %v", err)
	}
	s, err := k.Sign(seal.SignedEntry, []byte(payload))
	if err != nil {
		tb.Fatalf("sign: %v", err)
	}
	return s
}

// Key is a name nobody used before, below folder.
func Key(tb testing.TB, folder string) storage.Key {
	tb.Helper()
	k, err := storage.ParseKey("v1/" + folder + "/" + strings.ToLower(rand.Text()))
	if err != nil {
		tb.Fatalf("key: %v", err)
	}
	return k
}

func recipient(tb testing.TB) seal.Recipient {
	tb.Helper()
	id, err := seal.NewIdentity()
	if err != nil {
		tb.Fatalf("identity: %v", err)
	}
	return id.Recipient()
}
