package keeper_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A tale is what people do with one safe over the months, act by act, with all
// that somebody could keep of it: sheets, PINs, a phone, addresses, logins.
type tale struct {
	*helped
	lock     *lockScene // the same safe
	sheets   []seal.Code
	pins     []vault.PIN
	phone    *seal.Identity
	phoneWay vault.WayID
	consent  vault.Consent
	address  vault.AddressID
	owner    string                    // whose login the safe is
	relinks  []vault.ApprovalID        // of another login
	seats    map[string]vaulttest.Seat // who logged in already
}

// An access is something that somebody has, or had. Its try answers nil when it
// gives what it gave.
type access string

// An event is one act of the tale: what it gives from then on, and what it takes
// for good.
type event struct {
	name        string
	play        func(s *tale, t *testing.T)
	gives, took []access
}

// What is given and taken in the tale.
const (
	sheet1, sheet2, sheet3, sheet4 access = "the first sheet", "the second sheet", "the third sheet", "the fourth sheet"
	handedSheet                    access = "the sheet of the handover"
	pin1, pin2                     access = "the first PIN", "the second PIN"
	leaderReads                    access = "what the leader was granted"
	byPhone                        access = "the phone"
	drawer                         access = "the entrusted drawer"
	destroyed                      access = "the paper that is destroyed"
	workerReads, workerWidened     access = "what the worker was granted", "what joined it"
	workerLists                    access = "the worker's list"
	workerBack, workerPost         access = "what the worker came back to", "the worker's post"
	successorReads                 access = "what the successor reads"
	leaderSees                     access = "what the leader sees of the safe"
	atAddress, inRegister          access = "the address", "the register"
	firstLogin                     access = "the first login"
	relink1, relink2               access = "the first approval of another login", "the second approval of another login"
)

func newTale(t *testing.T) *tale {
	h := newHelped(t)
	s := &tale{helped: h, owner: vaulttest.Person, lock: &lockScene{House: h.House, opened: h.opened, pin: vaulttest.PIN(t), paper: h.docs["cni"], body: h.bodies["cni"]}}
	s.sheets, s.pins, s.phone = []seal.Code{h.opened.Code}, []vault.PIN{s.lock.pin}, newPhone(t)
	return s
}

// in is the same people at the same service on another disk.
func (s *tale) in(h *vaulttest.House) *tale {
	other, people, lock := *s, *s.helped, *s.lock
	people.House, lock.House = h, h
	other.helped, other.lock, other.seats = &people, &lock, map[string]vaulttest.Seat{}
	return &other
}

// again starts the service and lets everybody log in anew.
func (s *tale) again(t *testing.T) {
	t.Helper()
	s.Start(t)
	s.person, s.worker = s.Login(t, s.owner), s.Login(t, vaulttest.Worker)
	if err := s.unlock(t.Context(), s.person, len(s.sheets)-1); err != nil && !errors.Is(err, vault.ErrFrozen) {
		t.Fatal(err)
	}
}

func (s *tale) unlock(ctx context.Context, who session.Principal, sheet int) error {
	return s.Keeper.Unlock(ctx, who, vault.Unlock{Safe: s.opened.Safe, Code: s.sheets[sheet]})
}

// enter logs somebody in, whom the service may refuse; once on each disk.
func (s *tale) enter(t *testing.T, subject string) (session.Principal, error) {
	t.Helper()
	if seat, ok := s.seats[subject]; ok {
		return seat.Principal, nil
	}
	key := session.NewClientKey()
	_, who, err := s.Keeper.OpenSession(t.Context(), vault.OpenSession{
		Login: s.Desk.Login(t, subject, key), Client: key.Public(), Place: vault.PlaceOwn,
	})
	if err == nil {
		s.seats[subject] = vaulttest.Seat{Principal: who, Key: key}
	}
	return who, err
}

