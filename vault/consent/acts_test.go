package consent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/consent"
)

// Who may try each act, written again from the issue and the architecture page.
// The person: locked, entrusted (a PIN visit), all (sheet or login unlocked).
// Agents: their columns, "ours" for a safe of their structure; "live" for a live
// consent of any kind. What is not here is refused to everybody.
const whoMayTry = `
| act | person | agent |
| logout | anybody | anybody |
| checkpoint | anybody | anybody |
| consistency | anybody | anybody |
| self | anybody | anybody |
| list-partners | anybody | anybody |
| register-partner | – | manager |
| open-safe | – | open |
| invite-person | – | open |
| open-training | – | open |
| list-trainings | – | open |
| end-training | – | – |
| find-safe | – | deposit |
| my-relays | – | any |
| my-consents | – | any |
| list-notebooks | – | any |
| print-notebook | – | any |
| destroy-notebook | – | second |
| list-agents | – | any |
| ask-approval | – | any |
| enrol-agent | – | manager |
| invite-agent | – | manager |
| reissue-account | – | manager |
| change-agent | – | manager |
| assign-successor | – | manager |
| end-agent | – | manager |
| departure-report | – | manager |
| anomalies | – | manager |
| structure-report | – | manager |
| approve | – | second |
| decline | – | second |
| list-approvals | – | second |
| deposit | locked | deposit |
| list | entrusted | live |
| read | entrusted | live |
| reveal | entrusted | live |
| change-memo | all | live |
| to-change | locked | – |
| bring | entrusted | live |
| sort | entrusted | live |
| dues | all | live |
| technical-metadata | locked | live |
| control | locked | live |
| describe | all | live |
| move | all | live |
| rename | all | live |
| destroy | all | – |
| count | locked | – |
| take-back | locked | – |
| entrust | all | – |
| export | all, fresh | – |
| erase | locked, fresh | – |
| journal | locked | – |
| inclusion | locked | – |
| ask-consent | – | see |
| show-consent | locked | see |
| list-consents | locked | see |
| print-consent | locked | see |
| print-journal | locked | – |
| print-letter | – | open, ours |
| notices | locked | – |
| print-passport | all | – |
| list-copies | locked | meets people, ours |
| lose-copy | locked | meets people, ours |
| give-consent | locked | open |
| renew-consent | locked | open, ours |
| widen-consent | entrusted | – |
| refuse-consent | locked | meets people, ours |
| withdraw-consent | locked | meets people, ours |
| withdraw-all | locked | meets people, ours |
| send-relay | – | live, alone |
| take-relay | – | hand, relayed |
| finish-relay | – | hand, relayed |
| return-relay | – | hand, relayed |
| forbid-relays | locked | meets people, ours |
| allow-relays | locked | – |
| list-relays | locked | – |
| register | locked | open, ours |
| issue-address | locked | open, ours |
| revoke-address | locked | open, ours |
| circle | locked | live, shared |
| set-referent | locked | – |
| open-counter | – | open |
| extend-counter | visit | – |
| prove-presence | – | live |
| ask-presence | – | live |
| grant-presence | locked | – |
| start-side-by-side | – | lead |
| end-side-by-side | – | lead |
| come-back | – | lead |
| set-pin | locked | open, ours |
| view | locked | open, ours; live |
| unlock | locked | – |
| lock | locked | – |
| remove-way | locked | – |
| list-ways | locked | – |
| renew-sheet | locked, fresh | open |
| add-phone | all, fresh | – |
| activate-login | own login | own login |
| relink-login | locked | open, ours |
| ask-recovery | locked | open, ours |
| recover | – | open, ours |
| prepare-handover | all, fresh | live |
| handover | all | – |
| make-kit | all, fresh | – |
| open-kit | locked | open, ours |
| finish-kit | locked | open, ours |
| cancel-kit | locked | meets people, ours |
| freeze | locked | meets people |
| unfreeze | locked | open, ours |
| shut-out | locked | – |
| let-in | locked | – |
| open-cycle | – | lead |
| change-cycle | – | lead |
| change-leader | – | lead; manager |
| end-cycle | – | lead; manager |
| list-cycles | – | any |
| join-cycle | locked | open |
| leave-cycle | locked | meets people, ours |
| note-workshop | – | lead, guides |
| read-workshop | locked | – |
| print-certificate | locked | – |
| set-discreet | locked | – |
`

