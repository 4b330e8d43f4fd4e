package keeper_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// The person says no, to one or to all, also when the bucket takes nothing in;
// an agent of the structure says it for them, and nobody allows it but they.
func TestThePersonForbidsRelays(t *testing.T) {
	t.Parallel()
	for _, by := range []string{vaulttest.Person, vaulttest.Counter} {
		synctest.Test(t, func(t *testing.T) {
			s := newHelped(t)
			s.give(t, nil)
			first, other := s.send(t, nil), s.send(t, nil)
			s.Bucket.SetRule(refused)
			must(t, s.Keeper.ForbidRelays(t.Context(), s.Login(t, by), s.on(first)))
			if err := s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Colleague), s.on(first)); err == nil {
				t.Error("taken after the no")
			}
			s.Crash(t)
			time.Sleep(time.Minute)
			want(t, "what is forbidden", s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Colleague), s.on(first)), vault.ErrTaken)
			must(t, s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Colleague), s.on(other)))
			all := vault.OnRelay{Request: vault.NewRequestID(), Safe: s.opened.Safe}
			must(t, s.Keeper.ForbidRelays(t.Context(), s.Login(t, by), all))
			s.Crash(t)
			for _, r := range s.list(t, vaulttest.Person).Relays {
				if r.State != vault.RelayEnded || r.Ended != vault.EndedRefused {
					t.Errorf("after the no: %+v", r)
				}
			}
			if list := s.list(t, vaulttest.Person); !list.Forbidden || len(list.Relays) != 2 {
				t.Errorf("the person reads %+v", list)
			}
			if list := s.list(t, vaulttest.Worker); list.Forbidden || len(list.Relays) != 2 {
				t.Errorf("the sender reads %+v", list)
			}
			want(t, "a new one", second(s.Keeper.SendRelay(t.Context(), s.Login(t, vaulttest.Worker), s.relay(nil))), vault.ErrDenied)
			allow := vault.AllowRelays{Request: vault.NewRequestID(), Safe: s.opened.Safe}
			want(t, "an agent allows", s.Keeper.AllowRelays(t.Context(), s.Login(t, vaulttest.Counter), allow), vault.ErrNotFound)
			must(t, s.Keeper.AllowRelays(t.Context(), s.Login(t, vaulttest.Person), allow))
			s.send(t, nil)
			if list := s.list(t, vaulttest.Person); list.Forbidden {
				t.Error("still forbidden")
			}
		})
	}
}

// Whom the person shut out is shown no relay and takes none, whoever sends it,
// and the sender is not told: it rings. What they had comes back without a word.
func TestWhoeverIsShutOutIsShownNoRelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.give(t, nil)
		had := s.send(t, nil)
		must(t, s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Colleague), s.on(had)))
		shut := vault.ShutOut{Request: vault.NewRequestID(), Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Colleague]}
		must(t, s.Keeper.ShutOut(t.Context(), s.person, shut))
		s.is(t, vaulttest.Worker, vault.RelayReturned, true)
		s.is(t, vaulttest.Colleague, 0, false)
		must(t, s.Keeper.FinishRelay(t.Context(), s.Login(t, vaulttest.Worker), s.on(had)))

		id := s.send(t, nil) // to the same colleague
		s.is(t, vaulttest.Colleague, 0, false)
		want(t, "taken", s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Colleague), s.on(id)), vault.ErrNotFound)
		want(t, "what never was", s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Colleague), s.on(vault.NewRelayID())), vault.ErrNotFound)
		must(t, s.Keeper.FinishRelay(t.Context(), s.Login(t, vaulttest.Worker), s.on(id)))

		other := s.send(t, func(x *vault.SendRelay) { x.Agent = s.Agents[vaulttest.Leader] })
		must(t, s.Keeper.ShutOut(t.Context(), s.Login(t, vaulttest.Person), vault.ShutOut{
			Request: vault.NewRequestID(), Safe: s.opened.Safe, Structure: s.Structure,
		}))
		for _, who := range []string{vaulttest.Worker, vaulttest.Leader, vaulttest.Manager} {
			s.is(t, who, 0, false)
		}
		want(t, "of a structure shut out", s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Leader), s.on(other)), vault.ErrNotFound)
	})
}

