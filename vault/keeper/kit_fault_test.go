package keeper_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A kitFault is the scene of one act of a recovery kit that goes wrong.
type kitFault struct {
	*kitScene
	who   session.Principal // who tries, logged in before anything fails
	first vault.KitView     // before the act
	next  vault.NewKit      // that was handed out
	sheet vault.NewSheet    // that was handed out
}

// A kitAct is one row of the table: what is prepared, who tries, what is tried, and
// what of the safe is as after it.
type kitAct struct {
	name   string
	writes int  // to the bucket
	takes  bool // it holds from its recorded intent
	before func(t *testing.T, s *kitFault)
	who    func(t *testing.T, s *kitFault) session.Principal
	try    func(t *testing.T, s *kitFault, id vault.RequestID) error
	signs  func(t *testing.T, s *kitFault, v vault.KitView) map[string]bool
}

func kitActs() []kitAct {
	begun := func(t *testing.T, s *kitFault) {
		want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		time.Sleep(vault.KitDelay + time.Second)
	}
	login := func(t *testing.T, s *kitFault) session.Principal { return s.Login(t, vaulttest.Person) }
	return []kitAct{
		{"make", 5, false, func(*testing.T, *kitFault) { time.Sleep(time.Hour) }, func(t *testing.T, s *kitFault) session.Principal {
			return s.Unlocked(t, vaulttest.Person, s.opened)
		}, func(t *testing.T, s *kitFault, id vault.RequestID) (err error) {
			s.next, err = s.Keeper.MakeKit(t.Context(), s.who, vault.MakeKit{Request: id, Safe: s.opened.Safe})
			return err
		}, kitMade},
		{"open", 2, false, func(*testing.T, *kitFault) {}, login, func(t *testing.T, s *kitFault, _ vault.RequestID) error {
			return second(s.Keeper.OpenKit(t.Context(), s.who, vault.OpenKit{Safe: s.opened.Safe, Pair: s.pair(0, 1)}))
		}, func(t *testing.T, s *kitFault, v vault.KitView) map[string]bool {
			all, err := s.Keeper.Notices(t.Context(), s.Login(t, vaulttest.Person), s.opened.Safe)
			must(t, err)
			return map[string]bool{
				"it waits":              !v.Opening.Due.IsZero(),
				"the person is told":    slices.ContainsFunc(all, func(n vault.Notice) bool { return n.Kind == vault.NoticeKit }),
				"its letter is made":    second(s.letter(t, vaulttest.Counter)) == nil,
				"it is there to finish": errors.Is(second(s.finish(t, vaulttest.Person, s.pair(0, 1))), vault.ErrKitWaits),
			}
		}},
		{"finish", 3, false, begun, login, func(t *testing.T, s *kitFault, id vault.RequestID) error {
			opened, err := s.Keeper.FinishKit(t.Context(), s.who, vault.FinishKit{Request: id, Safe: s.opened.Safe, Pair: s.pair(1, 2)})
			s.sheet = opened.Sheet
			return err
		}, func(t *testing.T, s *kitFault, v vault.KitView) map[string]bool {
			return map[string]bool{
				"the kit was used":            !v.Used.IsZero(),
				"there is none":               v.Since.IsZero(),
				"nothing waits":               v.Opening.Due.IsZero(),
				"its ways ended":              s.ways(t)[vault.WayRecovery] == 0,
				"the old sheet opens nothing": errors.Is(s.opens(t, s.opened.Code), vault.ErrCode),
			}
		}},
		{"cancel", 2, true, begun, login, func(t *testing.T, s *kitFault, id vault.RequestID) error {
			return s.Keeper.CancelKit(t.Context(), s.who, vault.CancelKit{Request: id, Safe: s.opened.Safe, Word: vault.WordOwn})
		}, func(t *testing.T, s *kitFault, v vault.KitView) map[string]bool {
			return map[string]bool{
				"nothing waits":     v.Opening.Due.IsZero(),
				"no letter is made": errors.Is(second(s.letter(t, vaulttest.Counter)), vault.ErrKitClosed),
				"nobody is told":    v.Asked == "",
			}
		}},
	}
}

// kitMade says of each pair of the earlier kit whether it opens no more.
func kitMade(t *testing.T, s *kitFault, v vault.KitView) map[string]bool {
	t.Helper()
	signs := map[string]bool{"it is another": !v.Since.Equal(s.first.Since)}
	for _, p := range [][2]int{{0, 1}, {1, 2}} {
		signs[fmt.Sprintf("the old pair %v", p)] = errors.Is(s.begin(t, vaulttest.Worker, s.pair(p[0], p[1])), vault.ErrCode)
	}
	if !s.view(t).Opening.Due.IsZero() { // one of them was right
		must(t, s.cancel(t, vaulttest.Person, vault.WordOwn))
	}
	if n := s.ways(t)[vault.WayRecovery]; n != vault.KitSheets {
		t.Errorf("%d ways in of a kit", n)
	}
	return signs
}

