package keeper_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A kitScene is a safe with a recovery kit, printed in the person's own login.
type kitScene struct {
	*lockScene
	made vault.NewKit
}

func newKitScene(t *testing.T, owner string) *kitScene {
	t.Helper()
	s := &kitScene{lockScene: newLockScene(t, owner)}
	s.made = s.kit(t, s.unlockedHere(t, owner), vault.MakeKit{})
	return s
}

// unlockedHere is the person's session: their login, or without one a counter
// session on the worker's screen.
func (s *kitScene) unlockedHere(t *testing.T, owner string) session.Principal {
	t.Helper()
	if owner != "" {
		return s.Unlocked(t, owner, s.opened)
	}
	return s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code, PIN: s.pin}})
}

func (s *kitScene) kit(t *testing.T, who session.Principal, act vault.MakeKit) vault.NewKit {
	t.Helper()
	act.Request, act.Safe = vault.NewRequestID(), s.opened.Safe
	made, err := s.Keeper.MakeKit(t.Context(), who, act)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// pair is two sheets of the scene's kit.
func (s *kitScene) pair(i, j int) vault.KitPair {
	return vault.KitPair{First: s.made.Sheets[i].Code, Second: s.made.Sheets[j].Code}
}

func (s *kitScene) begin(t *testing.T, by string, pair vault.KitPair) error {
	t.Helper()
	return second(s.Keeper.OpenKit(t.Context(), s.Login(t, by), vault.OpenKit{Safe: s.opened.Safe, Pair: pair}))
}

// finish opens with the person's PIN, on somebody's screen or in their own login.
func (s *kitScene) finish(t *testing.T, by string, pair vault.KitPair) (vault.KitOpened, error) {
	t.Helper()
	return s.Keeper.FinishKit(t.Context(), s.Login(t, by), vault.FinishKit{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Pair: pair, PIN: s.pin,
	})
}

func (s *kitScene) cancel(t *testing.T, by string, word vault.Word) error {
	t.Helper()
	return s.Keeper.CancelKit(t.Context(), s.Login(t, by), vault.CancelKit{Request: vault.NewRequestID(), Safe: s.opened.Safe, Word: word})
}

func (s *kitScene) view(t *testing.T) vault.KitView {
	t.Helper()
	v, err := s.Keeper.View(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
	if err != nil {
		t.Fatal(err)
	}
	return v.Kit
}

// N10: one recovery sheet opens nothing: twice, with another code, with a sheet
// of another kit or of another safe; and all of it has one answer.
func TestOneRecoverySheetOpensNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		other := &kitScene{lockScene: &lockScene{House: s.House, opened: s.OpenSafeAt(t, vaulttest.Counter, vaulttest.Stranger, vault.OpenSafe{})}}
		other.made = other.kit(t, other.Unlocked(t, vaulttest.Stranger, other.opened), vault.MakeKit{})
		old := s.made
		s.made = s.kit(t, s.Unlocked(t, vaulttest.Person, s.opened), vault.MakeKit{})
		mine := s.made.Sheets[0].Code
		for name, pair := range map[string]vault.KitPair{
			"the same sheet twice":    s.pair(0, 0),
			"a code of nobody's":      {First: mine, Second: otherCode(t)},
			"the code sheet":          {First: mine, Second: s.opened.Code},
			"a sheet of the old kit":  {First: mine, Second: old.Sheets[1].Code},
			"the old kit":             {First: old.Sheets[0].Code, Second: old.Sheets[1].Code},
			"a sheet of another safe": {First: mine, Second: other.made.Sheets[1].Code},
			"two of another safe":     other.pair(1, 2),
		} {
			for _, who := range []string{vaulttest.Person, vaulttest.Worker} {
				time.Sleep(2 * time.Hour) // or it would not be compared: the limits of sheets
				want(t, who+", "+name, s.begin(t, who, pair), vault.ErrCode)
			}
		}
		want(t, "after so many wrong pairs", s.begin(t, vaulttest.Worker, s.pair(0, 1)), vault.ErrTooManyGuesses)
		if v := s.view(t); v.Since.IsZero() || !v.Opening.Since.IsZero() {
			t.Errorf("nothing waits: %+v", v)
		}
		if err := second(s.Keeper.OpenKit(t.Context(), s.Login(t, vaulttest.Worker), vault.OpenKit{Safe: s.opened.Safe})); !saysInvalid(err) {
			t.Errorf("no sheet at all: %v", err)
		}
		time.Sleep(2 * time.Hour)
		want(t, "two of this kit, later", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
	})
}