// frozenGoesOn is what a freeze leaves: deposits, the person's view and journal,
// unfreezing; and a retry of the freeze itself, which gives nothing.
func frozenGoesOn(act vault.Act) bool {
	switch act {
	case vault.ActDeposit, vault.ActView, vault.ActJournal, vault.ActPrintJournal, vault.ActInclusion, vault.ActFreeze, vault.ActUnfreeze:
		return true
	default:
		return false
	}
}

// concernsNoSafe lists the acts that a freeze cannot stop, because they open
// nothing.
func concernsNoSafe(act vault.Act) bool {
	switch tries[act.String()]["agent"] {
	case "anybody", "any", "manager", "second":
		return true
	}
	return slices.Contains([]vault.Act{
		vault.ActOpenSafe, vault.ActFindSafe, vault.ActInvitePerson, vault.ActOpenTraining, vault.ActListTrainings,
		vault.ActOpenCycle, vault.ActChangeCycle, vault.ActChangeLeader, vault.ActEndCycle,
	}, act)
}

// tries is whoMayTry by act.
var tries = func() map[string]map[string]string {
	rows := map[string]map[string]string{}
	for line := range strings.Lines(whoMayTry) {
		if parts := strings.Split(strings.TrimSpace(line), "|"); len(parts) == 5 && strings.TrimSpace(parts[1]) != "act" {
			rows[strings.TrimSpace(parts[1])] = map[string]string{"person": strings.TrimSpace(parts[2]), "agent": strings.TrimSpace(parts[3])}
		}
	}
	return rows
}()

// allActs are all there could be, the ones nobody knows included.
const allActs = vault.Act(300)

// L-06: every act × the person, in every state of the lock, in their own login
// and in a counter session, frozen or not, fresh or not.
func TestThePersonsActs(t *testing.T) {
	t.Parallel()
	table := tries
	who := authtest.Principal(t, "personne-fictive")
	safe, doc := vault.NewSafeID(), vault.NewDocumentID()
	for act := range allActs {
		cell := table[act.String()]["person"]
		for b := range 64 {
			s := Standing{
				Exists: true, Owner: b&1 == 0, Visit: b&1 > 0, Frozen: b&2 > 0, Fresh: b&4 > 0, Entrusted: b&8 > 0,
				Reach: []vault.Reach{0, vault.ReachEntrusted, vault.ReachAll, vault.ReachAll}[b>>4], Now: time.Now(),
			}
			want := asPerson(act, cell, s)
			if _, got := Decide(who, s, Request{Act: act, Safe: safe, Document: doc}); got != want {
				t.Errorf("%v for %+v: reason %d, want %d", act, s, got, want)
			}
			s.Exists = false
			if _, got := Decide(who, s, Request{Act: act, Safe: safe, Document: doc}); got == 0 && cell != "anybody" {
				t.Errorf("%v: permitted in a safe that does not exist", act)
			}
		}
	}
}

func asPerson(act vault.Act, cell string, s Standing) Reason {
	need, fresh, _ := strings.Cut(cell, ", ")
	switch need {
	case "anybody":
		return 0
	case "own login":
		if s.Visit || s.Frozen {
			return Unknown
		}
		return 0
	case "–", "":
		if concernsNoSafe(act) {
			return Function
		}
		return Unknown
	}
	if s.Frozen && !frozenGoesOn(act) {
		return Frozen
	}
	onePaper := act == vault.ActRead || act == vault.ActReveal
	switch {
	case need == "visit" && !s.Visit:
		return Unknown
	case need == "locked", need == "visit", s.Reach == vault.ReachAll:
	case s.Reach == 0:
		return Locked
	case need == "all", onePaper && !s.Entrusted:
		return NeedsSheet
	}
	if fresh != "" && !s.Fresh {
		return StepUp
	}
	return 0
}

