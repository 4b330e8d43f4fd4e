package keeper_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A safe of three epochs is a safe like any other: papers and memos of each are
// read, described and consented to, the PIN reaches what is entrusted, a phone and
// another sheet open all of it, and neither a restart, a rebuild nor another master
// changes anything.
func TestASafeOfSeveralEpochsIsLikeAnyOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, phone := newHelped(t), newPhone(t)
		s.give(t, nil)
		memos := []vault.DocumentID{s.memo(t, s.person, "1234567", oldSecret)}
		must(t, second(s.Keeper.AddPhone(t.Context(), s.person, vault.AddPhone{Safe: s.opened.Safe, Recipient: phone.Recipient(), Label: "mon téléphone"})))
		for _, kind := range []papers.Kind{"passeport", "acte-naissance"} {
			s.handOver(t)
			s.put(t, s.person, kind)
			memos = append(memos, s.memo(t, s.person, "1234567", oldSecret))
		}
		s.allOpens(t, "after two handovers", memos)
		title := "un autre nom"
		must(t, s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.docs["bail"], Title: &title}))
		must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Safe: s.opened.Safe, Document: memos[0], Tested: true}))
		s.Crash(t)
		s.come(t)
		s.allOpens(t, "described anew, and after a restart", memos)
		byPhone := s.Login(t, vaulttest.Person)
		must(t, s.Keeper.Unlock(t.Context(), byPhone, vault.Unlock{Safe: s.opened.Safe, Phone: phone, PIN: newPIN(t)}))
		equal(t, "by the phone", s.reads(t, byPhone), s.kinds()...)
		sheet, err := s.Keeper.RenewSheet(t.Context(), s.person, vault.RenewSheet{Safe: s.opened.Safe})
		must(t, err)
		s.opened.Code = sheet.Code
		s.NewMaster(t)
		sealedAnew(t, s.House)
		s.come(t)
		s.allOpens(t, "under another master, by another sheet", memos)
		s.Stop(t)
		(&scene{House: s.House}).rebuild(t)
		s.come(t)
		s.allOpens(t, "after a rebuild", memos)
	})
}

// allOpens checks that everybody reads what they may, of whatever epoch it is, and
// that the bucket is as signed.
func (s *helped) allOpens(t *testing.T, when string, memos []vault.DocumentID) {
	t.Helper()
	equal(t, when+", the person reads", s.reads(t, s.person), s.kinds()...)
	equal(t, when+", another agent reads", s.reads(t, s.worker), "bail", "quittance-loyer")
	for _, memo := range memos {
		s.wantSecret(t, s.person, memo, oldSecret)
	}
	visit := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: newPIN(t)}})
	equal(t, when+", by the PIN", s.reads(t, visit), "rib")
	report, err := s.Keeper.VerifyBucket(t.Context())
	if err != nil || len(report.Findings) > 0 {
		t.Errorf("%s, the bucket: %v %v", when, report.Findings, err)
	}
}

// come logs everybody in, the person by their sheet.
func (s *helped) come(t *testing.T) {
	t.Helper()
	s.person, s.worker = s.Unlocked(t, vaulttest.Person, s.opened), s.Login(t, vaulttest.Worker)
}

// kinds are those of every paper of the scene.
func (s *helped) kinds() []string {
	var kinds []string
	for kind := range s.docs {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}