// N10: two sheets open after the delay and not before, through a crash and a
// rebuild; then a new sheet opens, the kit and the old sheet do not, and the
// person is offered another kit.
func TestTwoRecoverySheetsOpenAfterTheDelay(t *testing.T) {
	t.Parallel()
	for i, sheets := range [][2]int{{0, 1}, {2, 0}, {1, 2}} {
		synctest.Test(t, func(t *testing.T) {
			s := newKitScene(t, vaulttest.Person)
			pair := s.pair(sheets[0], sheets[1])
			begun := time.Now()
			o, err := s.Keeper.OpenKit(t.Context(), s.Login(t, vaulttest.Worker), vault.OpenKit{Safe: s.opened.Safe, Pair: pair})
			if err != nil || o.Due.Sub(begun) < vault.KitDelay || o.Due.Sub(begun) > vault.KitDelay+time.Second {
				t.Fatalf("%+v, %v", o, err)
			}
			want(t, "at once", second(s.finish(t, vaulttest.Worker, pair)), vault.ErrKitWaits)
			time.Sleep(vault.KitDelay / 2)
			if i == 0 {
				s.Crash(t)
			}
			again, err := s.Keeper.OpenKit(t.Context(), s.Login(t, vaulttest.Worker), vault.OpenKit{Safe: s.opened.Safe, Pair: s.pair(0, 2)})
			if err != nil || !again.Due.Equal(o.Due) {
				t.Errorf("asked again the delay is another: %+v, %v", again, err)
			}
			time.Sleep(time.Until(o.Due) - time.Second)
			want(t, "a second before", second(s.finish(t, vaulttest.Person, pair)), vault.ErrKitWaits)
			time.Sleep(time.Second)
			opened, err := s.finish(t, vaulttest.Person, s.pair(0, 1)) // any two
			if err != nil {
				t.Fatal(err)
			}
			want(t, "the new sheet", s.opens(t, opened.Sheet.Code), nil)
			want(t, "the lost sheet", s.opens(t, s.opened.Code), vault.ErrCode)
			want(t, "the used kit", s.begin(t, vaulttest.Worker, pair), vault.ErrCode)
			if n := s.ways(t)[vault.WayRecovery]; n != 0 { // nor with the keys of the service, outside it
				t.Errorf("%d ways in of a used kit", n)
			}
			want(t, "finished again", second(s.finish(t, vaulttest.Worker, pair)), vault.ErrKitClosed)
			if v := s.view(t); !v.Since.IsZero() || v.Used.IsZero() {
				t.Errorf("after its use: %+v", v)
			}
			all, err := s.Keeper.Notices(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			if err != nil || !slices.ContainsFunc(all, func(n vault.Notice) bool { return n.Kind == vault.NoticeKitUsed }) {
				t.Errorf("no other kit is offered: %+v, %v", all, err)
			}
		})
	}
}

// Where the person finishes, there the safe is open: in their login, or in a
// counter session that begins on the agent's screen.
func TestARecoveredSafeIsOpenForThePerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, "")
		want(t, "begun", s.begin(t, vaulttest.Colleague, s.pair(0, 1)), nil)
		time.Sleep(vault.KitDelay + time.Second)
		seat := s.Sit(t, vaulttest.Colleague)
		act := vault.FinishKit{Request: vault.NewRequestID(), Safe: s.opened.Safe, Pair: s.pair(0, 2)}
		waits := second(s.Keeper.FinishKit(t.Context(), seat.Principal, act))
		a, ok := errors.AsType[*vault.ApprovalError](waits)
		if !ok {
			t.Fatalf("on an agent's screen, without PIN or second agent: %v", waits)
		}
		for _, who := range []string{vaulttest.Worker, vaulttest.Counter, vaulttest.Colleague} { // saw the kit, printed the sheet, asks
			want(t, who+" approves", s.Keeper.Approve(t.Context(), s.Login(t, who), a.Approval), vault.ErrApprover)
		}
		act.Approval = s.approve(t, vaulttest.Leader, waits)
		opened, err := s.Keeper.FinishKit(t.Context(), seat.Principal, act)
		if err != nil || opened.Visit.Opened != vault.ReachAll {
			t.Fatalf("%+v, %v", opened.Visit, err)
		}
		want(t, "the paper", s.reads(t, s.Guest(t, seat, opened.Visit)), nil)
		again, err := s.Keeper.FinishKit(t.Context(), seat.Principal, act)
		if err != nil || again.Sheet.Sheet != opened.Sheet.Sheet || again.Visit.Opened != 0 {
			t.Errorf("a retry: %v", err)
		}
	})
}