// Every act × every function × whose safe × consent or none × frozen or not.
func TestTheAgentsActs(t *testing.T) {
	t.Parallel()
	table, functions := tries, cells(t, asked)
	who := authtest.Principal(t, "guichet-fictif")
	safe, doc := vault.NewSafeID(), vault.NewDocumentID()
	from, until := week()
	for act := range allActs {
		for _, f := range vault.Functions() {
			for b := range 64 {
				s := Standing{
					Exists: true, Agent: agentOf(f), Now: from, Ours: b&1 > 0, Frozen: b&2 > 0, Shared: b&8 > 0, Relayed: b&16 > 0, Guides: b&32 > 0, Present: true,
				}
				if b&4 > 0 {
					s.Grants = []Grant{{
						Consent: vault.ConsentID{9}, Actions: 31, Function: f, From: from, Until: until, Covers: true, Names: true,
					}}
				}
				at := fmt.Sprintf("%v for %v, ours %v, frozen %v, consent %v, shared %v, relayed %v, guides %v", act, f, s.Ours, s.Frozen, b&4 > 0, s.Shared, s.Relayed, s.Guides)
				want := asAgent(act, table[act.String()]["agent"], functions[f.String()], s)
				p, why := Decide(who, s, Request{Act: act, Safe: safe, Document: doc})
				if (why == 0) != want || p.Allows(act, safe, doc) != want {
					t.Errorf("%s: reason %d, want permitted %v", at, why, want)
				}
				s.Agent.SecondFactor = false
				if _, why := Decide(who, s, Request{Act: act, Safe: safe, Document: doc}); why == 0 && !openToAll(act, s) {
					t.Errorf("%s: permitted without a second factor", at) // L-36
				}
			}
		}
	}
}

func openToAll(act vault.Act, s Standing) bool {
	cell := tries[act.String()]["agent"]
	return cell == "anybody" || cell == "own login" && !s.Frozen
}

func asAgent(act vault.Act, cell string, function map[string]string, s Standing) bool {
	if openToAll(act, s) {
		return true
	}
	if s.Frozen && !frozenGoesOn(act) && !concernsNoSafe(act) {
		return false
	}
	alone := function["see"] == "C" // sees without the person beside them
	for way := range strings.SplitSeq(cell, "; ") {
		base, also, _ := strings.Cut(way, ", ")
		ok := false
		switch base {
		case "any":
			ok = true
		case "manager":
			ok = function["function"] == "access-manager"
		case "meets people":
			ok = function["function"] != "dpo"
		case "open", "deposit", "lead", "second":
			ok = function[base] == "yes"
		case "see":
			ok = function["see"] != "–"
		case "hand":
			ok = alone
		case "live":
			ok = len(s.Grants) > 0 && !s.Frozen && function[columnOf(act)] != "–" &&
				(columnOf(act) != "see" || !describing(act) || function["deposit"] == "yes")
		}
		if ok && (also != "ours" || s.Ours) && (also != "shared" || s.Shared) && (also != "relayed" || s.Relayed) && (also != "guides" || s.Guides) && (also != "alone" || alone) {
			return true
		}
	}
	return false
}

func describing(act vault.Act) bool {
	return act == vault.ActDescribe || act == vault.ActMove || act == vault.ActRename || act == vault.ActDues
}

func columnOf(act vault.Act) string {
	switch act {
	case vault.ActRead:
		return "read"
	case vault.ActReveal, vault.ActChangeMemo:
		return "reveal"
	default:
		return "see"
	}
}

