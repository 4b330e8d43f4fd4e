package keeper

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
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

// The vector of the second version (FORMAT.md): a password and two other secrets.
func TestMemoRecordOfTheSecondVersion(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/memo-2.json")
	if err != nil {
		t.Fatal(err)
	}
	read, err := parseMemo(raw)
	if err != nil || len(read.Others) != 2 || read.Others[1].Slot != 3 {
		t.Fatalf("the vector: %v", err)
	}
	const worker, day = "social-worker", "2026-11-20"
	m := memoJSON{Version: memoVersion}.next(passwordSlot, "", seal.NewSecret([]byte("Giroflée & Marteau-77")), day, worker)
	m = m.next(1, "code-telephone", seal.NewSecret([]byte("12345678")), day, worker)
	m = m.next(2, "à enlever", seal.NewSecret([]byte("0000")), day, worker)
	m = m.next(3, "PUK de la carte", seal.NewSecret([]byte("90210077")), "2026-11-21", "owner")
	m = m.next(2, "à enlever", seal.Secret{}, "2026-11-21", "owner")
	m = m.next(1, "code-telephone", seal.NewSecret([]byte("40718263")), "2026-11-22", "owner")
	if written, err := encodeMemo(m); err != nil || string(written) != string(raw) {
		t.Errorf("it is written as %s, %v", written, err)
	}
	if none := m.next(1, "", seal.Secret{}, day, worker).next(3, "", seal.Secret{}, day, worker); none.Version != memoVersion || len(none.Changes) != 1 {
		t.Errorf("without other secrets it is of version %d, with %d changes", none.Version, len(none.Changes))
	}
	for _, c := range []struct {
		slot            uint32
		secret, former  string
		changes, labels int
	}{{0, "Giroflée & Marteau-77", "", 1, 0}, {1, "40718263", "12345678", 2, 14}, {2, "", "", 0, 0}, {3, "90210077", "", 1, 15}} {
		shown := m.shown(vault.Memo{}, c.slot, true)
		if string(shown.Secret.Reveal()) != c.secret || string(shown.Former.Reveal()) != c.former || len(shown.Changes) != c.changes || len(shown.Label) != c.labels {
			t.Errorf("slot %d shows %d changes of %q", c.slot, len(shown.Changes), shown.Label)
		}
		if asked := m.shown(vault.Memo{}, c.slot, false); !asked.Former.IsZero() {
			t.Errorf("slot %d shows the former secret unasked", c.slot)
		}
	}
}

// What is no record of either version is refused, and quoted nowhere.
func TestMemoRecordRefusesWhatItCannotBe(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"version of none":    `{"v":2}`,
		"others in one":      `{"v":1,"others":[{"slot":1,"label":"puk","secret":"1"}]}`,
		"slot of a password": `{"v":2,"others":[{"slot":0,"label":"puk","secret":"1"}]}`,
		"slot too far":       `{"v":2,"others":[{"slot":4,"label":"puk","secret":"1"}]}`,
		"out of order":       `{"v":2,"others":[{"slot":2,"label":"a","secret":"1"},{"slot":1,"label":"b","secret":"1"}]}`,
		"twice":              `{"v":2,"others":[{"slot":1,"label":"a","secret":"1"},{"slot":1,"label":"b","secret":"1"}]}`,
		"no label":           `{"v":2,"others":[{"slot":1,"label":"","secret":"1"}]}`,
		"no secret":          `{"v":2,"others":[{"slot":1,"label":"puk","secret":""}]}`,
		"too long":           `{"v":2,"others":[{"slot":1,"label":"puk","secret":"` + strings.Repeat("1", 65) + `"}]}`,
		"change of nothing":  `{"v":2,"others":[{"slot":1,"label":"puk","secret":"1"}],"changes":[{"day":"2026-11-20","by":"owner","slot":2}]}`,
	} {
		if _, err := parseMemo([]byte(text + "\n")); !errors.Is(err, errMemoRecord) {
			t.Errorf("%s: %v", name, err)
		}
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
	many := m
	for i := range 20 {
		many = many.next(passwordSlot, "", seal.NewSecret([]byte(longest)), "2026-11-22", "workshop-leader")
		slot := uint32(i%vault.MaxOthers) + 1
		many = many.next(slot, strings.Repeat("\U0001F511", vault.MaxOtherLabel), seal.NewSecret([]byte(longest[:vault.MaxOtherSecret])), "2026-11-22", "workshop-leader")
	}
	raw, err = encodeMemo(many)
	if err != nil || len(raw) > seal.MaxInlinePlain || many.Secret != longest || len(many.Others) != vault.MaxOthers {
		t.Errorf("with other secrets: %d bytes, %d secrets, %v", len(raw), len(many.Others), err)
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
	if second, err := os.ReadFile("testdata/memo-2.json"); err == nil {
		f.Add(second)
	}
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
