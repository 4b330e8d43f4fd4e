package keeper_test

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// tries hands over what was prepared.
func (s *helped) tries(t *testing.T, act vault.Handover) error {
	t.Helper()
	act.Request = vault.NewRequestID()
	return second(s.Keeper.Handover(t.Context(), s.person, act))
}

// A prepared handover is void once anything opens the safe that was not there when it
// was prepared: it would end that unsaid. Nothing has changed then.
func TestWhatVoidsAPreparedHandover(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*helped, *testing.T){
		"another sheet": func(s *helped, t *testing.T) {
			sheet, err := s.Keeper.RenewSheet(t.Context(), s.person, vault.RenewSheet{Safe: s.opened.Safe})
			must(t, err)
			s.opened.Code = sheet.Code
		},
		"a phone": func(s *helped, t *testing.T) {
			must(t, second(s.Keeper.AddPhone(t.Context(), s.person, vault.AddPhone{Safe: s.opened.Safe, Recipient: newPhone(t).Recipient(), Label: "neuf"})))
		},
		"a recovery kit": func(s *helped, t *testing.T) {
			must(t, second(s.Keeper.MakeKit(t.Context(), s.person, vault.MakeKit{Safe: s.opened.Safe})))
		},
		"a freeze": func(s *helped, t *testing.T) {
			must(t, s.Keeper.Freeze(t.Context(), s.person, vault.Freeze{Safe: s.opened.Safe}))
			thaw := vault.Unfreeze{Safe: s.opened.Safe, Proof: vault.Proof{Code: s.opened.Code}}
			thaw.Approval = s.approved(t, second(s.Keeper.Unfreeze(t.Context(), s.worker, thaw)))
			sheet, err := s.Keeper.Unfreeze(t.Context(), s.worker, thaw)
			must(t, err)
			s.opened.Code = sheet.Code
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newHelped(t)
				act := s.handing(t, s.person)
				between(s, t)
				must(t, s.Keeper.Unlock(t.Context(), s.person, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}))
				want(t, name, s.tries(t, act), vault.ErrTicket)
				must(t, s.Keeper.Unlock(t.Context(), s.person, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}))
				want(t, "prepared anew", s.tries(t, s.handing(t, s.person)), nil)
			})
		})
	}
}

// What does not void it: the leader was shut out, left, or had something more agreed
// with the person meanwhile, which ends with the rest; a way in went, and does not
// come back.
func TestWhatMayHappenBeforeAPreparedHandover(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*helped, *testing.T){
		"another consent": func(s *helped, t *testing.T) { s.giveLeader(t, nil) },
		"the leader is shut out": func(s *helped, t *testing.T) {
			must(t, s.Keeper.ShutOut(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Leader]}))
		},
		"the leader leaves": func(s *helped, t *testing.T) {
			must(t, second(s.Keeper.EndAgent(t.Context(), s.Login(t, vaulttest.Manager), vault.EndAgent{Agent: s.Agents[vaulttest.Leader]})))
			time.Sleep(time.Minute) // what follows of it in each safe is a sweep
		},
		"escrow B is refused": func(s *helped, t *testing.T) {
			must(t, (&lockScene{House: s.House, opened: s.opened}).remove(t, s.person, vault.WayEscrow))
		},
		"locked, and unlocked again": func(s *helped, t *testing.T) {
			must(t, s.Keeper.Lock(t.Context(), s.person, s.opened.Safe))
			want(t, "locked", s.tries(t, vault.Handover{Safe: s.opened.Safe}), vault.ErrLocked)
			must(t, s.Keeper.Unlock(t.Context(), s.person, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newHelped(t)
				s.giveLeader(t, nil)
				act := s.handing(t, s.person)
				between(s, t)
				want(t, name, s.tries(t, act), nil)
				list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
				if err != nil || states(list, vault.ConsentLive, 0) > 0 {
					t.Errorf("%d consents, not all of them over: %v", len(list), err)
				}
				if name != "the leader leaves" {
					s.leaderFindsNothing(t, s.leader(t))
				}
				ways, err := s.Keeper.Ways(t.Context(), s.person, s.opened.Safe)
				if n := len(ways); err != nil || (n == 2) == (name == "escrow B is refused") {
					t.Errorf("%d ways in, %v", n, err)
				}
			})
		})
	}
}