// try asks for an access as its holder would, from a login of their own.
func (s *tale) try(t *testing.T, a access) error {
	t.Helper()
	subject := map[access]string{
		workerReads: vaulttest.Worker, workerWidened: vaulttest.Worker, workerLists: vaulttest.Worker, workerBack: vaulttest.Worker,
		workerPost: vaulttest.Worker, successorReads: vaulttest.Colleague, leaderSees: vaulttest.Leader, leaderReads: vaulttest.Leader,
		pin1: vaulttest.Counter, pin2: vaulttest.Counter, drawer: vaulttest.Counter, atAddress: vaulttest.Counter, inRegister: vaulttest.Counter,
		firstLogin: vaulttest.Person, relink1: vaulttest.Worker, relink2: vaulttest.Worker,
	}[a]
	if subject == "" {
		subject = s.owner
	}
	who, err := s.enter(t, subject)
	if err != nil {
		return err
	}
	ctx := t.Context()
	found := func(act vault.FindSafe) error {
		safes, err := s.Keeper.FindSafe(ctx, who, act)
		if err == nil && len(safes) == 0 {
			return vault.ErrNotFound
		}
		return err
	}
	switch a {
	case sheet1, sheet2, handedSheet, sheet3, sheet4:
		return s.unlock(ctx, who, map[access]int{sheet1: 0, sheet2: 1, handedSheet: 2, sheet3: 3, sheet4: 4}[a])
	case pin1:
		return s.byPIN(ctx, who, 0)
	case pin2:
		return s.byPIN(ctx, who, 1)
	case leaderReads:
		return s.readErr(who, "quittance-loyer")
	case byPhone:
		return s.Keeper.Unlock(ctx, who, vault.Unlock{Safe: s.opened.Safe, Phone: s.phone, PIN: s.pins[len(s.pins)-1]})
	case drawer:
		return s.drawerByPIN(t)
	case destroyed:
		err := s.readErr(who, "cni")
		if errors.Is(err, vault.ErrLocked) {
			if err = s.unlock(ctx, who, len(s.sheets)-1); err == nil {
				err = s.readErr(who, "cni")
			}
		}
		return err
	case workerReads:
		return s.readErr(who, "bail")
	case successorReads:
		return s.readErr(who, "rib")
	case workerWidened:
		return s.readErr(who, "facture-eau")
	case workerBack:
		return s.readErr(who, "avis-imposition")
	case workerLists:
		docs, err := s.Keeper.List(ctx, who, vault.List{Safe: s.opened.Safe, Limit: 10})
		if err == nil && !slices.ContainsFunc(docs, func(d vault.Document) bool { return d.ID == s.docs["bail"] }) {
			return vault.ErrNotFound
		}
		return err
	case workerPost:
		return second(s.Keeper.View(ctx, who, s.opened.Safe))
	case leaderSees:
		return second(s.Keeper.View(ctx, who, s.opened.Safe))
	case atAddress:
		return found(vault.FindSafe{Address: s.address})
	case firstLogin:
		return s.unlock(ctx, who, len(s.sheets)-1)
	case relink1, relink2:
		err := s.relink(t, who, s.relinks[map[access]int{relink1: 0, relink2: 1}[a]])
		if saysWaits(err) { // it has been agreed to, and two days pass
			return nil
		}
		return err
	case inRegister:
		return found(vault.FindSafe{Name: "exemple personne", Birth: "1980-01-00"})
	}
	t.Fatalf("nobody knows how to try %q", a)
	return nil
}

func (s *tale) byPIN(ctx context.Context, who session.Principal, n int) error {
	return second(s.Keeper.OpenCounter(ctx, who, vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: s.pins[n]}}))
}

// drawerByPIN reads what is entrusted, in a counter session by the PIN alone.
func (s *tale) drawerByPIN(t *testing.T) error {
	t.Helper()
	on := s.seats[vaulttest.Counter] // try has it
	v, err := s.Keeper.OpenCounter(t.Context(), on.Principal, vault.OpenCounter{Safe: s.opened.Safe, Proof: vault.Proof{PIN: s.pins[len(s.pins)-1]}})
	if err != nil {
		return err
	}
	const method = "/coffre.v1.DocumentService/ReadDocument"
	who, err := s.Keeper.Authenticate(t.Context(), session.Credentials{
		Token: v.Token, Proof: on.Key.Prove(v.Token, method, time.Now()), Method: method,
	}, "127.0.0.0/8")
	if err != nil {
		return err
	}
	return s.readErr(who, "rib")
}