// Who printed the kit had all three sheets: on their screen two of them prove
// nothing without the PIN, and they are never the second agent.
func TestWhoPrintedTheKitIsNotThePerson(t *testing.T) {
	t.Parallel()
	s := newKitScene(t, "") // on the worker's screen
	want(t, "who printed", s.begin(t, vaulttest.Worker, s.pair(0, 1)), vault.ErrApprover)
	with := vault.OpenKit{Safe: s.opened.Safe, Pair: s.pair(0, 1), PIN: s.pin}
	want(t, "with the PIN", second(s.Keeper.OpenKit(t.Context(), s.Login(t, vaulttest.Worker), with)), nil)
	want(t, "another", s.begin(t, vaulttest.Colleague, s.pair(1, 2)), nil)
	for _, who := range []string{vaulttest.Civic, vaulttest.Volunteer, vaulttest.Manager, vaulttest.DPO, vaulttest.Stranger} {
		want(t, who, s.begin(t, who, s.pair(0, 1)), vault.ErrNotFound)
	}
}

// N10: the person, or an agent on their word, stops an opening at any time; the
// next begins anew. A freeze stops it too, and so does an opening that nobody
// finishes.
func TestAnOpeningIsStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		pair := s.pair(0, 1)
		want(t, "nothing waits", s.cancel(t, vaulttest.Person, vault.WordOwn), vault.ErrKitClosed)
		for who, word := range map[string]vault.Word{vaulttest.Person: vault.WordOwn, vaulttest.Volunteer: vault.WordTelephone} {
			want(t, "begun", s.begin(t, vaulttest.Worker, pair), nil)
			time.Sleep(vault.KitDelay + time.Second)
			if err := s.cancel(t, who, vault.WordOwn+1-min(word, 1)); !saysInvalid(err) {
				t.Errorf("%s, the other's word: %v", who, err)
			}
			want(t, who, s.cancel(t, who, word), nil)
			want(t, "stopped by "+who, second(s.finish(t, vaulttest.Worker, pair)), vault.ErrKitClosed)
			time.Sleep(time.Second)
		}
		want(t, "begun anew", s.begin(t, vaulttest.Worker, pair), nil)
		want(t, "its delay too", second(s.finish(t, vaulttest.Worker, pair)), vault.ErrKitWaits)
		time.Sleep(vault.KitDelay + vault.KitOpenLife + time.Second)
		want(t, "thirty days later", second(s.finish(t, vaulttest.Worker, pair)), vault.ErrKitClosed)
		want(t, "once more", s.begin(t, vaulttest.Worker, pair), nil)
		s.freeze(t, s.Login(t, vaulttest.Person))
		want(t, "frozen", second(s.finish(t, vaulttest.Person, pair)), vault.ErrFrozen)
		id := s.approve(t, vaulttest.Leader, s.thawed(t, vault.ApprovalID{}))
		want(t, "unfrozen", s.thawed(t, id), nil)
		time.Sleep(vault.KitDelay + time.Second)
		want(t, "the kit after it", s.begin(t, vaulttest.Worker, pair), vault.ErrCode)
		if v := s.view(t); v != (vault.KitView{}) {
			t.Errorf("there is none: %+v", v)
		}
	})
}

func (s *kitScene) thawed(t *testing.T, id vault.ApprovalID) error {
	t.Helper()
	sheet, err := s.Keeper.Unfreeze(t.Context(), s.Login(t, vaulttest.Worker), vault.Unfreeze{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code}, Approval: id,
	})
	if err == nil {
		s.opened.Code = sheet.Code
	}
	return err
}