// A freeze ends every relay; they do not come back, and nobody is told.
func TestAFreezeEndsRelays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.give(t, nil)
		id := s.send(t, nil)
		s.Bucket.SetRule(refused)
		must(t, s.Keeper.Freeze(t.Context(), s.Login(t, vaulttest.Person), vault.Freeze{Request: vault.NewRequestID(), Safe: s.opened.Safe}))
		for range 2 {
			for _, who := range []string{vaulttest.Worker, vaulttest.Colleague, vaulttest.Manager} {
				s.is(t, who, 0, false)
			}
			want(t, "taken", s.Keeper.TakeRelay(t.Context(), s.Login(t, vaulttest.Colleague), s.on(id)), vault.ErrNotFound)
			s.Crash(t)
			time.Sleep(time.Minute)
		}
	})
}

// A discreet safe's relays name nobody to who looks over the person's shoulder,
// and ring in no list but those of who has to do with them.
func TestADiscreetRelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		entry := vault.RegisterEntry{Name: "EXEMPLE Personne", Birth: "1980-01-00", Language: "fr"}
		must(t, s.Keeper.SetRegister(t.Context(), s.person, vault.SetRegister{Safe: s.opened.Safe, Entry: entry}))
		s.give(t, nil)
		s.send(t, func(x *vault.SendRelay) { x.Alarm = time.Now().Add(time.Hour).Truncate(time.Second) })
		if got := s.is(t, vaulttest.Colleague, vault.RelaySent, false); got.Name != entry.Name {
			t.Errorf("the colleague reads %+v", got)
		}
		must(t, second(s.Keeper.SetDiscreet(t.Context(), s.person, vault.SetDiscreet{Safe: s.opened.Safe, Discreet: vault.DiscretionDiscreet})))
		later(t, s.House, 2*time.Hour)
		s.is(t, vaulttest.Worker, vault.RelaySent, true)
		s.is(t, vaulttest.Manager, 0, false)
		if got := s.is(t, vaulttest.Person, vault.RelaySent, true); got.From != "" || got.To != "" || got.Name != "" {
			t.Errorf("the person reads %+v", got)
		}
		if got := s.is(t, vaulttest.Colleague, vault.RelaySent, true); got.Name != "" {
			t.Errorf("the colleague reads %+v", got)
		}
	})
}

// A relayWrite is one write about relays that can go wrong.
type relayWrite struct {
	name   string
	writes int
	takes  bool
	by     string
	try    func(s *helped, t *testing.T, who session.Principal, id vault.RelayID, request vault.RequestID) error
	want   vault.RelayState
}

func relayWrites() []relayWrite {
	on := func(act func(*helped) func(*testing.T, session.Principal, vault.OnRelay) error) func(*helped, *testing.T, session.Principal, vault.RelayID, vault.RequestID) error {
		return func(s *helped, t *testing.T, who session.Principal, id vault.RelayID, request vault.RequestID) error {
			return act(s)(t, who, vault.OnRelay{Request: request, Safe: s.opened.Safe, Relay: id})
		}
	}
	take := func(s *helped) func(*testing.T, session.Principal, vault.OnRelay) error {
		return func(t *testing.T, who session.Principal, act vault.OnRelay) error {
			return s.Keeper.TakeRelay(t.Context(), who, act)
		}
	}
	forbid := func(s *helped) func(*testing.T, session.Principal, vault.OnRelay) error {
		return func(t *testing.T, who session.Principal, act vault.OnRelay) error {
			return s.Keeper.ForbidRelays(t.Context(), who, act)
		}
	}
	finish := func(s *helped) func(*testing.T, session.Principal, vault.OnRelay) error {
		return func(t *testing.T, who session.Principal, act vault.OnRelay) error {
			return s.Keeper.FinishRelay(t.Context(), who, act)
		}
	}
	return []relayWrite{
		{"take", 2, false, vaulttest.Colleague, on(take), vault.RelayTaken},
		{"finish", 2, false, vaulttest.Worker, on(finish), vault.RelayDone},
		{"forbid", 2, true, vaulttest.Person, on(forbid), vault.RelayEnded},
	}
}

// Every write about relays × every way it can go wrong × restart: what was
// acknowledged is there, a retry does it once, a no holds whatever the bucket
// says.
func TestEveryRelaySurvivesEveryFault(t *testing.T) {
	t.Parallel()
	for _, a := range relayWrites() {
		for name, fault := range writeFaults() {
			for nth := range a.writes {
				t.Run(fmt.Sprintf("%s/%s/write %d", a.name, name, nth+1), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { oneRelayFault(t, a, fault, nth) })
				})
			}
		}
	}
	t.Run("send", func(t *testing.T) {
		t.Parallel()
		for _, fault := range writeFaults() {
			synctest.Test(t, func(t *testing.T) { sentOnce(t, fault) })
		}
	})
}

