package keeper_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A taking is somebody who reads, what of, and an act that ends it.
type taking struct {
	reader session.Principal
	doc    vault.DocumentID
	act    func() error
}

// takings are the methods that can end a reading, each with one that it ends.
var takings = map[string]func(*testing.T, *helped) taking{
	"WithdrawConsent": func(t *testing.T, s *helped) taking {
		given := s.give(t, nil)
		return taking{s.worker, s.docs["bail"], func() error {
			return s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: given.ID})
		}}
	},
	"WithdrawAll": func(t *testing.T, s *helped) taking {
		s.give(t, nil)
		return taking{s.worker, s.docs["bail"], func() error {
			return s.Keeper.WithdrawAll(t.Context(), s.person, vault.WithdrawAll{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker]})
		}}
	},
	"RenewConsent": func(t *testing.T, s *helped) taking {
		given, terms := s.give(t, nil), s.terms(func(x *vault.Terms) { x.Until = x.From.Add(8 * oneDay) })
		shown, err := s.Keeper.ShowConsent(t.Context(), s.person, terms)
		must(t, err)
		return taking{s.worker, s.docs["bail"], func() error {
			return second(s.Keeper.RenewConsent(t.Context(), s.person, vault.RenewConsent{
				Safe: s.opened.Safe, Consent: given.ID, Until: terms.Until, Shown: shown.Digest, Giving: inPerson,
			}))
		}}
	},
	"Change": func(t *testing.T, s *helped) taking {
		s.give(t, nil)
		return taking{s.worker, s.docs["bail"], func() error {
			return s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.docs["bail"], Drawer: new(papers.Drawer("sante"))})
		}}
	},
	"Destroy": func(t *testing.T, s *helped) taking {
		s.give(t, nil)
		return taking{s.worker, s.docs["bail"], func() error {
			return s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: s.docs["bail"]})
		}}
	},
	"Freeze": func(t *testing.T, s *helped) taking {
		return taking{s.person, s.docs["bail"], func() error {
			return s.Keeper.Freeze(t.Context(), s.Login(t, vaulttest.Volunteer), vault.Freeze{Safe: s.opened.Safe})
		}}
	},
	"ShutOut": func(t *testing.T, s *helped) taking {
		s.give(t, nil)
		return taking{s.worker, s.docs["bail"], func() error {
			return s.Keeper.ShutOut(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker]})
		}}
	},
	"Handover": func(t *testing.T, s *helped) taking {
		s.giveLeader(t, nil)
		act := s.handing(t, s.person)
		return taking{s.leader(t), s.docs["bail"], func() error { return second(s.Keeper.Handover(t.Context(), s.person, act)) }}
	},
	"EndAgent": func(t *testing.T, s *helped) taking {
		s.give(t, nil)
		return taking{s.worker, s.docs["bail"], func() error { return second(leave(t, s.House)) }}
	},
	"ChangeAgent": func(t *testing.T, s *helped) taking {
		s.give(t, nil)
		manager := s.Login(t, vaulttest.Manager)
		act := vault.ChangeAgent{
			Request: vault.NewRequestID(), Agent: s.Agents[vaulttest.Worker], Name: vaulttest.Worker,
			Functions: vault.NewFunctionSet(vault.FunctionReception), Until: time.Now().Add(30 * oneDay),
		}
		act.Approval = s.approved(t, s.Keeper.ChangeAgent(t.Context(), manager, act))
		return taking{s.worker, s.docs["bail"], func() error { return s.Keeper.ChangeAgent(t.Context(), manager, act) }}
	},
	"AssignSuccessor": func(t *testing.T, s *helped) taking {
		s.give(t, func(x *vault.Terms) { x.Replacement = vault.ReplacementSuccessor })
		return taking{s.worker, s.docs["bail"], func() error {
			return second(s.Keeper.AssignSuccessor(t.Context(), s.Login(t, vaulttest.Manager), vault.AssignSuccessor{
				Agent: s.Agents[vaulttest.Worker], Function: vault.FunctionSocialWorker, Successor: s.Agents[vaulttest.Colleague],
			}))
		}}
	},
	"EndSideBySide": func(t *testing.T, s *helped) taking {
		terms := s.terms(func(x *vault.Terms) {
			x.From, x.Until, x.Scope.Drawers = time.Time{}, time.Time{}, []papers.Drawer{"banque"}
		})
		shown, err := s.Keeper.ShowConsent(t.Context(), s.worker, terms)
		must(t, err)
		must(t, second(s.Keeper.StartSideBySide(t.Context(), s.worker, vault.StartSideBySide{
			Terms: terms, Shown: shown.Digest, Giving: aloud, Proof: vault.Proof{PIN: vaulttest.PIN(t)},
		})))
		return taking{s.worker, s.docs["rib"], func() error {
			return second(s.Keeper.EndSideBySide(t.Context(), s.worker, vault.EndSideBySide{Safe: s.opened.Safe}))
		}}
	},
	"EndCycle": func(t *testing.T, s *helped) taking {
		id := s.cycle(t, nil)
		s.join(t, id)
		s.led(t, id, nil)
		return taking{s.worker, s.docs["bail"], func() error {
			return s.Keeper.EndCycle(t.Context(), s.Login(t, vaulttest.Manager), vault.OnCycle{Cycle: id})
		}}
	},
	"ChangeLeader": func(t *testing.T, s *helped) taking {
		id := s.cycle(t, nil)
		s.join(t, id)
		s.led(t, id, nil)
		return taking{s.worker, s.docs["bail"], func() error {
			return s.Keeper.ChangeLeader(t.Context(), s.Login(t, vaulttest.Manager), vault.ChangeLeader{Cycle: id, Leader: s.Agents[vaulttest.Colleague]})
		}}
	},
	"LeaveCycle": func(t *testing.T, s *helped) taking {
		id := s.cycle(t, nil)
		s.join(t, id)
		s.led(t, id, nil)
		return taking{s.worker, s.docs["bail"], func() error { return s.Keeper.LeaveCycle(t.Context(), s.person, s.onCycle(id)) }}
	},
	"Lock": func(t *testing.T, s *helped) taking {
		return taking{s.person, s.docs["bail"], func() error { return s.Keeper.Lock(t.Context(), s.person, s.opened.Safe) }}
	},
	"CloseSession": func(t *testing.T, s *helped) taking {
		return taking{s.person, s.docs["bail"], func() error { return s.Keeper.CloseSession(t.Context(), s.person) }}
	},
	"ResetPassword": func(t *testing.T, s *helped) taking {
		s.Keeper.OnReset(func(context.Context, auth.UserID, seal.Secret) error { return nil })
		return taking{s.person, s.docs["bail"], func() error {
			return s.Keeper.ResetPassword(t.Context(), "127.0.0.0/8", vault.ResetPassword{
				Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code, PIN: vaulttest.PIN(t)}, Password: seal.NewSecret([]byte("un mot de passe neuf")),
			})
		}}
	},
	"ReissueAccount": func(t *testing.T, s *helped) taking {
		s.give(t, nil)
		s.Keeper.OnInvite(accounts{})
		reissue := func(a vault.ApprovalID) error {
			return second(s.Keeper.ReissueAccount(t.Context(), s.Login(t, vaulttest.Manager), vault.ReissueAccount{Agent: s.Agents[vaulttest.Worker], Approval: a}))
		}
		return taking{s.worker, s.docs["bail"], func() error { return reissue(s.approved(t, reissue(vault.ApprovalID{}))) }}
	},
	"RelinkLogin": func(t *testing.T, s *helped) taking {
		relink := func(a vault.ApprovalID) error {
			return s.Keeper.RelinkLogin(t.Context(), s.Login(t, vaulttest.Worker), vault.RelinkLogin{
				Request: vault.NewRequestID(), Safe: s.opened.Safe, Login: s.Desk.Issuer.User(t, vaulttest.Stranger), Approval: a,
			})
		}
		id := s.approved(t, relink(vault.ApprovalID{}))
		if err := relink(id); !saysWaits(err) {
			t.Fatal(err)
		}
		s.away(t, time.Now().Add(vault.ApprovalDelay))
		return taking{s.Unlocked(t, vaulttest.Person, s.opened), s.docs["bail"], func() error { return relink(id) }}
	},
	"SetPIN": func(t *testing.T, s *helped) taking {
		visit := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t)}})
		return taking{visit, s.docs["rib"], func() error {
			return s.Keeper.SetPIN(t.Context(), s.person, vault.SetPIN{Safe: s.opened.Safe, PIN: pinOf(t, "280193")})
		}}
	},
	"TakeBack": func(t *testing.T, s *helped) taking {
		visit := s.Visit(t, s.Sit(t, vaulttest.Worker), vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: vaulttest.PIN(t)}})
		return taking{visit, s.docs["rib"], func() error {
			return s.Keeper.TakeBack(t.Context(), s.person, vault.TakeBack{Safe: s.opened.Safe, Drawer: "banque"})
		}}
	},
	"RenewSheet": func(t *testing.T, s *helped) taking {
		elsewhere := s.Unlocked(t, vaulttest.Person, s.opened)
		return taking{elsewhere, s.docs["bail"], func() error {
			return second(s.Keeper.RenewSheet(t.Context(), s.person, vault.RenewSheet{Safe: s.opened.Safe}))
		}}
	},
	"RemoveWay": func(t *testing.T, s *helped) taking {
		phone, elsewhere := newPhone(t), s.Login(t, vaulttest.Person)
		way, err := s.Keeper.AddPhone(t.Context(), s.person, vault.AddPhone{Safe: s.opened.Safe, Recipient: phone.Recipient(), Label: "mon téléphone"})
		must(t, err)
		must(t, s.Keeper.Unlock(t.Context(), elsewhere, vault.Unlock{Safe: s.opened.Safe, Phone: phone, PIN: vaulttest.PIN(t)}))
		return taking{elsewhere, s.docs["bail"], func() error {
			return s.Keeper.RemoveWay(t.Context(), s.person, vault.RemoveWay{Safe: s.opened.Safe, Way: way})
		}}
	},
	"EndTraining": func(t *testing.T, s *helped) taking {
		opened, err := s.Keeper.OpenTraining(t.Context(), s.worker, vault.OpenTraining{})
		must(t, err)
		r, err := s.Deposit(t.Context(), s.worker, opened.Safe, vaulttest.Paper{Title: "bail", Body: vaulttest.Text("bail", 5000)})
		must(t, err)
		s.opened.Safe = opened.Safe
		return taking{s.worker, r[0].Document, func() error {
			return s.Keeper.EndTraining(t.Context(), s.worker, vault.EndTraining{Safe: opened.Safe})
		}}
	},
	"FinishKit": func(t *testing.T, s *helped) taking { // two recovery sheets open, and the old code sheet ends
		made, err := s.Keeper.MakeKit(t.Context(), s.person, vault.MakeKit{Safe: s.opened.Safe})
		must(t, err)
		pair := vault.KitPair{First: made.Sheets[0].Code, Second: made.Sheets[2].Code}
		must(t, second(s.Keeper.OpenKit(t.Context(), s.person, vault.OpenKit{Safe: s.opened.Safe, Pair: pair})))
		time.Sleep(made.Delay + time.Second)
		return taking{s.Unlocked(t, vaulttest.Person, s.opened), s.docs["bail"], func() error {
			return second(s.Keeper.FinishKit(t.Context(), s.Login(t, vaulttest.Person), vault.FinishKit{Safe: s.opened.Safe, Pair: pair}))
		}}
	},
	"ImportRecoveries": func(t *testing.T, s *helped) taking { // the holder of escrow B answers, and the old sheet ends
		act := vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe}
		act.Approval = s.approved(t, second(s.Keeper.AskRecovery(t.Context(), s.worker, act)))
		must(t, second(s.Keeper.AskRecovery(t.Context(), s.worker, act)))
		batch, _, err := s.Keeper.ExportRecoveries(t.Context())
		must(t, err)
		answers, err := keeper.AnswerRecoveries(batch, s.EscrowB, func(keeper.RecoveryLine) bool { return true }, s.Config.Genesis)
		must(t, err)
		return taking{s.person, s.docs["bail"], func() error { return second(s.Keeper.ImportRecoveries(t.Context(), answers)) }}
	},
}

