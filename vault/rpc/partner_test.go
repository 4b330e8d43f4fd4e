package rpc_test

import (
	"crypto/ed25519"

	"github.com/coffre-fort/coffre/auth"
)

// programKey is the public key of a partner program that never logs in.
var programKey = func() auth.PartnerKey {
	key, err := auth.NewPartnerKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public())
	if err != nil {
		panic(err)
	}
	return key
}()