func oneRelayFault(t *testing.T, a relayWrite, fault storagetest.Fault, nth int) {
	s := newHelped(t)
	s.give(t, nil)
	id := s.send(t, nil)
	happened := func() bool {
		t.Helper()
		all := s.list(t, vaulttest.Worker).Relays
		return len(all) == 1 && all[0].State == a.want
	}
	who := s.Login(t, a.by)
	s.Bucket.FailWritesAfter(nth, fault)
	request := vault.NewRequestID()
	err := a.try(s, t, who, id, request)
	if a.takes && (err != nil || !happened()) {
		t.Errorf("a no waits for the bucket: %v", err)
	}
	late := s.Bucket
	s.Crash(t)
	late.Land(t.Context())
	if err == nil && !happened() {
		t.Error("acknowledged, and lost")
	}
	if err := a.try(s, t, s.Login(t, a.by), id, request); err != nil {
		t.Errorf("the retry: %v", err)
	}
	time.Sleep(time.Minute)
	if !happened() {
		t.Error("the retry did not do it")
	}
	(&scene{House: s.House}).sound(t)
	if !happened() {
		t.Error("it did not survive a stop in good order")
	}
}

func sentOnce(t *testing.T, fault storagetest.Fault) {
	for nth := range 2 {
		s := newHelped(t)
		s.give(t, nil)
		act := s.relay(nil)
		s.Bucket.FailWritesAfter(nth, fault)
		_, err := s.Keeper.SendRelay(t.Context(), s.Login(t, vaulttest.Worker), act)
		late := s.Bucket
		s.Crash(t)
		late.Land(t.Context())
		if n := len(s.list(t, vaulttest.Worker).Relays); err == nil && n != 1 || n > 1 {
			t.Errorf("%d relays after %v", n, err)
		}
		if _, err := s.Keeper.SendRelay(t.Context(), s.Login(t, vaulttest.Worker), act); err != nil {
			t.Errorf("the retry: %v", err)
		}
		if n := len(s.list(t, vaulttest.Colleague).Relays); n != 1 {
			t.Errorf("%d relays after the retry", n)
		}
		(&scene{House: s.House}).sound(t)
	}
}

// A request sends one relay, whatever became of its first try: the same id in
// both intents, and no second record where only the bucket's answer got lost.
func TestARetrySendsTheSameRelay(t *testing.T) {
	t.Parallel()
	for name, fault := range writeFaults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { resent(t, fault) })
		})
	}
}

func resent(t *testing.T, fault storagetest.Fault) {
	s := newHelped(t)
	s.give(t, nil)
	act, who := s.relay(nil), s.Login(t, vaulttest.Worker)
	from := s.Keeper.Flush(t)
	s.Bucket.FailNext(storagetest.OpPut, fault)
	first, err := s.Keeper.SendRelay(t.Context(), who, act)
	if lost := fault == storagetest.AppliedButLost; lost != (err == nil) {
		t.Errorf("the first try: %v", err)
	}
	again, err := s.Keeper.SendRelay(t.Context(), who, act)
	if err != nil || !first.IsZero() && first != again {
		t.Errorf("first %v, then %v: %v", first, again, err)
	}
	tries := 0
	for _, l := range s.Keeper.Leaves(t, from) {
		if vault.Act(l.Op) == vault.ActSendRelay && strings.Contains(l.Opened, again.String()) {
			tries++
		}
	}
	if tries < 2 {
		t.Errorf("%d leaves name the relay", tries)
	}
	if n := len(s.list(t, vaulttest.Colleague).Relays); n != 1 {
		t.Errorf("%d relays", n)
	}
	// Another request of the same words is another relay; this one, long after its
	// answer is forgotten, is not sent over the one there is.
	time.Sleep(25 * time.Hour)
	act.Due = time.Now().Add(oneDay).UTC().Truncate(time.Second)
	want(t, "the same id a day later", second(s.Keeper.SendRelay(t.Context(), s.Login(t, vaulttest.Worker), act)), vault.ErrConflict)
}
