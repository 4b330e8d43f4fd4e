package keeper_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// N5: the loss of copy n lists exactly the memos it contained, and ends its
// address and no other.
func TestALostCopyListsWhatItContained(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	whole := s.print(t, s.person, s.asks(vault.PassportBooklet))
	card := s.asks(vault.PassportCards)
	card.Memos = []vault.MemoChoice{{Document: s.tax, Discloses: vault.DiscloseSecret}, {Document: s.caf}}
	small := s.print(t, s.person, card)
	s.putSecret(t, s.tax) // after it was printed

	for range 2 { // a copy lost twice is one answer
		lost, err := s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Request: vault.NewRequestID(), Safe: s.opened.Safe, Copy: 2})
		must(t, err)
		got := lost.Memos
		if lost.Number != small.Number || len(got) != 2 || got[0].Document != s.tax || got[0].Discloses != vault.DiscloseSecret || !got[0].Changed ||
			got[1].Document != s.caf || got[1].Discloses != vault.DiscloseLogin || got[1].Changed || got[1].Memo.Name != "CAF" {
			t.Errorf("lost is %v: %v", lost.Number, got)
		}
	}
	if s.leads(t, small.Address) || !s.leads(t, whole.Address) {
		t.Error("the lost copy leads somewhere still, or the other one nowhere any more")
	}
	if got := s.toChange(t); len(got) != 0 {
		t.Errorf("what was changed already is on the list: %v", got)
	}
	must(t, second(s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Safe: s.opened.Safe, Copy: 1})))
	if got := s.toChange(t); len(got) != 1 || got[s.mail] != 0 {
		t.Errorf("to change is %v", got)
	}
	s.putSecret(t, s.mail)
	if got := s.toChange(t); len(got) != 0 {
		t.Errorf("after the change, to change is %v", got)
	}
	if err := second(s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Safe: s.opened.Safe, Copy: 3})); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a copy that there is not: %v", err)
	}
}

// Of a memo with several secrets each is to be changed: the list is shorter when all
// of those that stood on the lost copy are new, and a code that came later was never
// on it.
func TestEachSecretOnALostCopyIsChanged(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	doc := s.putMemo(t, s.person, vault.NewMemo{
		Memo: vault.Memo{Body: "caf", Name: "CAF"}, Secret: secretOf(oldSecret),
		Others: []vault.LabelledSecret{{Label: "code-telephone", Secret: secretOf("12345678")}},
	})
	change := func(label, text string) {
		t.Helper()
		must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{
			Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: doc, Secret: new(secretOf(text)), Label: label,
		}))
	}
	lost := func(want bool) {
		t.Helper()
		if _, listed := s.toChange(t)[doc]; listed != want {
			t.Errorf("on the list of what to change: %t", listed)
		}
		if all := s.copies(t, s.person); all[0].Memos[0].Changed == want || !all[0].Memos[0].Codes {
			t.Errorf("the copy says %+v", all[0].Memos[0])
		}
	}
	act := s.asks(vault.PassportCards)
	act.Memos = []vault.MemoChoice{{Document: doc, Discloses: vault.DiscloseSecret}}
	s.print(t, s.person, act)
	must(t, second(s.Keeper.LoseCopy(t.Context(), s.person, vault.LoseCopy{Safe: s.opened.Safe, Copy: 1})))
	lost(true)
	change("", newSecretText)
	lost(true) // the telephone's code is the old one
	change("puk", "90210077")
	lost(true)
	change("code-telephone", "") // it is taken away: nothing to change
	lost(false)
}

// A retry after another secret came in would show more than the copy does.
func TestARetryShowsNoSecretThatCameLater(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	act := s.asks(vault.PassportCards)
	s.print(t, s.person, act)
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Document: s.mail, Secret: new(secretOf("1234")), Label: "question",
	}))
	if err := second(s.Keeper.PrintPassport(t.Context(), s.person, act)); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a retry after a secret came in: %v", err)
	}
}

// At the counter each secret on paper was on the agent's screen.
func TestEachSecretPrintedAtTheCounterWasSeenThere(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	doc := s.putMemo(t, s.person, vault.NewMemo{
		Memo: vault.Memo{Body: "caf", Name: "CAF"}, Secret: secretOf(oldSecret),
		Others: []vault.LabelledSecret{{Label: "code-telephone", Secret: secretOf("12345678")}},
	})
	visit := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{
		Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code, PIN: vaulttest.PIN(t)},
	})
	act := s.asks(vault.PassportCards)
	act.Memos = []vault.MemoChoice{{Document: doc, Discloses: vault.DiscloseSecret}, {Document: s.mail, Discloses: vault.DiscloseHint}}
	s.print(t, visit, act)
	var labels []string
	for _, e := range s.exposed(t, doc).By {
		labels = append(labels, e.Label)
	}
	if !slices.Equal(labels, []string{"", "code-telephone"}) {
		t.Errorf("seen at the counter: %q", labels)
	}
	if _, listed := s.toChange(t)[s.mail]; listed {
		t.Error("a memo whose secret was not printed is to be changed")
	}
}