// Every act of the vocabulary has its line: who adds one says who may try it, or
// that no session ever does.
func TestEveryActIsDecided(t *testing.T) {
	t.Parallel()
	table := tries
	without := map[vault.Act]string{
		vault.ActLogin: "before a session", vault.ActUnauthenticated: "no session", vault.ActResetPassword: "before a session", vault.ActCheckPage: "without a session",
		vault.ActStart: "the service", vault.ActStop: "the service", vault.ActRebuild: "the service", vault.ActSettle: "the service", vault.ActRotate: "the service",
		vault.ActNewMaster: "the operator, by a command", vault.ActDestroyMaster: "the operator, by a command", vault.ActRestoreMaster: "the operator, by a command",
		vault.ActConfirmClock: "the operator, by a command", vault.ActRestoreTrail: "the operator, by a command",
		vault.ActSweep: "the service", vault.ActSuspend: "the service", vault.ActEndConsent: "the service",
		vault.ActRelayAlarm: "the service", vault.ActKeepAccount: "the service", vault.ActEndAccount: "the service", vault.ActAddStructure: "the operator, by a command",
		vault.ActGuess: "what a proof is made of: a line of its own, within another act",
	}
	known := 0
	for act := range allActs {
		name := act.String()
		if name == "unknown" {
			continue
		}
		known++
		_, listed := table[name]
		if _, never := without[act]; listed == never {
			t.Errorf("%v (%d): in the table %v, tried by nobody's session %v", act, act, listed, never)
		}
	}
	if known != len(table)+len(without) {
		t.Errorf("%d acts, %d lines", known, len(table)+len(without))
	}
}

// A stranger is told the same of every safe, whether it is there or not.
func TestAStrangerLearnsNothing(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "inconnue-fictive")
	shutOut := agentOf(vault.FunctionSocialWorker)
	shutOut.ShutOut = true
	for act := range allActs {
		if act == vault.ActActivateLogin {
			continue // the sheet is what is asked: the keeper answers a wrong one like no safe
		}
		for name, agent := range map[string]Agent{
			"stranger": {}, "ended": {ID: vault.AgentID{1}, State: vault.AgentEnded}, "shut out": shutOut,
			"no second factor": {ID: vault.AgentID{1}, State: vault.AgentActive, Until: time.Unix(1<<40, 0), Functions: 0xffff},
			"suspended":        {ID: vault.AgentID{1}, State: vault.AgentSuspended, Until: time.Unix(1<<40, 0), Functions: 0xffff},
		} {
			r := Request{Act: act, Safe: vault.SafeID{1}, Document: vault.DocumentID{1}}
			_, none := Decide(who, Standing{Agent: agent}, r)
			for _, s := range []Standing{
				{Exists: true, Agent: agent},
				{Exists: true, Agent: agent, Frozen: true},
				{Exists: true, Agent: agent, Reach: vault.ReachAll, Entrusted: true, Fresh: true, Shared: true, Ours: true},
			} {
				if _, some := Decide(who, s, r); some != none {
					t.Errorf("%v by %s: %d of a safe that is there, %d of none", act, name, some, none)
				}
			}
		}
	}
}

// Without a structure's access manager everything waits but naming one.
func TestNamingAnAccessManagerGoesOn(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "responsable-fictive")
	manager, worker := agentOf(vault.FunctionAccessManager), agentOf(vault.FunctionSocialWorker)
	now := manager.Until.Add(time.Hour) // the end date is over
	for _, a := range []*Agent{&manager, &worker} {
		a.State, a.Waits = vault.AgentSuspended, true
	}
	names := map[vault.Act]bool{
		vault.ActEnrol: true, vault.ActChangeAgent: true, vault.ActInviteAgent: true, vault.ActAssignSuccessor: true, vault.ActListAgents: true,
		vault.ActAskApproval: true, vault.ActApprove: true, vault.ActDecline: true, vault.ActListApprovals: true,
	}
	for act := range allActs {
		_, why := Decide(who, Standing{Agent: manager, Now: now}, Request{Act: act})
		if permitted := why == 0; permitted != (names[act] || openToAll(act, Standing{Frozen: true}) || act == vault.ActList) {
			t.Errorf("the manager, %v: reason %d", act, why)
		}
		if _, why := Decide(who, Standing{Exists: true, Agent: worker, Now: now, Ours: true}, Request{Act: act, Safe: vault.SafeID{1}}); why == 0 && !names[act] && !openToAll(act, Standing{}) {
			t.Errorf("a worker, %v: permitted", act)
		}
	}
	manager.State = vault.AgentEnded
	if _, why := Decide(who, Standing{Agent: manager, Now: now}, Request{Act: vault.ActEnrol}); why != Function {
		t.Errorf("a manager who left: reason %d", why)
	}
}

