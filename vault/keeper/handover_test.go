package keeper_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// newPIN is the PIN that people choose at their handover.
func newPIN(t testing.TB) vault.PIN {
	t.Helper()
	pin, err := vault.ParsePIN("582946")
	must(t, err)
	return pin
}

// handing prepares a handover by the workshop leader in a session.
func (s *helped) handing(t testing.TB, who session.Principal) vault.Handover {
	t.Helper()
	p, err := s.Keeper.PrepareHandover(t.Context(), who, vault.PrepareHandover{Safe: s.opened.Safe, Leader: s.Agents[vaulttest.Leader]})
	if err != nil {
		t.Fatalf("prepare: %v", err)
	}
	return vault.Handover{Request: vault.NewRequestID(), Safe: s.opened.Safe, Sheet: p.Sheet.Sheet, Code: p.Sheet.Code, PIN: newPIN(t)}
}

// handOver hands the safe over in the person's own session; the new sheet is the
// scene's from then on.
func (s *helped) handOver(t testing.TB) vault.HandedOver {
	t.Helper()
	act := s.handing(t, s.person)
	done, err := s.Keeper.Handover(t.Context(), s.person, act)
	if err != nil {
		t.Fatalf("handover: %v", err)
	}
	s.opened.Sheet, s.opened.Code = act.Sheet, act.Code
	return done
}

// giveLeader has the person consent to the workshop leader for what the worker may.
func (s *helped) giveLeader(t testing.TB, edit func(*vault.Terms)) vault.Consent {
	t.Helper()
	return s.give(t, func(x *vault.Terms) {
		x.Agent, x.Function = s.Agents[vaulttest.Leader], vault.FunctionWorkshopLeader
		if edit != nil {
			edit(x)
		}
	})
}

func (s *helped) leader(t testing.TB) session.Principal {
	t.Helper()
	return s.Login(t, vaulttest.Leader)
}

// After a handover the person reads everything, old and new; the old sheet opens
// nothing, and the leader is a stranger, while another agent goes on.
func TestAHandoverMakesTheSafeThePersonsAlone(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	old := s.opened.Code
	s.give(t, nil)
	s.giveLeader(t, nil)
	leader := s.leader(t)
	if got := s.reads(t, leader); len(got) == 0 {
		t.Fatal("the leader reads nothing before")
	}
	before, helped := s.reads(t, s.person), s.reads(t, s.worker)
	done := s.handOver(t)
	if done.Leader != s.Agents[vaulttest.Leader] || done.Name == "" || done.Since.IsZero() || done.Ended {
		t.Errorf("the person is told %+v", done)
	}
	s.put(t, s.person, "passeport")
	after := append(slices.Clone(before), "passeport")
	if got := s.reads(t, s.person); !slices.Equal(got, slices.Sorted(slices.Values(after))) {
		t.Errorf("the person reads %q, before %q", got, before)
	}
	if got := s.reads(t, s.worker); !slices.Equal(got, helped) {
		t.Errorf("another agent reads %q, before %q", got, helped)
	}
	s.leaderFindsNothing(t, leader)
	s.leaderFindsNothing(t, s.leader(t))
	s.Crash(t)
	s.leaderFindsNothing(t, s.leader(t))
	want(t, "the old sheet", s.Keeper.Unlock(t.Context(), s.Login(t, vaulttest.Person), vault.Unlock{Safe: s.opened.Safe, Code: old}), vault.ErrCode)
	s.person, s.worker = s.Unlocked(t, vaulttest.Person, s.opened), s.Login(t, vaulttest.Worker)
	if got := s.reads(t, s.person); !slices.Equal(got, slices.Sorted(slices.Values(after))) {
		t.Errorf("after a restart the person reads %q", got)
	}
	if got := s.reads(t, s.worker); !slices.Equal(got, helped) {
		t.Errorf("after a restart another agent reads %q", got)
	}
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("bucket: %v %v", report.Findings, err)
	}
}