// approved has a colleague say yes to what waits.
func (s *helped) approved(t *testing.T, waits error) vault.ApprovalID {
	t.Helper()
	id := waitsFor(t, waits)
	must(t, s.Keeper.Approve(t.Context(), s.Login(t, vaulttest.Colleague), id))
	return id
}

// waitsFor is the approval that an act waits for.
func waitsFor(t *testing.T, waits error) vault.ApprovalID {
	t.Helper()
	a, ok := errors.AsType[*vault.ApprovalError](waits)
	if !ok {
		t.Fatalf("%v, want an approval to wait for", waits)
	}
	return a.Approval
}

// harmless are the methods that end nobody's reading: they show, they give, or
// they begin.
var harmless = []string{
	"Authenticate", "OpenSession", "RefuseLogin", "Live", "OpenSafe", "OwnedSafes", "Unlock", "Entrust", "BeginDeposit", "Place",
	"CommitDeposit", "AbandonDeposit", "Release", "Continue", "GiveBack", "Conclude", "Inspect", "Metadata", "List", "Count",
	"Journal", "Checkpoint", "ProveInclusion", "ProveConsistency", "Healthy", "Self", "EnrolAgent", "Agents", "DepartureReport",
	"Anomalies", "StructureReport", "Approvals", "Approve", "Decline", "FindSafe", "SetRegister", "IssueAddress", "RevokeAddress", "Circle",
	"SetReferent", "ShowConsent", "AskConsent", "GiveConsent", "WidenConsent", "Consents", "Helped", "OpenCounter",
	"ExtendCounter", "ProvePresence", "AskPresence", "GrantPresence", "StartSideBySide", "View", "ActivateLogin", "AskRecovery",
	"LetIn", "MakeKit", "OpenKit", "CancelKit", "SetDiscreet", "AddPhone", "Ways", "CheckPage", "Notices", "PrintConsent", "PrintJournal", "PrintLetter", "PrintKitLetter",
	"InviteAccount",
	"Partners", "RegisterPartner", // a partner program reads nothing
	"Look", "Dues",
	"OpenTraining", "Trainings",
	"PutMemos", "OpenMemo", "ViewMemo", "ToChange", "DestroyNotebook", "Notebooks", "NotebookPrint",
	"PrintPassport", "Copies", "LoseCopy",
	"PrepareHandover", "WaitHandover", // nothing has changed yet
	"ChangeMemo",                                                                                    // what was shown before was the old secret
	"AllowRelays", "FinishRelay", "ForbidRelays", "Relays", "ReturnRelay", "SendRelay", "TakeRelay", // a relay carries no key
	"OpenCycle", "ChangeCycle", "Cycles", "JoinCycle", "NoteAttendance", "NoteProgress", "Participants", "Participation", "Certificate", // of workshops
	"RefuseConsent", // of what was asked for only, and a request opens nothing
	"Unfreeze",      // nobody reads a frozen safe
}

