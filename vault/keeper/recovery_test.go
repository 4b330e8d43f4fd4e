package keeper_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// askRecovery prints a sheet for somebody who lost theirs: two agents.
func (s *lockScene) askRecovery(t *testing.T) vault.NewSheet {
	t.Helper()
	who := s.Login(t, vaulttest.Worker)
	act := vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe}
	act.Approval = s.approve(t, vaulttest.Colleague, second(s.Keeper.AskRecovery(t.Context(), who, act)))
	sheet, err := s.Keeper.AskRecovery(t.Context(), who, act)
	if err != nil {
		t.Fatal(err)
	}
	return sheet
}

func (s *lockScene) exported(t *testing.T, n int) []byte {
	t.Helper()
	batch, found, err := s.Keeper.ExportRecoveries(t.Context())
	if err != nil || found != n {
		t.Fatalf("%d requests, %v; want %d", found, err, n)
	}
	return batch
}

func (s *lockScene) answered(t *testing.T, batch []byte) []byte {
	t.Helper()
	answers, err := keeper.AnswerRecoveries(batch, s.EscrowB, func(keeper.RecoveryLine) bool { return true }, s.Config.Genesis)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

func (s *lockScene) imported(t *testing.T, answers []byte, n int) {
	t.Helper()
	if done, err := s.Keeper.ImportRecoveries(t.Context(), answers); err != nil || done != n {
		t.Errorf("%d safes, %v; want %d", done, err, n)
	}
}

// A lost sheet: the person and two agents ask, the new sheet opens nothing until
// the holder of escrow B has answered, and from then on it is the only one.
func TestALostSheetIsRecoveredByTheHolderOfEscrowB(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	want(t, "by the person alone", second(s.Keeper.AskRecovery(t.Context(), s.Login(t, vaulttest.Person), vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe})), vault.ErrDenied)
	sheet := s.askRecovery(t)
	want(t, "the new sheet, before", s.opens(t, sheet.Code), vault.ErrCode)
	s.Crash(t) // the queue survives
	batch := s.exported(t, 1)
	lines, err := keeper.ReadRecoveries(batch, s.Config.Genesis)
	if err != nil || len(lines) != 1 || lines[0].Safe != s.opened.Safe || lines[0].Sheet != sheet.Sheet {
		t.Fatalf("the holder reads %v, %v", lines, err)
	}
	answers := s.answered(t, batch)
	want(t, "the new sheet, answered and not imported", s.opens(t, sheet.Code), vault.ErrCode)
	want(t, "the old sheet, until then", s.opens(t, s.opened.Code), nil)
	s.imported(t, answers, 1)
	want(t, "the new sheet", s.opens(t, sheet.Code), nil)
	want(t, "the lost sheet, found again", s.opens(t, s.opened.Code), vault.ErrCode)
	who := s.Login(t, vaulttest.Person)
	want(t, "unlocked", s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Code: sheet.Code}), nil)
	want(t, "the paper", s.reads(t, who), nil)
	s.imported(t, answers, 0)
	s.exported(t, 0)
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("bucket: %v, %v", report.Findings, err)
	}
	lineOf := func(act vault.Act) bool {
		all, err := s.Keeper.Journal(t.Context(), who, vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
		return err == nil && slices.ContainsFunc(all, func(l vault.Line) bool { return l.Act == act && l.Outcome == vault.OutcomeDone })
	}
	if !lineOf(vault.ActAskRecovery) || !lineOf(vault.ActRecover) {
		t.Error("the journal does not tell the person")
	}
	// Whoever printed the new sheet has it on their conscience like any other.
	waits := second(s.Keeper.RenewSheet(t.Context(), s.Login(t, vaulttest.Leader), vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: vault.Proof{Code: sheet.Code}}))
	a, ok := errors.AsType[*vault.ApprovalError](waits)
	if !ok {
		t.Fatal(waits)
	}
	want(t, "approved by who printed", s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Worker), a.Approval), vault.ErrApprover)
}

// What waits is void when the person prints a sheet, freezes, or asks again:
// only the last request is answered.
func TestOnlyTheLastRecoveryCounts(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	first := s.askRecovery(t)
	old := s.answered(t, s.exported(t, 1))
	last := s.askRecovery(t)
	s.imported(t, old, 0)
	want(t, "the first sheet", s.opens(t, first.Code), vault.ErrCode)
	owner := s.Unlocked(t, vaulttest.Person, s.opened)
	sheet, err := s.Keeper.RenewSheet(t.Context(), owner, vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe})
	if err != nil {
		t.Fatal(err)
	}
	s.exported(t, 0)
	s.askRecovery(t)
	answers := s.answered(t, s.exported(t, 1))
	s.freeze(t, owner)
	s.imported(t, answers, 0)
	s.exported(t, 0)
	want(t, "frozen", s.opens(t, sheet.Code), vault.ErrFrozen)
	want(t, "the second sheet", s.opens(t, last.Code), vault.ErrFrozen)
}

