package keeper_test

import (
	"context"
	"errors"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// The rows of acts that two people do together, or somebody for a structure.
// Their calls are made of ids and texts that name nothing, so that who may try
// is told apart from what comes of it: whoever may has an intent in the trail.

// The groups of callers that the rows speak of.
var (
	everybody  = append([]caller{}, all...)
	person     = []caller{locked, open, visit}
	agents     = []caller{counter, fresh, stale, worker, leader, manager, civic, volunteer, dpo}
	frontline  = []caller{counter, fresh, stale, worker, leader}        // who open safes
	depositing = []caller{counter, fresh, stale, worker, leader, civic} // who deposit
	seconding  = []caller{counter, fresh, stale, worker, leader, manager}
	// who may be given a consent, even if only to see
	asking  = []caller{counter, fresh, stale, worker, leader, civic, volunteer}
	leading = []caller{worker, leader}
	// whom people talk to: a freeze waits for nobody
	talking = []caller{counter, fresh, stale, worker, leader, manager, civic, volunteer}
)

func and(groups ...[]caller) (both []caller) {
	for _, g := range groups {
		both = append(both, g...)
	}
	return both
}

func officeRows() []row {
	return []row{
		officeRow("Self", everybody, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Self(ctx, who))
		}),
		officeRow("EnrolAgent", []caller{manager}, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.EnrolAgent(ctx, who, vault.EnrolAgent{}))
		}),
		officeRow("ChangeAgent", []caller{manager}, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return m.Keeper.ChangeAgent(ctx, who, vault.ChangeAgent{Agent: vault.NewAgentID()})
		}),
		{method: "EndAgent", may: []caller{manager}, service: true, denied: vault.ErrDenied,
			try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
				err := second(m.Keeper.EndAgent(ctx, who, vault.EndAgent{Agent: vault.NewAgentID()}))
				if errors.Is(err, vault.ErrNotFound) {
					return nil // permitted, and there is no such agent: nothing is taken away by an intent
				}
				return err
			}},
		officeRow("InviteAccount", frontline, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.InviteAccount(ctx, who, vault.InviteAccount{Kind: vault.AccountPerson}))
		}),
		officeRow("ReissueAccount", []caller{manager}, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.ReissueAccount(ctx, who, vault.ReissueAccount{Agent: vault.NewAgentID()}))
		}),
		officeRow("AssignSuccessor", []caller{manager}, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.AssignSuccessor(ctx, who, vault.AssignSuccessor{Agent: vault.NewAgentID()}))
		}),
		officeRow("Agents", agents, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Agents(ctx, who))
		}),
		officeRow("DepartureReport", []caller{manager}, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.DepartureReport(ctx, who, vault.ReadDeparture{Agent: vault.NewAgentID(), Limit: vault.MaxPage}))
		}),
		officeRow("StructureReport", []caller{manager}, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.StructureReport(ctx, who))
		}),
		officeRow("Anomalies", []caller{manager}, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Anomalies(ctx, who))
		}),
		officeRow("RegisterPartner", []caller{manager}, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.RegisterPartner(ctx, who, vault.RegisterPartner{Partner: vault.NewPartnerID()}))
		}),
		officeRow("Partners", everybody, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Partners(ctx, who))
		}),
		officeRow("Approvals", seconding, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Approvals(ctx, who))
		}),
		officeRow("Approve", seconding, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return m.Keeper.Approve(ctx, who, vault.NewApprovalID())
		}),
		officeRow("Decline", seconding, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return m.Keeper.Decline(ctx, who, vault.NewApprovalID())
		}),
		officeRow("FindSafe", depositing, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.FindSafe(ctx, who, vault.FindSafe{}))
		}),
		officeRow("Helped", agents, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.Helped(ctx, who, vault.ListHelped{Limit: vault.MaxPage}))
		}),
	}
}

func officeRow(method string, may []caller, try func(context.Context, *matrix, session.Principal, target) error) row {
	return row{method: method, may: may, try: try, service: true, denied: vault.ErrDenied, loose: true}
}

func looseRow(method string, may []caller, try func(context.Context, *matrix, session.Principal, target) error) row {
	return row{method: method, may: may, try: try, loose: true}
}

func registerRows() []row {
	return []row{
		looseRow("SetRegister", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.SetRegister(ctx, who, vault.SetRegister{Safe: on.safe, Entry: vault.RegisterEntry{Name: "x"}})
		}),
		looseRow("IssueAddress", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.IssueAddress(ctx, who, vault.IssueAddress{Safe: on.safe}))
		}),
		looseRow("RevokeAddress", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.RevokeAddress(ctx, who, vault.RevokeAddress{Safe: on.safe, Address: vault.NewAddressID()})
		}),
		looseRow("Circle", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Circle(ctx, who, on.safe))
		}),
		looseRow("SetReferent", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.SetReferent(ctx, who, vault.SetReferent{Safe: on.safe, Referent: vault.NewAgentID()})
		}),
	}
}

