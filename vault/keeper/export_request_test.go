package keeper

import (
	"bytes"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// Guessed looks in the rows of requests for what somebody without the pepper
// would try: the digest of a register entry, and the login of who asked.
func (k *Keeper) Guessed(t testing.TB, who session.Principal, act vault.SetRegister) (rows int, found bool) {
	t.Helper()
	body := mac([]byte("coffre/register/v1"), act.Safe.String(), act.Entry.Name, act.Entry.Birth, act.Entry.Language)
	u := who.User()
	key := mac([]byte("coffre/request/v1"), u.Issuer(), u.Subject(), act.Request.String())
	err := k.state.view(func(tx *bolt.Tx) error {
		return tx.Bucket(bRequest).ForEach(func(id, row []byte) error {
			rows++
			found = found || bytes.Equal(id, key[:]) || bytes.Contains(row, body[:])
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, found
}
