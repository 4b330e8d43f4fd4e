package keeper_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A new sheet whose answer died with the keeper is told once more to the same login,
// with the same request id and the old sheet in hand: for half an hour, and until it
// is used. The old sheet opens nothing meanwhile.
func TestANewSheetIsToldAgainByTheOldOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLockScene(t, vaulttest.Person)
		act := vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		lost, err := s.Keeper.RenewSheet(t.Context(), s.Unlocked(t, vaulttest.Person, s.opened), act)
		must(t, err)
		s.Crash(t)
		again := func(by string, request vault.RequestID, code seal.Code) (vault.NewSheet, error) {
			with := act
			with.Request, with.Proof = request, vault.Proof{Code: code}
			return s.Keeper.RenewSheet(t.Context(), s.Login(t, by), with)
		}
		want(t, "the old sheet itself", s.opens(t, s.opened.Code), vault.ErrCode)
		want(t, "without a code", second(again(vaulttest.Person, act.Request, seal.Code{})), vault.ErrSheetGone)
		want(t, "with another code", second(again(vaulttest.Person, act.Request, otherCode(t))), vault.ErrCode)
		want(t, "another request", second(again(vaulttest.Person, vault.NewRequestID(), s.opened.Code)), vault.ErrLocked)
		want(t, "an agent", second(again(vaulttest.Worker, act.Request, s.opened.Code)), vault.ErrCode)
		for range 2 { // it may be lost again
			told, err := again(vaulttest.Person, act.Request, s.opened.Code)
			if err != nil || told.Sheet != lost.Sheet || codeOf(told.Code) != codeOf(lost.Code) {
				t.Errorf("told again: %v", err)
			}
		}
		time.Sleep(29 * time.Minute)
		want(t, "in the last minute", second(again(vaulttest.Person, act.Request, s.opened.Code)), nil)
		time.Sleep(2 * time.Minute)
		want(t, "later", second(again(vaulttest.Person, act.Request, s.opened.Code)), vault.ErrSheetGone)
		want(t, "the new sheet", s.opens(t, lost.Code), nil)
	})
}

// Once the new code opened the safe, or the sheet ended, there is nothing to tell.
func TestAUsedSheetIsToldNoMore(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]func(t *testing.T, s *lockScene, told vault.NewSheet){
		"used": func(t *testing.T, s *lockScene, told vault.NewSheet) { want(t, "used", s.opens(t, told.Code), nil) },
		"renewed": func(t *testing.T, s *lockScene, told vault.NewSheet) {
			opened := s.opened
			opened.Sheet, opened.Code = told.Sheet, told.Code
			act := vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe}
			must(t, second(s.Keeper.RenewSheet(t.Context(), s.Unlocked(t, vaulttest.Person, opened), act)))
		},
	} {
		s := newLockScene(t, vaulttest.Person)
		act := vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		told, err := s.Keeper.RenewSheet(t.Context(), s.Unlocked(t, vaulttest.Person, s.opened), act)
		must(t, err)
		ends(t, s, told)
		act.Proof.Code = s.opened.Code
		want(t, name, second(s.Keeper.RenewSheet(t.Context(), s.Login(t, vaulttest.Person), act)), vault.ErrSheetGone)
	}
}

// Who unlocked by their phone may have lost the old sheet to somebody: nothing is kept
// for it, and the phone goes on opening.
func TestNothingIsKeptForASheetThatWasNotInHand(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, phone := newLockScene(t, vaulttest.Person), newPhone(t)
		s.addPhone(t, s.Unlocked(t, vaulttest.Person, s.opened), phone)
		who := s.Login(t, vaulttest.Person)
		want(t, "by the phone", s.byPhone(t, who, phone, s.pin), nil)
		act := vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		must(t, second(s.Keeper.RenewSheet(t.Context(), who, act)))
		s.Crash(t)
		act.Proof.Code = s.opened.Code
		want(t, "by the old sheet", second(s.Keeper.RenewSheet(t.Context(), s.Login(t, vaulttest.Person), act)), vault.ErrSheetGone)
		want(t, "the phone", s.byPhone(t, s.Login(t, vaulttest.Person), phone, s.pin), nil)
	})
}