func consentRows() []row {
	return []row{
		looseRow("ShowConsent", and(person, asking), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.ShowConsent(ctx, who, vault.Terms{Safe: on.safe}))
		}).anywhere(asking),
		looseRow("AskConsent", asking, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.AskConsent(ctx, who, vault.AskConsent{Terms: vault.Terms{Safe: on.safe}}))
		}).anywhere(asking),
		looseRow("GiveConsent", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.GiveConsent(ctx, who, vault.GiveConsent{Safe: on.safe, Terms: vault.Terms{Safe: on.safe}}))
		}).anywhere(frontline),
		looseRow("RefuseConsent", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.RefuseConsent(ctx, who, vault.EndConsent{Safe: on.safe, Consent: vault.NewConsentID()})
		}),
		looseRow("WithdrawConsent", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.WithdrawConsent(ctx, who, vault.EndConsent{Safe: on.safe, Consent: vault.NewConsentID()})
		}),
		looseRow("WithdrawAll", and(person, talking), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.WithdrawAll(ctx, who, vault.WithdrawAll{Safe: on.safe, Agent: vault.NewAgentID(), Word: wordOf(m, who)})
		}),
		looseRow("WidenConsent", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.WidenConsent(ctx, who, vault.WidenConsent{Safe: on.safe, Consent: vault.NewConsentID()}))
		}).whenLocked(vault.ErrLocked),
		looseRow("RenewConsent", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.RenewConsent(ctx, who, vault.RenewConsent{Safe: on.safe, Consent: vault.NewConsentID()}))
		}),
		looseRow("Consents", and(person, asking), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Consents(ctx, who, on.safe))
		}).anywhere(asking),
	}
}

// wordOf is how the person said it to whoever calls.
func wordOf(m *matrix, who session.Principal) vault.Word {
	if who == m.who[locked] || who == m.who[open] || who == m.who[visit] || who == m.who[otherOwner] {
		return vault.WordOwn
	}
	return vault.WordTelephone
}

func printRows() []row {
	return []row{
		looseRow("PrintConsent", and(person, asking), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.PrintConsent(ctx, who, vault.PrintConsent{Safe: on.safe, Consent: vault.NewConsentID(), Form: vault.PrintReceipt}))
		}).anywhere(asking),
		looseRow("PrintJournal", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.PrintJournal(ctx, who, vault.PrintJournal{Safe: on.safe}))
		}),
		officeRow("PrintLetter", seconding, func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
			return second(m.Keeper.PrintLetter(ctx, who, vault.NewApprovalID()))
		}),
		looseRow("PrintPassport", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.PrintPassport(ctx, who, vault.PrintPassport{Safe: on.safe, Form: vault.PassportCards}))
		}).whenLocked(vault.ErrLocked),
		looseRow("Copies", and(person, talking), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Copies(ctx, who, on.safe))
		}),
		looseRow("LoseCopy", and(person, talking), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.LoseCopy(ctx, who, vault.LoseCopy{Safe: on.safe, Copy: 1, Word: wordOf(m, who)}))
		}),
		looseRow("Notices", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Notices(ctx, who, on.safe))
		}),
		{method: "CheckPage", step: true, service: true, may: and([]caller{nobody, ended}, everybody),
			try: func(context.Context, *matrix, session.Principal, target) error {
				return nil // without a session: TestAPageSaysOneThingToEverybody
			}},
	}
}

// relayRows are the methods about tasks: nobody here has a consent or a relay.
func relayRows() []row {
	on := func(on target) vault.OnRelay {
		return vault.OnRelay{Safe: on.safe, Relay: vault.NewRelayID()}
	}
	return []row{
		looseRow("SendRelay", nil, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return second(m.Keeper.SendRelay(ctx, who, vault.SendRelay{Safe: to.safe}))
		}),
		looseRow("TakeRelay", nil, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return m.Keeper.TakeRelay(ctx, who, on(to))
		}),
		looseRow("FinishRelay", nil, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return m.Keeper.FinishRelay(ctx, who, on(to))
		}),
		looseRow("ReturnRelay", nil, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return m.Keeper.ReturnRelay(ctx, who, on(to))
		}),
		looseRow("ForbidRelays", and(person, talking), func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return m.Keeper.ForbidRelays(ctx, who, on(to))
		}),
		looseRow("AllowRelays", person, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			return m.Keeper.AllowRelays(ctx, who, vault.AllowRelays{Safe: to.safe})
		}),
		looseRow("Relays", person, func(ctx context.Context, m *matrix, who session.Principal, to target) error {
			if to.safe.IsZero() {
				to.safe = vault.NewSafeID() // of no safe, it is one's own list
			}
			return second(m.Keeper.Relays(ctx, who, vault.ListRelays{Safe: to.safe, Limit: 10}))
		}),
	}
}