// A retry with another PIN, or another code, is another handover: the person must
// not think that it was taken. After a crash, where the record alone knows of the
// first, a wrong PIN is a guess like any other.
func TestAHandoverIsTriedAgainWithTheSamePIN(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	act := s.handing(t, s.person)
	first, err := s.Keeper.Handover(t.Context(), s.person, act)
	must(t, err)
	again, err := s.Keeper.Handover(t.Context(), s.person, act)
	if err != nil || !again.Since.Equal(first.Since) || again.Passport != first.Passport {
		t.Errorf("tried again: %+v, %v; the first %+v", again, err, first)
	}
	otherPIN, otherSheet := act, act
	otherPIN.PIN, otherSheet.Code = pinOf(t, "280193"), otherCode(t)
	want(t, "another PIN", second(s.Keeper.Handover(t.Context(), s.person, otherPIN)), vault.ErrConflict)
	want(t, "another code", second(s.Keeper.Handover(t.Context(), s.person, otherSheet)), vault.ErrConflict)
	for range 5 {
		want(t, "another request, another PIN", s.tries(t, otherPIN), vault.ErrPIN)
	}
	want(t, "too many", s.tries(t, act), vault.ErrPINBlocked)
}

// A consent to the leader that was on its way when the safe was handed over ends with
// the others: it would be back when the leader is let help again.
func TestAConsentOnItsWayEndsWithAHandover(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		act := s.handing(t, s.person)
		s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
			if op == storagetest.OpCommit {
				time.Sleep(10 * time.Second) // more than a caller waits, less than the bucket may take
			}
			return storagetest.None
		})
		terms := s.terms(func(x *vault.Terms) {
			x.Agent, x.Function = s.Agents[vaulttest.Leader], vault.FunctionWorkshopLeader
		})
		want(t, "a consent on its way", second(s.offer(t.Context(), s.person, terms, vault.GiveConsent{Giving: inPerson})), vault.ErrUnavailable)
		want(t, "handed over", s.tries(t, act), nil)
		time.Sleep(time.Minute)
		s.Bucket.SetRule(nil)
		s.leaderFindsNothing(t, s.leader(t))
		list, err := s.Keeper.Consents(t.Context(), s.person, s.opened.Safe)
		if err != nil || states(list, vault.ConsentEnded, vault.EndedHandover) != 1 || states(list, vault.ConsentLive, 0) > 0 {
			t.Errorf("%d consents, not all of them over: %v", len(list), err)
		}
	})
}

// A deposit that the leader began before the handover does not come in after it.
func TestADepositBegunBeforeAHandoverIsRefused(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(*helped, *testing.T){
		"handed over": func(s *helped, t *testing.T) { s.handOver(t) },
		"shut out": func(s *helped, t *testing.T) {
			must(t, s.Keeper.ShutOut(t.Context(), s.person, vault.ShutOut{Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Leader]}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, begun := newHelped(t), false
			before := s.sees(t, s.person)
			_, err := s.Vault.Deposit(t.Context(), s.leader(t), vault.BeginDeposit{Safe: s.opened.Safe}, func() (vault.Upload, error) {
				if begun {
					return vault.Upload{}, io.EOF
				}
				begun = true
				away(s, t)
				body := []byte("arrivé après")
				return vault.Upload{
					Description: vault.Description{Title: "x", FileName: "x.txt"}, Size: int64(len(body)), Body: bytes.NewReader(body),
					Announced: func() (seal.Digest, error) { return seal.DigestOf(body), nil },
				}, nil
			})
			want(t, name, err, vault.ErrNotFound)
			equal(t, "the person sees", s.sees(t, s.person), before...)
		})
	}
}

// Whoever unlocks by another way in while a handover waits for the bucket is locked
// again when it lands: what they opened is not the newest key.
func TestAnUnlockDuringAHandoverEndsWithIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, phone := newHelped(t), newPhone(t)
		must(t, second(s.Keeper.AddPhone(t.Context(), s.person, vault.AddPhone{Safe: s.opened.Safe, Recipient: phone.Recipient(), Label: "neuf"})))
		act := s.handing(t, s.person)
		s.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
			if op == storagetest.OpCommit {
				return storagetest.NotApplied
			}
			return storagetest.None
		})
		want(t, "handed over", s.tries(t, act), nil)
		who := s.Login(t, vaulttest.Person)
		must(t, s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Phone: phone, PIN: newPIN(t)}))
		want(t, "the old sheet, before it is written", s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Code: s.opened.Code}), vault.ErrCode)
		s.Bucket.SetRule(nil)
		time.Sleep(time.Minute)
		s.put(t, s.person, "passeport")
		want(t, "the session of the phone", second(s.Keeper.List(t.Context(), who, vault.List{Safe: s.opened.Safe, Limit: 100})), vault.ErrLocked)
		must(t, s.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: s.opened.Safe, Phone: phone, PIN: newPIN(t)}))
		equal(t, "by the phone", s.reads(t, who), s.kinds()...)
		equal(t, "where it was handed over", s.reads(t, s.person), s.kinds()...)
	})
}
