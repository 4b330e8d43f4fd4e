package consent_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/consent"
)

// A permit is for one act, one safe and one document; the zero permit for none.
func TestAPermitCannotBeCarried(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "personne-fictive")
	safe, doc := vault.NewSafeID(), vault.NewDocumentID()
	all := Standing{Exists: true, Owner: true, Reach: vault.ReachAll}
	p, _ := Decide(who, all, Request{Act: vault.ActRead, Safe: safe, Document: doc})
	for _, c := range []struct {
		act  vault.Act
		safe vault.SafeID
		doc  vault.DocumentID
		want bool
	}{
		{vault.ActRead, safe, doc, true},
		{vault.ActDestroy, safe, doc, false},
		{vault.ActRead, vault.NewSafeID(), doc, false},
		{vault.ActRead, vault.SafeID{}, doc, false},
		{vault.ActRead, safe, vault.NewDocumentID(), false},
		{vault.ActRead, safe, vault.DocumentID{}, false},
		{0, safe, doc, false},
	} {
		if p.Allows(c.act, c.safe, c.doc) != c.want {
			t.Errorf("%v: want %v", c, c.want)
		}
		if (Permit{}).Allows(c.act, c.safe, c.doc) {
			t.Errorf("the zero permit allows %v", c)
		}
	}
	if (Permit{}).Allows(0, vault.SafeID{}, vault.DocumentID{}) {
		t.Error("the zero permit allows the zero request")
	}
}

// Every reason has an error, the zero reason and unknown ones too.
func TestReasons(t *testing.T) {
	t.Parallel()
	for reason, want := range map[Reason]error{
		0: vault.ErrNotFound, Unknown: vault.ErrNotFound, Locked: vault.ErrLocked, Function: vault.ErrDenied,
		Presence: vault.ErrPresence, NotYet: vault.ErrNotYet, Frozen: vault.ErrFrozen, NeedsSheet: vault.ErrNeedsSheet,
		SecondFactor: vault.ErrSecondFactor, StepUp: vault.ErrStepUp, Suspended: vault.ErrSuspended, 99: vault.ErrNotFound,
	} {
		if err := reason.Err(); !errors.Is(err, want) {
			t.Errorf("reason %d is %v, want %v", reason, err, want)
		}
	}
	if _, ok := errors.AsType[*vault.EndedError](Ended.Err()); !ok {
		t.Error("an ended consent is not an EndedError")
	}
}
