package keeper_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// An exercised is a house with a safe for exercises, and a person's beside it.
type exercised struct {
	*vaulttest.House
	leader   session.Principal
	exercise vault.OpenedTraining
	paper    vault.DocumentID
	real     vault.OpenedSafe
}

func newExercised(t *testing.T) *exercised {
	t.Helper()
	x := &exercised{House: vaulttest.New(t)}
	x.leader = x.Login(t, vaulttest.Leader)
	var err error
	x.exercise, err = x.Keeper.OpenTraining(t.Context(), x.leader, vault.OpenTraining{Request: vault.NewRequestID()})
	must(t, err)
	r, err := x.Deposit(t.Context(), x.leader, x.exercise.Safe, vaulttest.Paper{Title: "Quittance", Body: vaulttest.Text("exercice", 5000)})
	must(t, err)
	x.paper = r[0].Document
	x.real = x.OpenSafe(t, vaulttest.Person)
	return x
}

// L-69, L-74: whoever may open safes works in an exercise of their structure
// without a consent, all of it stands in its journal, and every title and line
// says what it is.
func TestAnExerciseAsksNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newExercised(t)
		for _, subject := range []string{vaulttest.Leader, vaulttest.Worker, vaulttest.Counter} {
			who := x.Login(t, subject)
			docs, err := x.Keeper.List(t.Context(), who, vault.List{Safe: x.exercise.Safe, Limit: 10})
			if err != nil || len(docs) != 1 || docs[0].Description.Title != "FICTIF – Quittance" {
				t.Fatalf("%s: %+v %v", subject, docs, err)
			}
			body, err := x.Read(t.Context(), who, x.exercise.Safe, x.paper, 0)
			if err != nil || !strings.HasPrefix(string(body), "exercice") {
				t.Errorf("%s reads: %v", subject, err)
			}
		}
		must(t, x.Keeper.Change(t.Context(), x.leader, vault.Change{Safe: x.exercise.Safe, Document: x.paper, Title: new("FICTIF – Loyer")}))
		must(t, x.Keeper.Unlock(t.Context(), x.leader, vault.Unlock{Safe: x.exercise.Safe, Code: x.exercise.Code}))
		x.revealed(t)
		lines, err := x.Keeper.Journal(t.Context(), x.leader, vault.ReadJournal{Safe: x.exercise.Safe, Limit: 100})
		must(t, err)
		seen := map[vault.Act]int{}
		for _, l := range lines {
			if l.Nature != vault.NatureTraining || !l.Consent.IsZero() {
				t.Errorf("%v: nature %v, consent %v", l.Act, l.Nature, l.Consent)
			}
			if seen[l.Act]++; l.Act == vault.ActRead && l.Documents[0].Title != "FICTIF – Loyer" {
				t.Errorf("%v of %q", l.Act, l.Documents[0].Title)
			}
		}
		if seen[vault.ActOpenTraining] != 1 || seen[vault.ActList] != 3 || seen[vault.ActRead] != 3 || seen[vault.ActReveal] != 1 {
			t.Errorf("journal: %v", seen)
		}
		all, err := x.Keeper.Trainings(t.Context(), x.leader)
		if err != nil || len(all) != 1 || all[0].Safe != x.exercise.Safe || all[0].Documents != 2 || all[0].Opener == "" {
			t.Errorf("%+v %v", all, err)
		}
	})
}

// revealed puts an invented memo in and looks at its secret.
func (x *exercised) revealed(t *testing.T) {
	t.Helper()
	ids, err := x.Keeper.PutMemos(t.Context(), x.leader, vault.PutMemos{Safe: x.exercise.Safe, Memos: []vault.NewMemo{
		{Memo: vault.Memo{Name: "Messagerie", Login: "exemple"}, Secret: seal.NewSecret([]byte("secret fictif"))},
	}})
	must(t, err)
	view, err := x.Keeper.OpenMemo(t.Context(), x.leader, vault.OpenMemo{Safe: x.exercise.Safe, Document: ids[0], Reason: "exercice"})
	must(t, err)
	shown, err := x.Keeper.ViewMemo(t.Context(), x.leader, view.ID)
	if err != nil || string(shown.Secret.Reveal()) != "secret fictif" {
		t.Errorf("reveal: %v", err)
	}
}

