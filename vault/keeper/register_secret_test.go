package keeper_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"os"
	"testing"

	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// L-22: names and birth dates of the register stand nowhere in the clear, nor as
// digests that whoever has the files can try out without the pepper; with another
// pepper nothing starts.
func TestTheRegisterIsWorthNothingWithoutThePepper(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	entered(t, h, "CANARIE Registrée", "1987-06-05")
	h.Stop(t)
	files := map[string][]byte{}
	for key, raw := range h.Bucket.Snapshot().All() {
		files[string(key)] = raw
	}
	for _, path := range []string{h.Config.TrailPath, h.Config.StatePath} {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = raw
	}
	var guesses [][]byte
	for _, word := range []string{"CANARIE", "Canarie", "canarie", "Registrée", "registree", "1987-06-05", "canarie registree"} {
		plain, keyed := sha256.Sum256([]byte(word)), hmac.New(sha256.New, h.Structure[:])
		keyed.Write([]byte(word))
		guesses = append(guesses, []byte(word), plain[:], keyed.Sum(nil))
	}
	for name, raw := range files {
		for i, guess := range guesses {
			if bytes.Contains(raw, guess) {
				t.Errorf("%s holds guess %d", name, i)
			}
		}
	}
	right := h.Config.Secrets.Pepper
	h.Config.Secrets.Pepper = seal.NewSecret(bytes.Repeat([]byte{8}, 32))
	if err := h.TryStart(t.Context()); err == nil {
		t.Error("it started with another pepper")
		h.Stop(t)
	}
	h.Config.Secrets.Pepper = right
	h.Start(t)
}