// The person is told, and the journal has every part of it.
func TestThePersonReadsOfTheirRecoveryKit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		want(t, "a wrong pair", s.begin(t, vaulttest.Worker, s.pair(1, 1)), vault.ErrCode)
		want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		v := s.view(t)
		if v.Opening.Due.IsZero() || v.AskedBy != s.Agents[vaulttest.Worker] || v.Asked == "" {
			t.Errorf("the person is not told who: %+v", v)
		}
		who := s.Login(t, vaulttest.Person)
		all, err := s.Keeper.Notices(t.Context(), who, s.opened.Safe)
		if err != nil || !slices.ContainsFunc(all, func(n vault.Notice) bool { return n.Kind == vault.NoticeKit && n.Until.Equal(v.Opening.Due) }) {
			t.Errorf("no notice: %+v, %v", all, err)
		}
		want(t, "stopped", s.cancel(t, vaulttest.Person, vault.WordOwn), nil)
		time.Sleep(time.Second)
		want(t, "begun again", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		time.Sleep(vault.KitDelay + time.Second)
		want(t, "opened", second(s.finish(t, vaulttest.Person, s.pair(0, 1))), nil)
		lines, err := s.Keeper.Journal(t.Context(), s.Login(t, vaulttest.Person), vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for act, n := range map[vault.Act]int{vault.ActMakeKit: 1, vault.ActOpenKit: 2, vault.ActCancelKit: 1, vault.ActFinishKit: 1} {
			done := 0
			for _, l := range lines {
				if l.Act == act && l.Outcome == vault.OutcomeDone {
					done++
				}
			}
			if done != n {
				t.Errorf("%v stands %d times in the journal, want %d", act, done, n)
			}
		}
		refused := func(l vault.Line) bool { return l.Act == vault.ActGuess && l.Outcome == vault.OutcomeRefused }
		if !slices.ContainsFunc(lines, refused) {
			t.Error("the wrong pair does not stand in the journal")
		}
	})
}

// A discreet safe gets a kit when the person asks for it all the same, and tells
// nobody of its opening but whoever looks at the safe.
func TestADiscreetSafeGetsAKitOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	s := &kitScene{lockScene: newLockScene(t, vaulttest.Person)}
	who := s.Unlocked(t, vaulttest.Person, s.opened)
	want(t, "discreet", second(s.Keeper.SetDiscreet(t.Context(), who, vault.SetDiscreet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet})), nil)
	want(t, "a kit", second(s.Keeper.MakeKit(t.Context(), who, vault.MakeKit{Request: vault.NewRequestID(), Safe: s.opened.Safe})), vault.ErrDiscreet)
	s.made = s.kit(t, who, vault.MakeKit{Discreet: vault.DiscreetKitAnyway})
	want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
	if all, err := s.Keeper.Notices(t.Context(), who, s.opened.Safe); err != nil || len(all) > 0 {
		t.Errorf("notices of a discreet safe: %+v, %v", all, err)
	}
	if s.view(t).Opening.Due.IsZero() {
		t.Error("the safe itself does not say it")
	}
}

// A safe that becomes discreet loses its kit, opening under way included, unless the
// person keeps it knowing that nobody tells them: the answer says which, a retry says
// the same, and nothing comes back with the names.
func TestDiscreetModeEndsTheKitUnlessItIsKept(t *testing.T) {
	t.Parallel()
	for _, keep := range []vault.DiscreetKit{0, vault.DiscreetKitAnyway} {
		s := newKitScene(t, vaulttest.Person)
		want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		who, ends := s.Login(t, vaulttest.Person), keep == 0
		act := vault.SetDiscreet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet, Kit: keep}
		for range 2 { // the retry
			if set, err := s.Keeper.SetDiscreet(t.Context(), who, act); err != nil || set.KitEnded != ends {
				t.Errorf("kept %v: %+v, %v", keep, set, err)
			}
		}
		other := act
		other.Kit = vault.DiscreetKitAnyway - keep
		want(t, "the same request, another answer", second(s.Keeper.SetDiscreet(t.Context(), who, other)), vault.ErrConflict)
		other.Request, other.Kit = vault.NewRequestID(), 0
		if set, err := s.Keeper.SetDiscreet(t.Context(), who, other); err != nil || set.KitEnded {
			t.Errorf("discreet already: %+v, %v", set, err)
		}
		other.Request, other.Discreet = vault.NewRequestID(), vault.DiscretionNormal
		must(t, second(s.Keeper.SetDiscreet(t.Context(), who, other)))
		v, pairs, opens := s.view(t), vault.KitSheets, error(nil)
		if ends {
			pairs, opens = 0, vault.ErrCode
		}
		if v.Since.IsZero() != ends || v.Opening.Due.IsZero() != ends {
			t.Errorf("kept %v, its view is %+v", keep, v)
		}
		if n := s.ways(t)[vault.WayRecovery]; n != pairs {
			t.Errorf("kept %v, %d of its ways in", keep, n)
		}
		want(t, "two of its sheets", s.begin(t, vaulttest.Worker, s.pair(1, 2)), opens)
		lines, err := s.Keeper.Journal(t.Context(), who, vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
		told := slices.ContainsFunc(lines, func(l vault.Line) bool { return l.Act == vault.ActSetDiscreet && l.Detail == "kit-ended" })
		if err != nil || told != ends {
			t.Errorf("kept %v, in the journal %v: %v", keep, told, err)
		}
	}
}