// L-74: nobody else knows of an exercise, and nothing that needs a person is there.
func TestNothingOfAPersonReachesAnExercise(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newExercised(t)
		x.FoundAnother(t, "ailleurs-fictif")
		for _, subject := range []string{"ailleurs-fictif", vaulttest.Civic, vaulttest.Volunteer, vaulttest.Manager, vaulttest.DPO, vaulttest.Person} {
			_, err := x.Keeper.List(t.Context(), x.Login(t, subject), vault.List{Safe: x.exercise.Safe, Limit: 10})
			if !errors.Is(err, vault.ErrNotFound) {
				t.Errorf("%s: %v", subject, err)
			}
		}
		ctx, k, safe, worker, person := t.Context(), x.Keeper, x.exercise.Safe, x.Login(t, vaulttest.Worker), x.Login(t, vaulttest.Person)
		proof := vault.Proof{Code: x.exercise.Code}
		entry := vault.RegisterEntry{Name: "ESSAI Personne", Birth: "1980-01-00", Language: "fr"}
		for what, err := range map[string]error{
			"a login":             k.ActivateLogin(ctx, person, vault.ActivateLogin{Request: vault.NewRequestID(), Safe: safe, Code: x.exercise.Code}),
			"another login":       k.RelinkLogin(ctx, worker, vault.RelinkLogin{Request: vault.NewRequestID(), Safe: safe, Login: x.Desk.Issuer.User(t, vaulttest.Person)}),
			"a counter session":   second(k.OpenCounter(ctx, worker, vault.OpenCounter{Safe: safe, Proof: proof})),
			"a line in register":  k.SetRegister(ctx, worker, vault.SetRegister{Request: vault.NewRequestID(), Safe: safe, Entry: entry}),
			"an address":          second(k.IssueAddress(ctx, worker, vault.IssueAddress{Request: vault.NewRequestID(), Safe: safe, Label: "essai"})),
			"a referent":          k.SetReferent(ctx, worker, vault.SetReferent{Request: vault.NewRequestID(), Safe: safe, Referent: x.Agents[vaulttest.Worker]}),
			"a request":           second(k.AskConsent(ctx, worker, vault.AskConsent{Request: vault.NewRequestID(), Terms: vault.Terms{Safe: safe, Agent: x.Agents[vaulttest.Worker]}})),
			"a consent":           second(k.GiveConsent(ctx, worker, vault.GiveConsent{Request: vault.NewRequestID(), Safe: safe, Terms: vault.Terms{Safe: safe, Agent: x.Agents[vaulttest.Worker]}})),
			"a side-by-side":      second(k.StartSideBySide(ctx, worker, vault.StartSideBySide{Terms: vault.Terms{Safe: safe}})),
			"a relay":             second(k.SendRelay(ctx, worker, vault.SendRelay{Request: vault.NewRequestID(), Safe: safe, Function: vault.FunctionReception})),
			"a recovery":          second(k.AskRecovery(ctx, worker, vault.AskRecovery{Request: vault.NewRequestID(), Safe: safe})),
			"a new sheet":         second(k.RenewSheet(ctx, worker, vault.RenewSheet{Request: vault.NewRequestID(), Safe: safe, Proof: proof})),
			"a freeze":            k.Freeze(ctx, worker, vault.Freeze{Request: vault.NewRequestID(), Safe: safe}),
			"a PIN":               k.SetPIN(ctx, worker, vault.SetPIN{Request: vault.NewRequestID(), Safe: safe, PIN: vaulttest.PIN(t)}),
			"an entrusted drawer": second(k.Entrust(ctx, worker, vault.Entrust{Request: vault.NewRequestID(), Safe: safe, Drawer: "logement", Agreement: "x"})),
		} {
			if !errors.Is(err, vault.ErrNotFound) && !errors.Is(err, vault.ErrCode) {
				t.Errorf("%s: %v", what, err)
			}
		}
		found, err := k.FindSafe(ctx, worker, vault.FindSafe{Name: entry.Name, Birth: entry.Birth})
		if err != nil || len(found) != 0 {
			t.Errorf("found %v %v", found, err)
		}
		if view, err := k.View(ctx, worker, safe); err != nil || view.Nature != vault.NatureTraining || view.HasLogin || view.HasPIN || view.Recovery || len(view.Addresses) != 0 {
			t.Errorf("%+v %v", view, err)
		}
	})
}

// L-74: nothing passes from an exercise to a person's safe or back: neither a
// paper by the id of another safe, nor a retry under the same request id, nor the
// code of the other's sheet.
func TestNothingPassesBetweenAnExerciseAndASafe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := newExercised(t)
		person := x.Unlocked(t, vaulttest.Person, x.real)
		r, err := x.Deposit(t.Context(), person, x.real.Safe, vaulttest.Paper{Title: "Bail", Body: vaulttest.Text("bail", 3000)})
		must(t, err)
		if _, err := x.Read(t.Context(), x.leader, x.exercise.Safe, r[0].Document, 0); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("a person's paper in the exercise: %v", err)
		}
		if _, err := x.Read(t.Context(), person, x.real.Safe, x.paper, 0); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("a paper of the exercise in the safe: %v", err)
		}
		for _, ids := range [][2]vault.SafeID{{x.exercise.Safe, x.real.Safe}, {x.real.Safe, x.exercise.Safe}} {
			act := vault.BeginDeposit{Request: vault.NewRequestID(), Safe: ids[0]}
			paper := vaulttest.Paper{Title: "Avis", Body: vaulttest.Text("avis", 2000)}
			_, err := x.DepositAs(t.Context(), x.leader, act, paper)
			must(t, err)
			act.Safe = ids[1]
			if _, err := x.DepositAs(t.Context(), x.leader, act, paper); !errors.Is(err, vault.ErrConflict) {
				t.Errorf("the same request in the other kind of safe: %v", err)
			}
		}
		if err := x.Keeper.Unlock(t.Context(), person, vault.Unlock{Safe: x.real.Safe, Code: x.exercise.Code}); !errors.Is(err, vault.ErrCode) {
			t.Errorf("the exercise's code opens the safe: %v", err)
		}
		if err := x.Keeper.Unlock(t.Context(), x.leader, vault.Unlock{Safe: x.exercise.Safe, Code: x.real.Code}); !errors.Is(err, vault.ErrCode) {
			t.Errorf("the safe's code opens the exercise: %v", err)
		}
		if err := x.Keeper.EndTraining(t.Context(), x.leader, vault.EndTraining{Safe: x.real.Safe}); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("a person's safe is erased like an exercise: %v", err)
		}
		report, err := x.Keeper.StructureReport(t.Context(), x.Login(t, vaulttest.Manager))
		if err != nil || len(report.InStead) != 0 || len(report.Unattended) != 0 {
			t.Errorf("counted: %+v %v", report, err)
		}
	})
}
