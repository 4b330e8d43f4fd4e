package vault_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// An id has one spelling: what parses is written the same way again.
func FuzzParseID(f *testing.F) {
	f.Add(vault.NewSafeID().String())
	f.Add("")
	f.Add(strings.Repeat("a", 26))
	f.Add(strings.Repeat("z", 26))
	f.Add(strings.ToUpper(vault.NewSafeID().String()))
	f.Fuzz(func(t *testing.T, s string) {
		safe, err := vault.ParseSafeID(s)
		if err != nil {
			if !errors.Is(err, vault.ErrID) || !safe.IsZero() || len(s) > 40 && strings.Contains(err.Error(), s) {
				t.Errorf("refused with %v and %v", safe, err)
			}
			return
		}
		if safe.String() != s || safe.IsZero() {
			t.Errorf("%q reads back as %q", s, safe)
		}
		doc, err := vault.ParseDocumentID(s)
		way, err2 := vault.ParseWayID(s)
		bundle, err3 := vault.ParseBundleID(s)
		request, err4 := vault.ParseRequestID(s)
		if err := errors.Join(err, err2, err3, err4); err != nil || doc.String() != s ||
			way.String() != s || bundle.String() != s || request.String() != s {
			t.Errorf("%q is an id of one kind only: %v", s, err)
		}
	})
}

// The zero id names nothing and is not parsed; two draws differ.
func TestTheZeroIDIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := vault.ParseSafeID(vault.SafeID{}.String()); !errors.Is(err, vault.ErrID) {
		t.Errorf("the zero id: %v", err)
	}
	if one, other := vault.NewReleaseID(), vault.NewReleaseID(); one == other {
		t.Error("two random ids are one")
	}
}