// An agent says it on the person's word, and learns nothing of what stood there.
func TestAnAgentSaysThatACopyIsLost(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	p := s.print(t, s.person, s.asks(vault.PassportFolded))
	reception := s.Login(t, vaulttest.Counter)
	for _, c := range s.copies(t, reception) {
		if len(c.Memos) != 0 || c.Number != p.Number {
			t.Errorf("an agent is told of %d memos on %v", len(c.Memos), c.Number)
		}
	}
	act := vault.LoseCopy{Request: vault.NewRequestID(), Safe: s.opened.Safe, Copy: 1}
	if err := second(s.Keeper.LoseCopy(t.Context(), reception, act)); refusedField(err) != "word" {
		t.Errorf("without the person's word: %v", err)
	}
	act.Word = vault.WordTelephone
	if err := second(s.Keeper.LoseCopy(t.Context(), s.person, act)); refusedField(err) != "word" {
		t.Errorf("the person by their own word: %v", err)
	}
	lost, err := s.Keeper.LoseCopy(t.Context(), reception, act)
	if err != nil || len(lost.Memos) != 0 || lost.Structure != "" || s.leads(t, p.Address) {
		t.Errorf("lost: %d memos, %q, %v", len(lost.Memos), lost.Structure, err)
	}
	if all := s.copies(t, s.person); all[0].Lost.IsZero() || len(all[0].Memos) != 3 {
		t.Errorf("the person reads %+v", all[0].Lost)
	}
}

// A recorded is a caller who goes away as soon as anything stands in the trail.
type recorded struct {
	context.Context //nolint:containedctx // it is one
	size            func() uint64
	from            uint64
}

func (r recorded) Err() error {
	if r.size() > r.from {
		return context.Canceled
	}
	return nil
}

// A loss holds from its recorded intent on, also when nobody waits for the list of
// what to change any more.
func TestALossWaitsForNobody(t *testing.T) {
	t.Parallel()
	s := newWallet(t)
	p := s.print(t, s.person, s.asks(vault.PassportFolded))
	gone := recorded{t.Context(), s.Keeper.TrailSize, s.Keeper.Flush(t)}
	_, _ = s.Keeper.LoseCopy(gone, s.person, vault.LoseCopy{Request: vault.NewRequestID(), Safe: s.opened.Safe, Copy: 1})
	if all := s.copies(t, s.person); s.leads(t, p.Address) || all[0].Lost.IsZero() {
		t.Error("the copy is not lost, though its intent is in the trail")
	}
}

// A passportWrite is one write about copies that can go wrong.
type passportWrite struct {
	name  string
	takes bool
	try   func(s *wallet, t *testing.T, who session.Principal, request vault.RequestID) error
	// is says whether it happened, once.
	is func(s *wallet, t *testing.T) bool
}

func passportWrites() []passportWrite {
	return []passportWrite{
		{
			name: "print",
			try: func(s *wallet, t *testing.T, who session.Principal, request vault.RequestID) error {
				act := s.asks(vault.PassportBooklet)
				act.Request = request
				return second(s.Keeper.PrintPassport(t.Context(), who, act))
			},
			is: func(s *wallet, t *testing.T) bool { return len(s.copies(t, s.Login(t, vaulttest.Person))) == 2 },
		},
		{
			name: "lose", takes: true,
			try: func(s *wallet, t *testing.T, who session.Principal, request vault.RequestID) error {
				return second(s.Keeper.LoseCopy(t.Context(), who, vault.LoseCopy{Request: request, Safe: s.opened.Safe, Copy: 1}))
			},
			is: func(s *wallet, t *testing.T) bool {
				all := s.copies(t, s.Login(t, vaulttest.Person))
				return len(all) == 1 && !all[0].Lost.IsZero()
			},
		},
	}
}

// Every write about copies × every way it can go wrong × restart: a print that
// was answered is a copy, a retry makes no second one, and a loss holds whatever
// the bucket says.
func TestEveryCopySurvivesEveryFault(t *testing.T) {
	t.Parallel()
	for _, a := range passportWrites() {
		for name, fault := range writeFaults() {
			for nth := range 2 {
				t.Run(fmt.Sprintf("%s/%s/write %d", a.name, name, nth+1), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { onePassportFault(t, a, fault, nth) })
				})
			}
		}
	}
}

func onePassportFault(t *testing.T, a passportWrite, fault storagetest.Fault, nth int) {
	s := newWallet(t)
	address := s.print(t, s.person, s.asks(vault.PassportCards)).Address
	s.Bucket.FailWritesAfter(nth, fault)
	request := vault.NewRequestID()
	err := a.try(s, t, s.person, request)
	if a.takes && (err != nil || !a.is(s, t) || s.leads(t, address)) {
		t.Errorf("a loss waits for the bucket: %v", err)
	}
	late := s.Bucket
	s.Crash(t)
	late.Land(t.Context())
	if err == nil && !a.is(s, t) {
		t.Error("acknowledged, and lost")
	}
	if a.takes && s.leads(t, address) {
		t.Error("the address leads there again")
	}
	if err := a.try(s, t, s.Unlocked(t, vaulttest.Person, s.opened), request); err != nil {
		t.Errorf("the retry: %v", err)
	}
	time.Sleep(time.Minute)
	if !a.is(s, t) {
		t.Error("the retry did not do it once")
	}
	(&scene{House: s.House}).sound(t)
	if !a.is(s, t) {
		t.Error("it did not survive a stop in good order")
	}
}