// events are the tale, in its order. Each begins with the person's safe unlocked
// in their own session, but for what is frozen.
func events() []event {
	return []event{
		{"a safe with papers", func(*tale, *testing.T) {}, []access{sheet1, pin1, firstLogin, drawer, destroyed, leaderSees, workerPost}, nil},
		{"a new sheet", func(s *tale, t *testing.T) { s.renewSheet(t) }, []access{sheet2}, []access{sheet1}},
		{"a phone", func(s *tale, t *testing.T) { s.phoneWay = s.lock.addPhone(t, s.person, s.phone) }, []access{byPhone}, nil},
		{"a consent", func(s *tale, t *testing.T) { s.consent = s.give(t, nil) }, []access{workerReads, workerLists}, nil},
		{"a paper joins it", (*tale).widen, []access{workerWidened}, nil},
		{"it is withdrawn", (*tale).withdraw, nil, []access{workerReads, workerWidened, workerLists}},
		{"the phone is removed", func(s *tale, t *testing.T) {
			must(t, s.Keeper.RemoveWay(t.Context(), s.person, vault.RemoveWay{Safe: s.opened.Safe, Way: s.phoneWay}))
		}, nil, []access{byPhone}},
		{"side by side, and coming back", (*tale).comeBack, []access{workerBack}, nil},
		{"that is withdrawn", (*tale).withdraw, nil, []access{workerBack}},
		{"a paper is destroyed", func(s *tale, t *testing.T) {
			must(t, s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: s.docs["cni"]}))
		}, nil, []access{destroyed}},
		{"the drawer is taken back", func(s *tale, t *testing.T) {
			must(t, s.Keeper.TakeBack(t.Context(), s.person, vault.TakeBack{Safe: s.opened.Safe, Drawer: "banque"}))
		}, nil, []access{drawer}},
		{"another PIN", func(s *tale, t *testing.T) { s.newPIN(t, "280193") }, []access{pin2}, []access{pin1}},
		{"an address", func(s *tale, t *testing.T) {
			id, err := s.Keeper.IssueAddress(t.Context(), s.person, vault.IssueAddress{Safe: s.opened.Safe, Label: "caf"})
			must(t, err)
			s.address = id
		}, []access{atAddress}, nil},
		{"it is revoked", func(s *tale, t *testing.T) {
			must(t, s.Keeper.RevokeAddress(t.Context(), s.person, vault.RevokeAddress{Safe: s.opened.Safe, Address: s.address}))
		}, nil, []access{atAddress}},
		{"another login is to take over", (*tale).agreeOnLogin, []access{relink1}, nil},
		{"the person says no", func(s *tale, t *testing.T) {
			must(t, s.Keeper.RelinkLogin(t.Context(), s.person, vault.RelinkLogin{Safe: s.opened.Safe}))
		}, nil, []access{relink1}},
		{"two agents agree once more", (*tale).agreeOnLogin, []access{relink2}, nil},
		{"the other login takes over", func(s *tale, t *testing.T) {
			s.away(t, time.Now().Add(vault.ApprovalDelay))
			must(t, s.relink(t, s.Login(t, vaulttest.Worker), s.relinks[1]))
			s.owner = vaulttest.Stranger
		}, nil, []access{relink2, firstLogin}},
		{"into the register", func(s *tale, t *testing.T) {
			must(t, s.Keeper.SetRegister(t.Context(), s.person, vault.SetRegister{
				Safe: s.opened.Safe, Entry: vault.RegisterEntry{Name: "EXEMPLE Personne", Birth: "1980-01-00", Language: "fr"},
			}))
		}, []access{inRegister}, nil},
		{"discreetly", func(s *tale, t *testing.T) {
			must(t, second(s.Keeper.SetDiscreet(t.Context(), s.person, vault.SetDiscreet{Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet})))
		}, nil, []access{inRegister}},
		{"the leader is given a consent", func(s *tale, t *testing.T) {
			s.giveLeader(t, func(x *vault.Terms) { x.Scope = vault.Scope{Documents: []vault.DocumentID{s.docs["quittance-loyer"]}} })
		}, []access{leaderReads}, nil},
		{"the safe is handed over", (*tale).handedOver, []access{handedSheet}, []access{sheet2, leaderReads, leaderSees}},
		{"somebody is shut out", func(s *tale, t *testing.T) {
			must(t, s.Keeper.ShutOut(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Leader]}))
		}, nil, nil},
		{"a consent that names a replacement", func(s *tale, t *testing.T) {
			s.consent = s.give(t, func(x *vault.Terms) {
				x.Replacement, x.Scope = vault.ReplacementSuccessor, vault.Scope{Documents: []vault.DocumentID{s.docs["rib"]}}
			})
		}, nil, nil},
		{"the agent leaves", func(s *tale, t *testing.T) {
			_, err := s.Keeper.EndAgent(t.Context(), s.Login(t, vaulttest.Manager), vault.EndAgent{Agent: s.Agents[vaulttest.Worker]})
			must(t, err)
		}, nil, []access{workerPost}},
		{"a successor", (*tale).succeed, []access{successorReads}, nil},
		{"a recovery", (*tale).recover, []access{sheet3}, []access{handedSheet}},
		{"a freeze", func(s *tale, t *testing.T) { s.lock.freeze(t, s.Login(t, vaulttest.Volunteer)) }, nil, []access{sheet3, pin2, successorReads}},
		{"two agents unfreeze", (*tale).thaw, []access{sheet4}, nil},
	}
}

func (s *tale) renewSheet(t *testing.T) {
	t.Helper()
	sheet, err := s.Keeper.RenewSheet(t.Context(), s.person, vault.RenewSheet{Safe: s.opened.Safe})
	must(t, err)
	s.sheets = append(s.sheets, sheet.Code)
}

func (s *tale) widen(t *testing.T) {
	s.put(t, s.person, "facture-eau")
	_, err := s.Keeper.WidenConsent(t.Context(), s.person, vault.WidenConsent{
		Safe: s.opened.Safe, Consent: s.consent.ID, Documents: []vault.DocumentID{s.docs["facture-eau"]},
	})
	must(t, err)
}

