package vault

import (
	"errors"
	"strings"
	"testing"
)

// The number of a digital passport is read back as it was drawn, and has no letter
// that is taken for another.
func TestAPassportNumberIsReadBack(t *testing.T) {
	t.Parallel()
	seen := map[PassportNumber]bool{}
	for range 200 {
		n := NewPassportNumber()
		if again, err := ParsePassportNumber(string(n)); err != nil || again != n || n.IsZero() {
			t.Fatalf("%q is read as %q, %v", n, again, err)
		}
		if strings.ContainsAny(string(n), "01258BILOSZ") {
			t.Errorf("%q has a letter that is taken for another", n)
		}
		seen[n] = true
	}
	if len(seen) != 200 {
		t.Errorf("%d different numbers of 200", len(seen))
	}
	for _, bad := range []string{"", "K7QM94HT", "k7qm-94ht", "K7QM-94H0", "K7QM-94HTA", "K7QM_94HT", " K7QM-94HT", "-7QM-94HT"} {
		if n, err := ParsePassportNumber(bad); !errors.Is(err, ErrID) {
			t.Errorf("%q is %q, %v", bad, n, err)
		}
	}
}

func TestFormsAndChoicesAreReadBack(t *testing.T) {
	t.Parallel()
	for _, f := range []PassportForm{PassportFolded, PassportBooklet, PassportCards} {
		if again, err := ParsePassportForm(f.String()); err != nil || again != f {
			t.Errorf("%v is read as %v, %v", f, again, err)
		}
	}
	for _, d := range []Disclosure{DiscloseLogin, DiscloseHint, DiscloseSecret} {
		if again, err := ParseDisclosure(d.String()); err != nil || again != d {
			t.Errorf("%v is read as %v, %v", d, again, err)
		}
	}
	for _, bad := range []string{"", "none", "Secret"} {
		if _, err := ParsePassportForm(bad); !errors.Is(err, ErrID) {
			t.Errorf("form %q: %v", bad, err)
		}
		if _, err := ParseDisclosure(bad); !errors.Is(err, ErrID) {
			t.Errorf("choice %q: %v", bad, err)
		}
	}
}