// leaderFindsNothing tries every call there is on the safe, those of the matrix and,
// with all that a leader can know, those that matter: none answers anything that a
// safe which never was would not.
func (s *helped) leaderFindsNothing(t *testing.T, who session.Principal) {
	t.Helper()
	m := &matrix{House: s.House, opened: s.opened, wrongCode: otherCode(t)}
	for _, on := range []target{{"own", s.opened.Safe, s.docs["bail"]}, {"unknown", vault.NewSafeID(), vault.NewDocumentID()}} {
		for _, r := range rows() {
			if r.service {
				continue // it names no safe
			}
			if err := r.try(t.Context(), m, who, on); !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("%s of the matrix, %s safe: %v", r.method, on.name, err)
			}
		}
	}
	ctx, doc, some := t.Context(), s.docs["bail"], vault.NewRequestID
	for _, id := range []vault.SafeID{s.opened.Safe, vault.NewSafeID()} {
		proof := vault.Proof{PIN: newPIN(t), Code: s.opened.Code}
		terms := s.terms(func(x *vault.Terms) {
			x.Safe, x.Agent, x.Function = id, s.Agents[vaulttest.Leader], vault.FunctionWorkshopLeader
		})
		for what, err := range map[string]error{
			"view":     second(s.Keeper.View(ctx, who, id)),
			"list":     second(s.Keeper.List(ctx, who, vault.List{Safe: id, Limit: 1})),
			"count":    second(s.Keeper.Count(ctx, who, id)),
			"read":     second(s.Read(ctx, who, id, doc, 0)),
			"metadata": second(s.Keeper.Metadata(ctx, who, id, doc)),
			"deposit":  second(s.Deposit(ctx, who, id, vaulttest.Paper{Title: "x", Body: []byte("x")})),
			"memos":    second(s.Keeper.PutMemos(ctx, who, vault.PutMemos{Request: some(), Safe: id, Memos: []vault.NewMemo{{Memo: vault.Memo{Name: "x", Login: "x"}}}})),
			"reveal":   second(s.Keeper.OpenMemo(ctx, who, vault.OpenMemo{Safe: id, Document: doc, Reason: "x"})),
			"ask":      second(s.Keeper.AskConsent(ctx, who, vault.AskConsent{Request: some(), Terms: terms})),
			"consents": second(s.Keeper.Consents(ctx, who, id)),
			"counter":  second(s.Keeper.OpenCounter(ctx, who, vault.OpenCounter{Safe: id, Proof: proof})),
			"presence": second(s.Keeper.ProvePresence(ctx, who, vault.ProvePresence{Safe: id, Proof: proof})),
			"asking":   second(s.Keeper.AskPresence(ctx, who, vault.AskPresence{Safe: id})),
			"beside":   second(s.Keeper.StartSideBySide(ctx, who, vault.StartSideBySide{Terms: terms, Proof: proof})),
			"sheet":    second(s.Keeper.RenewSheet(ctx, who, vault.RenewSheet{Request: some(), Safe: id, Proof: proof})),
			"pin":      s.Keeper.SetPIN(ctx, who, vault.SetPIN{Request: some(), Safe: id, PIN: newPIN(t), Proof: proof}),
			"freeze":   s.Keeper.Freeze(ctx, who, vault.Freeze{Request: some(), Safe: id}),
			"recovery": second(s.Keeper.AskRecovery(ctx, who, vault.AskRecovery{Request: some(), Safe: id})),
			"address":  second(s.Keeper.IssueAddress(ctx, who, vault.IssueAddress{Request: some(), Safe: id, Label: "x"})),
			"prepare":  second(s.Keeper.PrepareHandover(ctx, who, vault.PrepareHandover{Safe: id, Leader: s.Agents[vaulttest.Leader]})),
			"wait":     s.Keeper.WaitHandover(ctx, who, vault.WaitHandover{Request: some(), Safe: id}),
			"handover": second(s.Keeper.Handover(ctx, who, vault.Handover{Request: some(), Safe: id})),
			"relay":    second(s.Keeper.SendRelay(ctx, who, s.relay(func(x *vault.SendRelay) { x.Safe = id }))),
			"journal":  second(s.Keeper.Journal(ctx, who, vault.ReadJournal{Safe: id, Limit: 10})),
			"unlock":   s.Keeper.Unlock(ctx, who, vault.Unlock{Safe: id, Code: s.opened.Code}),
		} {
			if !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("%s, the safe %v: %v", what, id == s.opened.Safe, err)
			}
		}
	}
}

// The leader's session ends with what was open beside the person: the counter
// session that the handover was asked in, on the leader's screen, ends with its
// answer; the leader's other doors are shut at once, in the journal it stands why.
func TestAHandoverOnTheLeadersScreenEndsTheSession(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	c := s.giveLeader(t, nil)
	seat := s.Sit(t, vaulttest.Leader)
	visit := s.Visit(t, seat, vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t), Code: s.opened.Code}})
	act := s.handing(t, visit)
	done, err := s.Keeper.Handover(t.Context(), visit, act)
	if err != nil || !done.Ended || done.Passport.IsZero() {
		t.Fatalf("%+v, %v", done, err)
	}
	if s.Keeper.Live(visit) == nil {
		t.Error("the counter session on the leader's screen goes on")
	}
	s.leaderFindsNothing(t, seat.Principal)
	person := s.Login(t, vaulttest.Person)
	list, err := s.Keeper.Consents(t.Context(), person, s.opened.Safe)
	if err != nil || states(list, vault.ConsentEnded, vault.EndedHandover) != 1 {
		t.Errorf("the person reads %+v, %v", list, err)
	}
	helped, err := s.Keeper.Helped(t.Context(), seat.Principal, vault.ListHelped{Limit: 10})
	if err != nil || len(helped) != 1 || helped[0].Consent != c.ID || helped[0].Ended != vault.EndedHandover || helped[0].Name != "" {
		t.Errorf("the leader's list says %+v, %v", helped, err)
	}
}

