package seal_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"

	"github.com/coffre-fort/coffre/vault/seal"
)

// A document is sealed with a public key only, and read with the key of that
// one document.
func Example() {
	safe, err := seal.NewIdentity()
	if err != nil {
		log.Fatal(err)
	}
	paper := "attestation de paiement"
	place := seal.Bind(seal.KindContent, "safe", "document", "object")

	content, err := seal.SealContent(strings.NewReader(paper), int64(len(paper)), place, safe.Recipient())
	if err != nil {
		log.Fatal(err)
	}
	stored, err := io.ReadAll(content.Ciphertext()) // storage does this
	if err != nil {
		log.Fatal(err)
	}
	facts, err := content.Facts() // a signed entry keeps facts.Stored
	if err != nil {
		log.Fatal(err)
	}

	key, err := safe.ReleaseFileKey(stored[:facts.Stored.HeaderSize], facts.Stored, place)
	if err != nil {
		log.Fatal(err)
	}
	fetch := func(_ context.Context, off, n int64) ([]byte, error) { return stored[off : off+n], nil }
	r, err := seal.OpenContent(context.Background(), fetch, facts.Stored, key, place)
	if err != nil {
		log.Fatal(err)
	}
	back, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	fmt.Println(string(back), err)
	fmt.Println("the key prints as", key)
	// Output:
	// attestation de paiement <nil>
	// the key prints as [secret]
}

// A binding keeps storage from passing one sealed thing for another.
func ExampleBind() {
	safe, err := seal.NewIdentity()
	if err != nil {
		log.Fatal(err)
	}
	here := seal.Bind(seal.KindDescription, "safe", "document 1")
	sealed, err := seal.Seal([]byte("bail"), here, safe.Recipient())
	if err != nil {
		log.Fatal(err)
	}
	_, err = safe.Open(sealed.Bytes(), seal.Bind(seal.KindDescription, "safe", "document 2"))
	fmt.Println(errors.Is(err, seal.ErrTampered))
	// Output: true
}

// A code is read as people type it.
func ExampleParseCode() {
	code, err := seal.ParseCode("4f7o 9qxm 2irb h6wd pz3c")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s %s\n", code.Printed().Reveal(), code)
	// Output: 4F70-9QXM-21RB-H6WD-PZ3C [secret]
}

// A signature is for one kind of thing, and for keys that are named.
func ExampleVerifySigned() {
	key, err := seal.NewSigningKey()
	if err != nil {
		log.Fatal(err)
	}
	entry, err := key.Sign(seal.SignedEntry, []byte("entry 1"))
	if err != nil {
		log.Fatal(err)
	}
	checked, err := seal.VerifySigned(entry.Bytes(), seal.SignedEntry, key.Public())
	fmt.Printf("%s %v\n", checked.Payload(), err)
	_, err = seal.VerifySigned(entry.Bytes(), seal.SignedReceipt, key.Public())
	fmt.Println(errors.Is(err, seal.ErrTampered))
	// Output:
	// entry 1 <nil>
	// true
}
