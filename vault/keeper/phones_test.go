package keeper_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func newPhone(t *testing.T) *seal.Identity {
	t.Helper()
	id, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *lockScene) addPhone(t *testing.T, who session.Principal, phone *seal.Identity) vault.WayID {
	t.Helper()
	id, err := s.Keeper.AddPhone(t.Context(), who, vault.AddPhone{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Recipient: phone.Recipient(), Label: "mon téléphone",
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (s *lockScene) byPhone(t *testing.T, who session.Principal, phone *seal.Identity, pin vault.PIN) error {
	t.Helper()
	return s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Phone: phone, PIN: pin})
}

func pinOf(t testing.TB, text string) vault.PIN {
	t.Helper()
	p, err := vault.ParsePIN(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A phone opens with the PIN and not without: found, or stolen with the login
// open on it, it gives five tries, which are all there are.
func TestAPhoneOpensNothingWithoutThePIN(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	phone := newPhone(t)
	s.addPhone(t, s.Unlocked(t, vaulttest.Person, s.opened), phone)
	who := s.Login(t, vaulttest.Person)
	want(t, "no PIN", s.byPhone(t, who, phone, vault.PIN{}), vault.ErrPIN)
	want(t, "another PIN", s.byPhone(t, who, phone, pinOf(t, "250814")), vault.ErrPIN)
	want(t, "what lies locked", s.reads(t, who), vault.ErrLocked)
	want(t, "the PIN", s.byPhone(t, who, phone, s.pin), nil)
	want(t, "what lies unlocked", s.reads(t, who), nil)
	want(t, "a stranger with phone and PIN", s.byPhone(t, s.Login(t, vaulttest.Stranger), phone, s.pin), vault.ErrNotFound)
	for range 20 {
		want(t, "another phone", s.byPhone(t, who, newPhone(t), pinOf(t, "250814")), vault.ErrCode)
	}
	want(t, "the PIN, which nobody without the phone can block", s.byPhone(t, who, phone, s.pin), nil)
	for range 5 {
		want(t, "another PIN", s.byPhone(t, who, phone, pinOf(t, "250814")), vault.ErrPIN)
	}
	want(t, "the PIN, after five others", s.byPhone(t, who, phone, s.pin), vault.ErrPINBlocked)
	s.Crash(t)
	want(t, "and after a restart", s.byPhone(t, s.Login(t, vaulttest.Person), phone, s.pin), vault.ErrPINBlocked)
	want(t, "the sheet", s.opens(t, s.opened.Code), nil)
}

// A phone that is removed has ended at once, with whatever it had opened; the
// sheet's sessions go on.
func TestAPhoneThatIsRemovedHasEnded(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	phone, bySheet := newPhone(t), s.Unlocked(t, vaulttest.Person, s.opened)
	id := s.addPhone(t, bySheet, phone)
	lost := s.Login(t, vaulttest.Person)
	want(t, "the phone", s.byPhone(t, lost, phone, s.pin), nil)
	ways, err := s.Keeper.Ways(t.Context(), bySheet, s.opened.Safe)
	if err != nil || len(ways) != 3 {
		t.Fatalf("%d ways in, %v", len(ways), err)
	}
	for _, w := range ways {
		if w.Kind == vault.WayPhone && (w.ID != id || w.Label != "mon téléphone" || w.Since.IsZero()) {
			t.Errorf("the phone is listed as %+v", w)
		}
	}
	act := vault.RemoveWay{Request: vault.NewRequestID(), Safe: s.opened.Safe, Way: id}
	want(t, "removed", s.Keeper.RemoveWay(t.Context(), bySheet, act), nil)
	want(t, "removed, asked again", s.Keeper.RemoveWay(t.Context(), bySheet, act), nil)
	want(t, "what it had opened", s.reads(t, lost), vault.ErrLocked)
	want(t, "the phone, again", s.byPhone(t, lost, phone, s.pin), vault.ErrCode)
	want(t, "what the sheet had opened", s.reads(t, bySheet), nil)
}

// A phone is refused where it would be no second thing: without a PIN, twice,
// without a name, in a session that opened nothing.
func TestAPhoneIsAddedByThePersonOnly(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	phone := newPhone(t)
	add := func(who session.Principal, to seal.Recipient, label string) error {
		return second(s.Keeper.AddPhone(t.Context(), who, vault.AddPhone{
			Request: vault.NewRequestID(), Safe: s.opened.Safe, Recipient: to, Label: label,
		}))
	}
	want(t, "locked", add(s.Login(t, vaulttest.Person), phone.Recipient(), "x"), vault.ErrLocked)
	want(t, "an agent", add(s.Login(t, vaulttest.Worker), phone.Recipient(), "x"), vault.ErrNotFound)
	who := s.Unlocked(t, vaulttest.Person, s.opened)
	invalid := func(what string, err error) {
		t.Helper()
		if _, ok := errors.AsType[*vault.InvalidError](err); !ok {
			t.Errorf("%s: %v", what, err)
		}
	}
	invalid("no name", add(who, phone.Recipient(), ""))
	invalid("no key", add(who, seal.Recipient{}, "x"))
	invalid("escrow B's key", add(who, s.EscrowB.Recipient(), "x"))
	for range 4 {
		want(t, "a phone", add(who, newPhone(t).Recipient(), "x"), nil)
	}
	invalid("a fifth phone", add(who, phone.Recipient(), "x"))
	without := s.OpenSafe(t, vaulttest.Person)
	owner := s.Unlocked(t, vaulttest.Person, without)
	invalid("without a PIN", second(s.Keeper.AddPhone(t.Context(), owner, vault.AddPhone{
		Request: vault.NewRequestID(), Safe: without.Safe, Recipient: phone.Recipient(), Label: "x",
	})))
}

// In a counter session opened by the PIN alone, the phone opens the rest: nobody
// has to carry the sheet about.
func TestAtTheCounterAPhoneOpensTheRest(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	phone := newPhone(t)
	s.addPhone(t, s.Unlocked(t, vaulttest.Person, s.opened), phone)
	visit := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: s.pin}})
	want(t, "by the PIN", s.reads(t, visit), vault.ErrNeedsSheet)
	want(t, "the phone", s.byPhone(t, visit, phone, s.pin), nil)
	want(t, "by the phone", s.reads(t, visit), nil)
}
