package vault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

func FuzzParsePIN(f *testing.F) {
	for _, s := range []string{"493817", "000000", "12345", "1234567", "12 456", "١٢٣٤٥٦", "-12345", "12345\n", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := vault.ParsePIN(s)
		if err != nil {
			if !errors.Is(err, vault.ErrPINForm) || !p.IsZero() || len(s) > 0 && strings.Contains(err.Error(), s) && len(s) > 2 {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if string(p.Reveal()) != s || p.IsZero() {
			t.Errorf("%q was read as another", s)
		}
	})
}

func TestEasyPINs(t *testing.T) {
	t.Parallel()
	for digits, easy := range map[string]bool{
		"000000": true, "999999": true, "123456": true, "012345": true, "654321": true, "987654": true, "456789": true,
		"567890": false, "111112": false, "121212": false, "493817": false, "098765": false,
	} {
		p, err := vault.ParsePIN(digits)
		if err != nil || p.Easy() != easy {
			t.Errorf("%s: easy %v, %v", digits, p.Easy(), err)
		}
	}
}

func TestAPINNeverPrints(t *testing.T) {
	t.Parallel()
	const digits = "493817"
	p, err := vault.ParsePIN(digits)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, strings.Repeat(verb+" ", 4), p, &p, []any{p}, vault.Proof{PIN: p})
	}
	raw, err := json.Marshal([]any{p, &p, vault.SetPIN{PIN: p}, vault.Unlock{PIN: p}})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(raw)
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("x", "p", p, "in", vault.Proof{PIN: p})
	}
	for _, form := range []string{digits, "343933383137", "52 57 51 56 49 55"} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the digits were printed, as %.4s…", form)
		}
	}
	if !(vault.PIN{}).IsZero() || (vault.PIN{}).Easy() != true {
		t.Error("the zero PIN is one that may be chosen")
	}
}