// when answers whether the safe is as before the act or as after it; anything
// between is an error.
func (s *kitFault) when(t *testing.T, a kitAct) (after bool) {
	t.Helper()
	signs := a.signs(t, s, s.view(t))
	for _, is := range signs {
		after = is
		break
	}
	for what, is := range signs {
		if is != after {
			t.Errorf("between: %q is %v in %v", what, is, signs)
		}
	}
	return after
}

func newKitFault(t *testing.T, a kitAct) *kitFault {
	t.Helper()
	s := &kitFault{kitScene: newKitScene(t, vaulttest.Person)}
	a.before(t, s)
	s.first, s.who = s.view(t), a.who(t, s)
	return s
}

// A recovery kit × every way that a write to the bucket goes wrong × restart: it is
// as before or as after, what takes away stays taken, and a retry does it once.
func TestARecoveryKitSurvivesEveryFault(t *testing.T) {
	t.Parallel()
	for _, a := range kitActs() {
		for name, fault := range writeFaults() {
			for nth := range a.writes {
				t.Run(fmt.Sprintf("%s/%s/write %d", a.name, name, nth+1), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { oneKitFault(t, a, fault, nth) })
				})
			}
		}
	}
}

func oneKitFault(t *testing.T, a kitAct, fault storagetest.Fault, nth int) {
	s := newKitFault(t, a)
	writes := s.Bucket.FailWritesAfter(nth, fault)
	request := vault.NewRequestID()
	err := a.try(t, s, request)
	if n := writes(); n <= nth {
		t.Fatalf("%d writes, want more than %d: %v", n, nth, err)
	}
	if a.takes && (err != nil || !s.when(t, a)) {
		t.Errorf("what takes away waits for the bucket: %v", err)
	}
	late := s.Bucket
	s.Crash(t)
	late.Land(t.Context())
	s.afterwards(t, a, request, err)
}

// afterwards looks at a safe once the service is back, and tries again.
func (s *kitFault) afterwards(t *testing.T, a kitAct, request vault.RequestID, err error) {
	t.Helper()
	after := s.when(t, a)
	if err == nil && !after {
		t.Error("acknowledged, and lost")
	}
	if a.name == "finish" && !s.sheet.Sheet.IsZero() {
		want(t, "the sheet that was handed out", s.opens(t, s.sheet.Code), nil)
	}
	if a.name == "make" && !s.next.Kit.IsZero() {
		want(t, "the kit that was handed out", s.begin(t, vaulttest.Worker, vault.KitPair{First: s.next.Sheets[0].Code, Second: s.next.Sheets[2].Code}), nil)
	}
	s.who = a.who(t, s)
	handed := s.sheet
	switch again := a.try(t, s, request); {
	case again == nil && a.name == "finish":
		want(t, "the sheet told by the retry", s.opens(t, s.sheet.Code), nil)
	case a.name == "finish" && after && handed.Sheet.IsZero():
		t.Errorf("the person is left without a sheet: %v", again)
	case again == nil, after && errors.Is(again, vault.ErrSheetGone), after && errors.Is(again, vault.ErrKitClosed):
	default:
		t.Errorf("the retry, after %v: %v", after, again)
	}
	if !s.when(t, a) {
		t.Error("the retry did not do it")
	}
	synctest.Wait()
	time.Sleep(time.Minute) // what takes away has its entry written by now
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("bucket: %v %v", report.Findings, err)
	}
	verifyTrail(t, s.House)
	if !s.when(t, a) {
		t.Error("it did not survive a stop in good order")
	}
}

// A recovery kit × its writes to trail and state: whichever of them is the first that
// fails, the safe is as before or as after once the service is back; and as before
// where not even the intent was written.
func TestARecoveryKitWhoseFilesFailIsBeforeOrAfter(t *testing.T) {
	t.Parallel()
	files := map[string]func(*vaulttest.House) error{
		"trail": func(h *vaulttest.House) error { return h.Keeper.BreakTrail() },
		"state": func(h *vaulttest.House) error { return h.Keeper.BreakState() },
	}
	for _, a := range kitActs() {
		for name, breaks := range files {
			for nth := range a.writes + 1 {
				t.Run(fmt.Sprintf("%s/%s/before write %d", a.name, name, nth), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { oneKitFileFault(t, a, breaks, nth) })
				})
			}
		}
	}
}

func oneKitFileFault(t *testing.T, a kitAct, breaks func(*vaulttest.House) error, nth int) {
	s := newKitFault(t, a)
	house := s.House
	if nth == 0 {
		must(t, breaks(house))
	}
	var writes atomic.Int64
	s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if (op == storagetest.OpPut || op == storagetest.OpCommit) && writes.Add(1) == int64(nth) {
			if err := breaks(house); err != nil {
				t.Error(err)
			}
		}
		return storagetest.None
	})
	request := vault.NewRequestID()
	err := a.try(t, s, request)
	if nth == 0 && err == nil {
		t.Error("done, and neither recorded nor known to a retry")
	}
	s.Crash(t)
	synctest.Wait()
	if after := s.when(t, a); nth == 0 && after {
		t.Error("it happened, and nothing was recorded")
	}
	s.afterwards(t, a, request, err)
}
