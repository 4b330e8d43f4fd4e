package consent_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/consent"
)

// Who may do what, written again from the architecture page and not from the
// code: for each act, the least that has to be true. Everything else is refused.
var table = map[vault.Act][]need{
	vault.ActLogout:      {{}},
	vault.ActCheckpoint:  {{}},
	vault.ActConsistency: {{}},
	vault.ActOpenSafe:    {{counter: true}},
	vault.ActDeposit:     {{exists: true, owner: true}, {exists: true, counter: true}},
	vault.ActUnlock:      {{exists: true, owner: true}},
	vault.ActLock:        {{exists: true, owner: true}},
	vault.ActTakeBack:    {{exists: true, owner: true}},
	vault.ActJournal:     {{exists: true, owner: true}},
	vault.ActInclusion:   {{exists: true, owner: true}},
	vault.ActCount:       {{exists: true, owner: true}},
	vault.ActMetadata:    {{exists: true, owner: true}, {exists: true, deposited: true}},
	vault.ActControl:     {{exists: true, owner: true}, {exists: true, deposited: true}},
	vault.ActDestroy:     {{exists: true, owner: true, unlocked: true}, {exists: true, deposited: true}},
	vault.ActDescribe:    {{exists: true, owner: true, unlocked: true}, {exists: true, deposited: true}},
	vault.ActMove:        {{exists: true, owner: true, unlocked: true}, {exists: true, deposited: true}},
	vault.ActRename:      {{exists: true, owner: true, unlocked: true}, {exists: true, deposited: true}},
	vault.ActRead:        {{exists: true, owner: true, unlocked: true}},
	vault.ActList:        {{exists: true, owner: true, unlocked: true}},
	vault.ActEntrust:     {{exists: true, owner: true, unlocked: true}},
}

type need struct{ exists, owner, counter, unlocked, deposited bool }

func (n need) met(s Standing) bool {
	return (!n.exists || s.Exists) && (!n.owner || s.Owner) && (!n.counter || s.Counter) &&
		(!n.unlocked || s.Unlocked) && (!n.deposited || s.Deposited)
}

func standings() (all []Standing) {
	for b := range 32 {
		all = append(all, Standing{
			Exists: b&1 > 0, Owner: b&2 > 0, Counter: b&4 > 0, Unlocked: b&8 > 0, Deposited: b&16 > 0,
		})
	}
	return all
}

// Every act there could be × every standing, against the table above.
func TestDecideIsTheTable(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "personne-fictive")
	safe, doc := vault.NewSafeID(), vault.NewDocumentID()
	for act := range vault.Act(200) {
		for _, s := range standings() {
			want := false
			for _, n := range table[act] {
				want = want || n.met(s)
			}
			p, reason := Decide(who, s, Request{Act: act, Safe: safe, Document: doc})
			if got := reason == 0; got != want {
				t.Errorf("%v for %+v: permitted %v, want %v", act, s, got, want)
			}
			if p.Allows(act, safe, doc) != want {
				t.Errorf("%v for %+v: the permit disagrees with the reason", act, s)
			}
			if nobody, reason := Decide(session.Principal{}, s, Request{Act: act, Safe: safe, Document: doc}); reason == 0 || nobody.Allows(act, safe, doc) {
				t.Errorf("%v for %+v: permitted to nobody", act, s)
			}
		}
	}
}

// Without a safe only what concerns no safe is permitted: the list is then of
// one's own safes.
func TestNoSafeNoRight(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "personne-fictive")
	free := map[vault.Act]bool{vault.ActLogout: true, vault.ActCheckpoint: true, vault.ActConsistency: true, vault.ActOpenSafe: true, vault.ActList: true}
	for act := range vault.Act(200) {
		_, reason := Decide(who, Standing{Exists: true, Owner: true, Counter: true, Unlocked: true, Deposited: true}, Request{Act: act})
		if (reason == 0) != free[act] {
			t.Errorf("%v without a safe: reason %d", act, reason)
		}
	}
}

// Taking a standing away never permits more.
func TestLessStandingNeverPermitsMore(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "personne-fictive")
	safe := vault.NewSafeID()
	may := func(s Standing, a vault.Act) bool {
		_, reason := Decide(who, s, Request{Act: a, Safe: safe})
		return reason == 0
	}
	for act := range vault.Act(200) {
		for _, s := range standings() {
			for i := range 5 {
				less := s
				*[]*bool{&less.Exists, &less.Owner, &less.Counter, &less.Unlocked, &less.Deposited}[i] = false
				if may(less, act) && !may(s, act) {
					t.Errorf("%v: %+v permits what %+v does not", act, less, s)
				}
			}
		}
	}
}

// A permit is for one act, one safe and one document; the zero permit for none.
func TestAPermitCannotBeCarried(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "personne-fictive")
	safe, doc := vault.NewSafeID(), vault.NewDocumentID()
	all := Standing{Exists: true, Owner: true, Counter: true, Unlocked: true}
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

// Every reason has an error, the zero reason too, and none tells a stranger
// more than "not found".
func TestReasons(t *testing.T) {
	t.Parallel()
	for reason, want := range map[Reason]error{
		0: vault.ErrNotFound, Unknown: vault.ErrNotFound, Locked: vault.ErrLocked, Function: vault.ErrDenied, 99: vault.ErrNotFound,
	} {
		if err := reason.Err(); !errors.Is(err, want) {
			t.Errorf("reason %d is %v, want %v", reason, err, want)
		}
	}
	who := authtest.Principal(t, "inconnue-fictive")
	safe := vault.NewSafeID()
	answers := map[string]bool{}
	for act := range table {
		if act == vault.ActOpenSafe {
			continue
		}
		for _, s := range []Standing{{}, {Exists: true}, {Exists: true, Unlocked: true}} {
			if _, reason := Decide(who, s, Request{Act: act, Safe: safe}); reason != 0 {
				answers[fmt.Sprint(reason.Err())] = true
			}
		}
	}
	if len(answers) != 1 {
		t.Errorf("a stranger is told %v", answers)
	}
}