func presenceRows() []row {
	return []row{
		looseRow("SetPIN", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.SetPIN(ctx, who, vault.SetPIN{Safe: on.safe})
		}),
		looseRow("OpenCounter", frontline, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.OpenCounter(ctx, who, vault.OpenCounter{Safe: on.safe}))
		}).anywhere(frontline),
		{method: "ExtendCounter", loose: true, service: true, may: []caller{visit}, denied: vault.ErrNotFound,
			try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
				return second(m.Keeper.ExtendCounter(ctx, who, vault.Proof{}))
			}},
		looseRow("ProvePresence", nil, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.ProvePresence(ctx, who, vault.ProvePresence{Safe: on.safe}))
		}),
		looseRow("AskPresence", nil, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.AskPresence(ctx, who, vault.AskPresence{Safe: on.safe}))
		}),
		looseRow("GrantPresence", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.GrantPresence(ctx, who, vault.GrantPresence{Safe: on.safe, Number: "00"})
		}),
		looseRow("StartSideBySide", leading, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.StartSideBySide(ctx, who, vault.StartSideBySide{Terms: vault.Terms{Safe: on.safe}}))
		}).anywhere(leading),
		looseRow("EndSideBySide", leading, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.EndSideBySide(ctx, who, vault.EndSideBySide{Safe: on.safe}))
		}).anywhere(leading),
	}
}

// lockRows end with the freeze and the guesses: nothing is as it was after them.
func lockRows() []row {
	return []row{
		looseRow("View", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.View(ctx, who, on.safe))
		}),
		looseRow("Ways", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Ways(ctx, who, on.safe))
		}),
		looseRow("RemoveWay", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.RemoveWay(ctx, who, vault.RemoveWay{Safe: on.safe, Way: vault.NewWayID()})
		}),
		looseRow("AddPhone", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.AddPhone(ctx, who, vault.AddPhone{Safe: on.safe}))
		}).whenLocked(vault.ErrLocked),
		looseRow("RelinkLogin", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.RelinkLogin(ctx, who, vault.RelinkLogin{Safe: on.safe})
		}),
		looseRow("AskRecovery", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.AskRecovery(ctx, who, vault.AskRecovery{Safe: on.safe}))
		}),
		looseRow("MakeKit", []caller{open, visit}, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.MakeKit(ctx, who, vault.MakeKit{Safe: on.safe}))
		}).whenLocked(vault.ErrLocked),
		looseRow("OpenKit", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.OpenKit(ctx, who, vault.OpenKit{Safe: on.safe}))
		}),
		looseRow("FinishKit", and(person, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.FinishKit(ctx, who, vault.FinishKit{Safe: on.safe}))
		}),
		looseRow("PrintKitLetter", frontline, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.PrintKitLetter(ctx, who, on.safe))
		}),
		looseRow("CancelKit", and(person, talking), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.CancelKit(ctx, who, vault.CancelKit{Safe: on.safe, Word: wordOf(m, who)})
		}),
		looseRow("ShutOut", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.ShutOut(ctx, who, vault.ShutOut{Safe: on.safe})
		}),
		looseRow("LetIn", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.LetIn(ctx, who, vault.ShutOut{Safe: on.safe})
		}),
		looseRow("SetDiscreet", person, func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.SetDiscreet(ctx, who, vault.SetDiscreet{Safe: on.safe}))
		}),
		{method: "ResetPassword", step: true, service: true, may: and([]caller{nobody, ended}, everybody),
			try: func(context.Context, *matrix, session.Principal, target) error {
				return nil // without a session: TestAPasswordIsResetBySheetAndPIN
			}},
		looseRow("RenewSheet", and([]caller{locked, open, visit}, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			sheet, err := m.Keeper.RenewSheet(ctx, who, vault.RenewSheet{Safe: on.safe})
			if err == nil {
				m.opened.Code = sheet.Code
			}
			return err
		}).anywhere(frontline),
		looseRow("Freeze", and([]caller{locked, open}, talking), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return m.Keeper.Freeze(ctx, who, vault.Freeze{Safe: m.spare(on)})
		}).anywhere(talking),
		looseRow("Unfreeze", and([]caller{locked, open}, frontline), func(ctx context.Context, m *matrix, who session.Principal, on target) error {
			return second(m.Keeper.Unfreeze(ctx, who, vault.Unfreeze{Safe: m.spare(on)}))
		}),
		{method: "ActivateLogin", may: everybody, service: true, guess: true,
			try: func(ctx context.Context, m *matrix, who session.Principal, _ target) error {
				var errs []error // of a safe that is there, and of one that is not
				for _, id := range []vault.SafeID{m.opened.Safe, m.other.Safe, vault.NewSafeID(), {}} {
					if err := m.Keeper.ActivateLogin(ctx, who, vault.ActivateLogin{Safe: id, Code: m.wrongCode}); !errors.Is(err, vault.ErrCode) && !errors.Is(err, vault.ErrTooManyGuesses) {
						errs = append(errs, err)
					}
				}
				return errors.Join(errs...)
			}},
	}
}