// A kit comes before escrow B: the holder is asked when the person cannot bring
// two of its sheets.
func TestAKitComesBeforeEscrowB(t *testing.T) {
	t.Parallel()
	s := newKitScene(t, vaulttest.Person)
	act := vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe}
	who := s.Login(t, vaulttest.Worker)
	want(t, "there is a kit", second(s.Keeper.AskRecovery(t.Context(), who, act)), vault.ErrKitFirst)
	act.Request, act.Kit = vault.NewRequestID(), vault.KitOutOfReach
	if _, waits := errors.AsType[*vault.ApprovalError](second(s.Keeper.AskRecovery(t.Context(), who, act))); !waits {
		t.Error("its sheets are out of reach, and the holder is not asked")
	}
	lines, err := s.Keeper.Journal(t.Context(), s.Login(t, vaulttest.Person), vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
	if err != nil || !slices.ContainsFunc(lines, func(l vault.Line) bool { return l.Act == vault.ActAskRecovery && l.Detail == "kit-out-of-reach" }) {
		t.Errorf("the person does not read who said so: %v", err)
	}
}

// An answer that was lost is told once more to the session that asked.
func TestALostKitIsToldAgain(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	who, act := s.Unlocked(t, vaulttest.Person, s.opened), vault.MakeKit{Request: vault.NewRequestID(), Safe: s.opened.Safe}
	first, err := s.Keeper.MakeKit(t.Context(), who, act)
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Keeper.MakeKit(t.Context(), who, act)
	same := again.Kit == first.Kit
	for i := range first.Sheets {
		a, b := first.Sheets[i], again.Sheets[i]
		same = same && a.Sheet == b.Sheet && a.Holder == b.Holder && codeOf(a.Code) == codeOf(b.Code)
	}
	if err != nil || !same {
		t.Errorf("told again: %v", err)
	}
	want(t, "elsewhere", second(s.Keeper.MakeKit(t.Context(), s.Unlocked(t, vaulttest.Person, s.opened), act)), vault.ErrSheetGone)
}

func codeOf(c seal.Code) string { return string(c.Printed().Reveal()) }

// A kit ends whole: removing one of its ways removes the others.
func TestAKitEndsWhole(t *testing.T) {
	t.Parallel()
	s := newKitScene(t, vaulttest.Person)
	who := s.Unlocked(t, vaulttest.Person, s.opened)
	ways, err := s.Keeper.Ways(t.Context(), who, s.opened.Safe)
	if err != nil || len(ways) != 5 {
		t.Fatalf("%d ways in, %v; want sheet, escrow B and three pairs", len(ways), err)
	}
	one := slices.IndexFunc(ways, func(w vault.WayIn) bool { return w.Kind == vault.WayRecovery })
	want(t, "removed", s.Keeper.RemoveWay(t.Context(), who, vault.RemoveWay{Request: vault.NewRequestID(), Safe: s.opened.Safe, Way: ways[one].ID}), nil)
	for _, p := range [][2]int{{0, 1}, {1, 2}, {0, 2}} {
		want(t, "a pair of it", s.begin(t, vaulttest.Person, s.pair(p[0], p[1])), vault.ErrCode)
	}
	if ways, err := s.Keeper.Ways(t.Context(), who, s.opened.Safe); err != nil || len(ways) != 2 {
		t.Errorf("%d ways in, %v", len(ways), err)
	}
	if v := s.view(t); v != (vault.KitView{}) {
		t.Errorf("there is none: %+v", v)
	}
}