// Without a session nothing, without a safe only what concerns none.
func TestNoSessionAndNoSafe(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "personne-fictive")
	all := Standing{
		Exists: true, Owner: true, Visit: true, Reach: vault.ReachAll, Entrusted: true, Fresh: true, Deposited: true, Addressed: true,
		Ours: true, Shared: true, Present: true, Agent: agentOf(vault.Functions()...), Now: time.Now(),
	}
	for act := range allActs {
		if p, why := Decide(session.Principal{}, all, Request{Act: act, Safe: vault.SafeID{1}}); why != Unknown || p.Allows(act, vault.SafeID{1}, vault.DocumentID{}) {
			t.Errorf("%v: permitted to nobody", act)
		}
		either := act == vault.ActList || act == vault.ActPrintLetter // about one safe, or none
		if _, why := Decide(who, all, Request{Act: act}); (why == 0) != (concernsNoSafe(act) || either) {
			t.Errorf("%v without a safe: reason %d", act, why)
		}
	}
}

// A wrong deposit can be put right by whoever made it, while it is fresh.
func TestDepositorsPutRight(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "guichet-fictif")
	mending := map[vault.Act]bool{
		vault.ActMetadata: true, vault.ActControl: true, vault.ActDescribe: true, vault.ActMove: true, vault.ActRename: true, vault.ActDestroy: true,
	}
	r := func(act vault.Act) Request {
		return Request{Act: act, Safe: vault.SafeID{1}, Document: vault.DocumentID{1}}
	}
	for act := range allActs {
		civic := Standing{Exists: true, Agent: agentOf(vault.FunctionCivicService), Deposited: true}
		bare := civic
		bare.Deposited = false
		if _, why := Decide(who, civic, r(act)); (why == 0) != mending[act] {
			if _, without := Decide(who, bare, r(act)); without != why {
				t.Errorf("the depositor, %v: reason %d", act, why)
			}
		}
		for _, s := range []Standing{
			{Exists: true, Deposited: true}, {Exists: true, Deposited: true, Agent: agentOf(vault.FunctionVolunteer)},
			{Exists: true, Deposited: true, Frozen: true, Agent: agentOf(vault.FunctionCivicService)},
		} {
			if _, why := Decide(who, s, r(act)); why == 0 && mending[act] {
				t.Errorf("%v for %+v: permitted", act, s)
			}
		}
	}
}

// A partner program deposits at an address that was made for it, may look at the
// trail's checkpoints, and leaves: whatever else it is said to be. Everything
// else is to it as if it had never been.
func TestAPartnerProgramDepositsAndNothingElse(t *testing.T) {
	t.Parallel()
	who := authtest.Principal(t, "programme-fictif")
	open := map[vault.Act]bool{vault.ActLogout: true, vault.ActCheckpoint: true, vault.ActConsistency: true}
	everything := Standing{
		Exists: true, Owner: true, Visit: true, Reach: vault.ReachAll, Entrusted: true, Fresh: true, Deposited: true, Addressed: true,
		Ours: true, Shared: true, Present: true, Agent: agentOf(vault.Functions()...), Now: time.Now(), Partner: vault.NewPartnerID(),
	}
	for act := range allActs {
		for name, s := range map[string]Standing{
			"of everything":     everything,
			"frozen":            {Exists: true, Frozen: true, Addressed: true, Partner: everything.Partner},
			"another's address": {Exists: true, Partner: everything.Partner},
			"no such address":   {Addressed: true, Partner: everything.Partner},
		} {
			for _, r := range []Request{{Act: act, Safe: vault.SafeID{1}}, {Act: act, Safe: vault.SafeID{1}, Document: vault.DocumentID{1}}, {Act: act}} {
				want := Unknown
				if open[act] || act == vault.ActDeposit && s.Exists && s.Addressed && !r.Safe.IsZero() {
					want = 0
				}
				if p, why := Decide(who, s, r); why != want || p.Allows(act, r.Safe, r.Document) != (want == 0) {
					t.Errorf("%s, %v of %v: reason %d, want %d", name, act, r, why, want)
				}
			}
		}
	}
}