// Neither half opens anything: the batch needs escrow B, the answer the sheet
// and the master. What was altered on the way is refused, or opens nothing.
func TestARecoveryCannotBeTurnedAgainstThePerson(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	sheet := s.askRecovery(t)
	batch := s.exported(t, 1)
	yes := func(keeper.RecoveryLine) bool { return true }
	for name, id := range map[string]*seal.Identity{"escrow A": s.EscrowA, "the master": s.Config.Secrets.Master} {
		if _, err := keeper.AnswerRecoveries(batch, id, yes, s.Config.Genesis); !errors.Is(err, seal.ErrNoKey) {
			t.Errorf("with %s: %v", name, err)
		}
	}
	for at := 0; at < len(batch); at += 7 {
		altered := bytes.Clone(batch)
		altered[at] ^= 1
		if _, err := keeper.ReadRecoveries(altered, s.Config.Genesis); err == nil {
			t.Fatalf("byte %d was altered unseen", at)
		}
	}
	evil, err := seal.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keeper.ReadRecoveries(batch, evil.Public()); !errors.Is(err, seal.ErrTampered) {
		t.Errorf("signed by somebody else: %v", err)
	}
	answers := s.answered(t, batch)
	for _, altered := range []string{
		"", "{}", strings.Replace(string(answers), `"v":1`, `"v":2`, 1), strings.Replace(string(answers), `"answers"`, `"Answers"`, 1),
		strings.Replace(string(answers), `"epoch":1`, `"epoch":2`, 1), " " + string(answers) + " x",
	} {
		if n, err := s.Keeper.ImportRecoveries(t.Context(), []byte(altered)); err == nil || n != 0 {
			t.Errorf("%.40q was imported", altered)
		}
	}
	want(t, "the old sheet", s.opens(t, s.opened.Code), nil)
	// Somebody who answers with an identity of their own gets a sheet that opens
	// nothing; the holder is asked again.
	junk := answerWith(t, answers, s, sheet)
	s.imported(t, junk, 1)
	want(t, "a sheet with another identity behind it", s.opens(t, sheet.Code), vault.ErrTampered)
	again := s.askRecovery(t)
	s.imported(t, s.answered(t, s.exported(t, 1)), 1)
	want(t, "asked again", s.opens(t, again.Code), nil)
}

// answerWith forges an answer that holds an identity of the forger's.
func answerWith(t *testing.T, answers []byte, s *lockScene, sheet vault.NewSheet) []byte {
	t.Helper()
	holder, err := sheet.Code.IdentityAt(sheet.Sheet.String(), s.Config.CodeCost)
	if err != nil {
		t.Fatal(err)
	}
	evil := newPhone(t)
	c, err := seal.Seal(evil.Text().Reveal(), seal.Bind(seal.KindWayInner, s.opened.Safe.String(), "1", sheet.Sheet.String()), holder.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	return keeper.ForgedAnswer(t, answers, c.Bytes())
}

// L-07, L-22: after a phone, a renewal, a recovery and a freeze, whoever holds
// the disk, the bucket, its every earlier state, the files that went to the
// holder and back, and the master still opens nothing that is locked.
func TestTheOperatorOpensNothingAfterTheLocksDailyLife(t *testing.T) {
	t.Parallel()
	s := newLockScene(t, vaulttest.Person)
	a := loot{}
	look := func() { // a name is never used for other bytes: what was there stays known
		for key, raw := range s.Bucket.Snapshot().All() {
			a[string(key)] = raw
		}
	}
	look()
	owner := s.Unlocked(t, vaulttest.Person, s.opened)
	s.addPhone(t, owner, newPhone(t))
	look()
	if _, err := s.Keeper.RenewSheet(t.Context(), owner, vault.RenewSheet{Request: vault.NewRequestID(), Safe: s.opened.Safe}); err != nil {
		t.Fatal(err)
	}
	look()
	sheet := s.askRecovery(t)
	a["batch"] = s.exported(t, 1)
	a["answers"] = s.answered(t, a["batch"])
	s.imported(t, a["answers"], 1)
	look()
	s.freeze(t, owner)
	id := s.approve(t, vaulttest.Leader, second(s.Keeper.Unfreeze(t.Context(), s.Login(t, vaulttest.Colleague), vault.Unfreeze{Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: vault.Proof{Code: sheet.Code}})))
	who := s.Sit(t, vaulttest.Colleague).Principal
	if _, err := s.Keeper.Unfreeze(t.Context(), who, vault.Unfreeze{Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: vault.Proof{Code: sheet.Code}, Approval: id}); err != nil {
		t.Fatal(err)
	}
	look()
	s.Stop(t)
	a["trail"], a["state"] = read(t, s.Config.TrailPath), read(t, s.Config.StatePath)
	marker := []byte("verrouillé")
	if anyContains(a.openAll(t, s.Config.Secrets.Master), marker) {
		t.Error("the operator reads a locked paper")
	}
	for name, raw := range a {
		for _, secret := range [][]byte{marker, sheet.Code.Printed().Reveal(), s.opened.Code.Printed().Reveal(), s.pin.Reveal()} {
			if bytes.Contains(raw, secret) && len(raw) < 1<<20 {
				t.Errorf("a secret stands in clear in %s", name)
			}
		}
	}
	s.Start(t)
}
