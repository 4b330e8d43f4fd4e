package keeper

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/seal"
)

// What FORMAT.md says of a memo's secret is what the code does, byte for byte.
func TestMemoVector(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/memo.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseMemo(raw)
	if err != nil || m.Secret != "Giroflée & Marteau-77" || m.Former != "Mirabelle-41" || len(m.Changes) != 2 {
		t.Fatalf("the vector: %v", err)
	}
	first := memoJSON{Version: memoVersion}.next(passwordSlot, "", seal.NewSecret([]byte("Mirabelle-41")), "2026-11-20", "social-worker")
	second, err := encodeMemo(first.next(passwordSlot, "", seal.NewSecret([]byte("Giroflée & Marteau-77")), "2026-11-22", "owner"))
	if err != nil || string(second) != string(raw) {
		t.Errorf("it is written as %s, %v", second, err)
	}
}

// However often a secret changes, its record fits in an entry; a secret taken
// away leaves the one before.
func TestTheLongestMemoFits(t *testing.T) {
	t.Parallel()
	m := memoJSON{Version: memoVersion}
	longest := strings.Repeat(`"`, 256) // each is escaped
	for range 20 {
		m = m.next(passwordSlot, "", seal.NewSecret([]byte(longest)), "2026-11-22", "workshop-leader")
	}
	raw, err := encodeMemo(m)
	if err != nil || len(raw) > seal.MaxInlinePlain || len(m.Changes) != 8 {
		t.Errorf("%d bytes, %d changes, %v", len(raw), len(m.Changes), err)
	}
	if gone := m.next(passwordSlot, "", seal.Secret{}, "2026-11-23", "owner"); gone.Secret != "" || gone.Former != longest {
		t.Error("a secret that was taken away is not the former one")
	}
}

func FuzzParseMemo(f *testing.F) {
	raw, err := os.ReadFile("testdata/memo.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("{\"v\":1}\n"))
	f.Add([]byte("{\"v\":2}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseMemo(b)
		if err != nil {
			if !errors.Is(err, errMemoRecord) || err.Error() != errMemoRecord.Error() {
				t.Errorf("the error says more: %v", err)
			}
			return
		}
		if again, err := encodeMemo(m); err != nil || string(again) != string(b) {
			t.Errorf("%q became %q, %v", b, again, err)
		}
	})
}