func (s *tale) withdraw(t *testing.T) {
	must(t, s.Keeper.WithdrawConsent(t.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: s.consent.ID}))
}

func (s *tale) comeBack(t *testing.T) {
	ctx, proof := t.Context(), vault.Proof{PIN: s.pins[0], Code: s.sheets[len(s.sheets)-1]}
	beside := s.terms(func(x *vault.Terms) {
		x.Scope, x.Presence, x.From, x.Until = vault.Scope{Drawers: []papers.Drawer{"impots"}}, vault.PresenceNeeded, time.Time{}, time.Time{}
	})
	shown, err := s.Keeper.ShowConsent(ctx, s.worker, beside)
	must(t, err)
	side, err := s.Keeper.StartSideBySide(ctx, s.worker, vault.StartSideBySide{Terms: beside, Shown: shown.Digest, Giving: said(), Proof: proof})
	must(t, err)
	must(t, s.readErr(s.worker, "avis-imposition"))
	back := beside
	back.Presence, back.From = vault.PresenceNot, side.Until.Add(-vault.PresenceTime)
	back.Until = time.Now().Add(7 * oneDay).UTC().Truncate(time.Second)
	shown, err = s.Keeper.ShowConsent(ctx, s.worker, back)
	must(t, err)
	sum, err := s.Keeper.EndSideBySide(ctx, s.worker, vault.EndSideBySide{
		Safe: s.opened.Safe, Until: back.Until, Shown: shown.Digest, Giving: said(), Proof: vault.Proof{PIN: s.pins[0]},
	})
	must(t, err)
	s.consent = vault.Consent{ID: sum.Consent}
}

func (s *tale) newPIN(t *testing.T, digits string) {
	pin := pinOf(t, digits)
	must(t, s.Keeper.SetPIN(t.Context(), s.person, vault.SetPIN{Safe: s.opened.Safe, PIN: pin}))
	s.pins, s.lock.pin = append(s.pins, pin), pin
}

// relink asks for the stranger's login in place of the one that was lost.
func (s *tale) relink(t *testing.T, who session.Principal, approval vault.ApprovalID) error {
	return s.Keeper.RelinkLogin(t.Context(), who, vault.RelinkLogin{
		Request: vault.NewRequestID(), Safe: s.opened.Safe, Login: s.Desk.Issuer.User(t, vaulttest.Stranger), Approval: approval,
	})
}

// agreeOnLogin is two agents' word that another login is the person's: from then
// on it waits.
func (s *tale) agreeOnLogin(t *testing.T) {
	id := s.lock.approve(t, vaulttest.Leader, s.relink(t, s.worker, vault.ApprovalID{}))
	if err := s.relink(t, s.worker, id); !saysWaits(err) {
		t.Fatalf("nothing waits: %v", err)
	}
	s.relinks = append(s.relinks, id)
}

// handedOver is the last day of a workshop, in the person's own session.
func (s *tale) handedOver(t *testing.T) {
	who := s.Login(t, s.owner)
	must(t, s.unlock(t.Context(), who, len(s.sheets)-1))
	act := s.handing(t, who)
	act.PIN = s.pins[len(s.pins)-1] // they keep it: wrong ones are counted, and there are enough of them
	must(t, second(s.Keeper.Handover(t.Context(), who, act)))
	s.sheets = append(s.sheets, act.Code)
	must(t, s.unlock(t.Context(), s.person, len(s.sheets)-1))
}

func (s *tale) recover(t *testing.T) {
	who := s.Login(t, vaulttest.Colleague)
	act := vault.AskRecovery{Request: vault.NewRequestID(), Safe: s.opened.Safe}
	act.Approval = s.lock.approve(t, vaulttest.Counter, second(s.Keeper.AskRecovery(t.Context(), who, act)))
	sheet, err := s.Keeper.AskRecovery(t.Context(), who, act)
	must(t, err)
	s.lock.imported(t, s.lock.answered(t, s.lock.exported(t, 1)), 1)
	s.sheets = append(s.sheets, sheet.Code)
}

func (s *tale) thaw(t *testing.T) {
	who := s.Login(t, vaulttest.Counter)
	act := vault.Unfreeze{Request: vault.NewRequestID(), Safe: s.opened.Safe, Proof: vault.Proof{Code: s.sheets[len(s.sheets)-1]}}
	act.Approval = s.lock.approve(t, vaulttest.Manager, second(s.Keeper.Unfreeze(t.Context(), who, act)))
	sheet, err := s.Keeper.Unfreeze(t.Context(), who, act)
	must(t, err)
	s.sheets = append(s.sheets, sheet.Code)
}
