package keeper_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// openingWrites is how many writes opening a safe makes: two ways in, the
// service record, the bundle of an entrusted drawer, the entry.
const openingWrites = 5

// Opening × every way it can go wrong × restart: a sheet that was handed out
// opens its safe, a retry never opens a second one behind the first, and what
// arrives late brings no half of a safe.
func TestOpeningSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]storagetest.Fault{
		"not applied": storagetest.NotApplied, "vanishes": storagetest.Vanishes,
		"applied but lost": storagetest.AppliedButLost, "lands late": storagetest.LandsLate,
	} {
		for nth := range openingWrites {
			t.Run(fmt.Sprintf("%s/write %d", name, nth+1), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { oneOpening(t, fault, nth) })
			})
		}
	}
}

func oneOpening(t *testing.T, fault storagetest.Fault, nth int) {
	s := newScene(t)
	writes := s.Bucket.FailWritesAfter(nth, fault)
	act := vault.OpenSafe{
		Request: vault.NewRequestID(), Owner: s.Desk.Issuer.User(t, vaulttest.Stranger), Information: "1",
		PIN: vaulttest.PIN(t), Entrust: []papers.Drawer{"logement"}, Agreement: "1",
	}
	opened, err := s.Keeper.OpenSafe(t.Context(), s.Login(t, vaulttest.Counter), act)
	if n := writes(); n <= nth {
		t.Fatalf("%d writes, want more than %d: %v", n, nth, err)
	}
	late := s.Bucket
	s.Crash(t)
	late.Land(t.Context())
	if err != nil {
		again, retry := s.Keeper.OpenSafe(t.Context(), s.Login(t, vaulttest.Counter), act)
		switch {
		case retry == nil:
			opened = again
		case errors.Is(retry, vault.ErrSheetGone): // the first try landed, its sheet did not
			opened = vault.OpenedSafe{}
		default:
			t.Errorf("the retry failed: %v", retry)
		}
	}
	owner := s.Login(t, vaulttest.Stranger)
	owned, err := s.Keeper.OwnedSafes(t.Context(), owner)
	if err != nil || len(owned) != 1 {
		t.Errorf("%d safes are there, %v; want one", len(owned), err)
	}
	if !opened.Safe.IsZero() {
		if err := s.Keeper.Unlock(t.Context(), owner, vault.Unlock{Safe: opened.Safe, Code: opened.Code}); err != nil {
			t.Errorf("the sheet that was handed out: %v", err)
		}
	}
	late.Land(t.Context())
	s.sound(t)
}

// What the person entrusts when they are asked at the opening holds from then on:
// papers that arrive in that drawer open with the PIN, those beside it do not, and
// nobody entrusts without a PIN or without a text.
func TestADrawerIsEntrustedAtTheOpening(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	ask := vault.OpenSafe{PIN: vaulttest.PIN(t), Entrust: []papers.Drawer{"banque", "logement"}, Agreement: "fr-1"}
	for field, change := range map[string]func(*vault.OpenSafe){
		"pin":               func(a *vault.OpenSafe) { a.PIN = vault.PIN{} },
		"agreement_version": func(a *vault.OpenSafe) { a.Agreement = "" },
		"entrusted_drawers": func(a *vault.OpenSafe) { a.Entrust = []papers.Drawer{"banque", "banque"} },
	} {
		bad := ask
		bad.Request, bad.Information = vault.NewRequestID(), "1"
		change(&bad)
		if err := second(h.Keeper.OpenSafe(t.Context(), h.Login(t, vaulttest.Counter), bad)); refusedField(err) != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	opened := h.OpenSafeAt(t, vaulttest.Counter, vaulttest.Person, ask)
	receipts, err := h.Deposit(t.Context(), h.Login(t, vaulttest.Counter), opened.Safe,
		vaulttest.Paper{Title: "rib", Kind: "rib", Body: []byte("un rib")}, vaulttest.Paper{Title: "cni", Kind: "cni", Body: []byte("une carte")})
	must(t, err)
	for range 2 {
		visit := h.Visit(t, h.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t)}})
		if b, err := h.Read(t.Context(), visit, opened.Safe, receipts[0].Document, 0); err != nil || string(b) != "un rib" {
			t.Errorf("the entrusted paper: %q, %v", b, err)
		}
		if err := second(h.Read(t.Context(), visit, opened.Safe, receipts[1].Document, 0)); !errors.Is(err, vault.ErrNeedsSheet) {
			t.Errorf("the paper beside it: %v", err)
		}
		h.Restart(t)
	}
}