// N10: whoever finished with two recovery sheets and was not answered is told the new
// sheet by the same two, on the same agent's screen or in the same login, for a day;
// not by one of them, nor by a third, nor to anybody else.
func TestARecoveredSheetIsToldAgainByTheTwoSheets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newKitScene(t, vaulttest.Person)
		want(t, "begun", s.begin(t, vaulttest.Worker, s.pair(0, 1)), nil)
		time.Sleep(vault.KitDelay + time.Second)
		act := vault.FinishKit{Request: vault.NewRequestID(), Safe: s.opened.Safe, Pair: s.pair(0, 2), PIN: s.pin}
		lost, err := s.Keeper.FinishKit(t.Context(), s.Login(t, vaulttest.Worker), act)
		must(t, err)
		s.Crash(t)
		again := func(by string, pair vault.KitPair) (vault.KitOpened, error) {
			with := act
			with.Pair = pair
			return s.Keeper.FinishKit(t.Context(), s.Login(t, by), with)
		}
		want(t, "one of them, twice", second(again(vaulttest.Worker, s.pair(0, 0))), vault.ErrCode)
		want(t, "one and the third", second(again(vaulttest.Worker, s.pair(0, 1))), vault.ErrCode)
		for _, who := range []string{vaulttest.Colleague, vaulttest.Person} {
			want(t, who, second(again(who, s.pair(0, 2))), vault.ErrKitClosed)
		}
		time.Sleep(23 * time.Hour)
		told, err := again(vaulttest.Worker, s.pair(2, 0))
		if err != nil || codeOf(told.Sheet.Code) != codeOf(lost.Sheet.Code) || told.Visit.Opened != 0 {
			t.Errorf("told again: %v", err)
		}
		time.Sleep(2 * time.Hour)
		if err := second(again(vaulttest.Worker, s.pair(0, 2))); !errors.Is(err, vault.ErrSheetGone) && !errors.Is(err, vault.ErrKitClosed) {
			t.Errorf("a day later: %v", err)
		}
		want(t, "the new sheet", s.opens(t, told.Sheet.Code), nil)
	})
}

// Whoever has no login renews in a counter session, which ends with the keeper: in
// another one, that their PIN opens, the old sheet tells them the new one.
func TestANewSheetIsToldAgainAtTheCounter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLockScene(t, "")
		on := func(agent string, p vault.Proof) session.Principal {
			return s.Visit(t, s.Sit(t, agent), vault.OpenCounter{Safe: s.opened.Safe, Proof: p})
		}
		visit := func(p vault.Proof) session.Principal { return on(vaulttest.Worker, p) }
		act := vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		lost, err := s.Keeper.RenewSheet(t.Context(), visit(vault.Proof{Code: s.opened.Code, PIN: s.pin}), act)
		must(t, err)
		s.Crash(t)
		act.Proof.Code = s.opened.Code
		elsewhere := second(s.Keeper.RenewSheet(t.Context(), on(vaulttest.Colleague, vault.Proof{PIN: s.pin}), act))
		want(t, "on the screen of an agent who did not see it", elsewhere, vault.ErrSheetGone)
		told, err := s.Keeper.RenewSheet(t.Context(), visit(vault.Proof{PIN: s.pin}), act)
		if err != nil || codeOf(told.Code) != codeOf(lost.Code) {
			t.Errorf("told again: %v", err)
		}
		act.Request = vault.NewRequestID()
		want(t, "the PIN renews nothing", second(s.Keeper.RenewSheet(t.Context(), visit(vault.Proof{PIN: s.pin}), act)), vault.ErrNeedsSheet)
	})
}

// While nobody knows whether the new sheet's entry landed, the old one opens; that
// takes nothing from what is kept of the new one.
func TestTheOldSheetForgetsNothingOfTheNewOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newLockScene(t, vaulttest.Person)
		act := vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		who := s.Unlocked(t, vaulttest.Person, s.opened)
		(&small{House: s.House}).entries(storagetest.Vanishes)
		want(t, "undecided", second(s.Keeper.RenewSheet(t.Context(), who, act)), vault.ErrUnavailable)
		want(t, "the old sheet, meanwhile", s.opens(t, s.opened.Code), nil)
		s.Bucket.SetRule(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		want(t, "the old sheet, then", s.opens(t, s.opened.Code), vault.ErrCode)
		s.Crash(t)
		act.Proof.Code = s.opened.Code
		told, err := s.Keeper.RenewSheet(t.Context(), s.Login(t, vaulttest.Person), act)
		must(t, err)
		want(t, "the new sheet", s.opens(t, told.Code), nil)
	})
}