// The person lets the leader help again, of their own accord and by nothing else: an
// ask is not possible, a consent given in their own session is.
func TestOnlyThePersonLetsALeaderHelpAgain(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.handOver(t)
	leader := s.leader(t)
	s.leaderFindsNothing(t, leader)
	s.giveLeader(t, nil)
	equal(t, "the leader reads", s.reads(t, leader), "bail", "quittance-loyer")
	view, err := s.Keeper.View(t.Context(), s.person, s.opened.Safe)
	if err != nil || len(view.Handovers) != 1 || view.Handovers[0].Again.IsZero() {
		t.Errorf("%+v, %v", view.Handovers, err)
	}
}

// Without the sheet a handover waits, for this person only: they are told, and so is
// the leader, who goes on helping.
func TestAHandoverWithoutTheSheetWaits(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.giveLeader(t, nil)
	leader := s.leader(t)
	want(t, "prepared by the leader", second(s.Keeper.PrepareHandover(t.Context(), leader, vault.PrepareHandover{Safe: s.opened.Safe, Leader: s.Agents[vaulttest.Leader]})), vault.ErrLocked)
	want(t, "it waits", s.Keeper.WaitHandover(t.Context(), leader, vault.WaitHandover{Request: vault.NewRequestID(), Safe: s.opened.Safe}), nil)
	if by := s.told(t); len(by[vault.NoticeHandover]) != 1 {
		t.Errorf("the person is told %+v", by)
	}
	helped, err := s.Keeper.Helped(t.Context(), leader, vault.ListHelped{Limit: 10})
	if err != nil || len(helped) != 1 || !helped[0].HandoverWaits {
		t.Errorf("the leader's list says %+v, %v", helped, err)
	}
	s.handOver(t)
	if by := s.told(t); len(by[vault.NoticeHandover]) != 0 {
		t.Errorf("afterwards the person is told %+v", by)
	}
}

// A handover is refused without the new sheet in hand, with an easy PIN, elsewhere
// than where it was prepared, and once it was prepared anew; nothing has changed then.
func TestAHandoverNeedsTheNewSheetInHand(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	first := s.handing(t, s.person)
	act := s.handing(t, s.person)
	try := func(who session.Principal, edit func(*vault.Handover)) error {
		one := act
		one.Request = vault.NewRequestID()
		edit(&one)
		return second(s.Keeper.Handover(t.Context(), who, one))
	}
	want(t, "the one before", second(s.Keeper.Handover(t.Context(), s.person, first)), vault.ErrTicket)
	want(t, "the old code", try(s.person, func(x *vault.Handover) { x.Code = s.opened.Code }), vault.ErrCode)
	want(t, "another session", try(s.Unlocked(t, vaulttest.Person, s.opened), func(*vault.Handover) {}), vault.ErrTicket)
	if _, invalid := errors.AsType[*vault.InvalidError](try(s.person, func(x *vault.Handover) { x.PIN = pinOf(t, "111111") })); !invalid {
		t.Error("an easy PIN is taken")
	}
	must(t, s.Keeper.Unlock(t.Context(), s.Login(t, vaulttest.Person), vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}))
	want(t, "at last", try(s.person, func(*vault.Handover) {}), nil)
}

// L-07, line 5: with an older copy of the bucket, today's bucket, every file, the
// master and the sheet of before, the papers of before open, and nothing that came in
// after the handover: not even with all of it together.
func TestAnOlderCopyOpensNothingAfterAHandover(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.giveLeader(t, nil)
	old, older := s.opened, s.Bucket.Snapshot()
	s.handOver(t)
	s.put(t, s.person, "passeport")
	s.Stop(t)
	sheet, err := old.Code.IdentityAt(old.Sheet.String(), s.Config.CodeCost)
	must(t, err)
	a := loot{"trail": read(t, s.Config.TrailPath), "state": read(t, s.Config.StatePath), "sheet": sheet.Text().Reveal()}
	for key, raw := range s.Bucket.Snapshot().All() {
		a["today/"+string(key)] = raw
	}
	for key, raw := range older.All() {
		a["older/"+string(key)] = raw
	}
	seen := a.openAll(t, s.Config.Secrets.Master)
	if !anyContains(seen, []byte("papier bail")) {
		t.Error("the attacker is too weak: not even what the sheet of before opened")
	}
	if anyContains(seen, []byte("papier passeport")) {
		t.Error("what came in after the handover opens with what was there before")
	}
}