// Nothing is decrypted once an act that takes away was answered: every such act
// waits for whoever may decrypt because of what it ends, and no longer than that
// (L-58: a withdrawal is effective at once).
func TestWhatTakesAwayWaitsForWhoeverReads(t *testing.T) {
	t.Parallel()
	for method := range reflect.TypeFor[vault.Keeper]().Methods() {
		if _, takes := takings[method.Name]; takes == slices.Contains(harmless, method.Name) {
			t.Errorf("%s is harmless, or it takes something from a reader, defers recall, and has a row here", method.Name)
		}
	}
	const after = 300 * time.Millisecond
	for name, prepare := range takings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newHelped(t)
				c := prepare(t, s)
				rel, err := s.Keeper.Release(t.Context(), c.reader, s.opened.Safe, c.doc)
				must(t, err)
				must(t, second(s.Keeper.Continue(t.Context(), rel.ID)))
				began, done := time.Now(), make(chan error, 1)
				go func() { done <- c.act() }()
				time.Sleep(after)
				synctest.Wait()
				select {
				case err := <-done:
					t.Fatalf("answered while somebody may decrypt: %v", err)
				default:
				}
				if err := second(s.Keeper.Continue(t.Context(), vault.NewReleaseID())); !errors.Is(err, vault.ErrTicket) {
					t.Errorf("somebody else's lease: %v", err)
				}
				s.Keeper.GiveBack(rel.ID)
				if err := <-done; err != nil || time.Since(began) != after {
					t.Errorf("answered after %v: %v", time.Since(began), err)
				}
				if until, err := s.Keeper.Continue(t.Context(), rel.ID); err == nil {
					t.Errorf("another lease for %v", time.Until(until))
				}
				must(t, s.Keeper.Conclude(t.Context(), rel.ID, vault.OutcomeFailed, 0))
			})
		})
	}
}
