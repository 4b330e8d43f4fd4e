package keeper_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// home is what an agent is listed without naming a safe: whom they help, and the
// relays they have to do with.
func (s *helped) home(t testing.TB, who string) (helped []vault.Helped, relays []vault.Relay, errs [2]error) {
	t.Helper()
	helped, errs[0] = s.Keeper.Helped(t.Context(), s.Login(t, who), vault.ListHelped{Limit: vault.MaxPage})
	list, err := s.Keeper.Relays(t.Context(), s.Login(t, who), vault.ListRelays{Limit: vault.MaxPage})
	errs[1] = err
	return helped, list.Relays, errs
}

// Whether somebody is shut out stands in the safe and not in the index. While the
// safe cannot be read, the index alone answers nobody: who was shut out a moment
// before would read of the person. What waits does not get lost for the
// others: they are told to ask again.
func TestNoListIsAnsweredFromTheIndexAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.give(t, nil)
		s.send(t, nil)
		s.Restart(t) // nothing of it is announced and unconfirmed
		s.Bucket.SetRule(writesDown)
		must(t, s.Keeper.ShutOut(t.Context(), s.Login(t, vaulttest.Person), vault.ShutOut{
			Request: vault.NewRequestID(), Safe: s.opened.Safe, Agent: s.Agents[vaulttest.Worker],
		}))
		s.PowerCut(t)
		s.Bucket.SetRule(safesDown)
		s.Start(t)
		helped, relays, errs := s.home(t, vaulttest.Worker)
		if len(helped)+len(relays) != 0 || !errors.Is(errs[0], vault.ErrUnavailable) || !errors.Is(errs[1], vault.ErrUnavailable) {
			t.Errorf("who was shut out is answered %+v, %+v, %v", helped, relays, errs)
		}
		_, relays, errs = s.home(t, vaulttest.Colleague)
		if len(relays) != 0 || !errors.Is(errs[1], vault.ErrUnavailable) {
			t.Errorf("whom the relay is for is answered %+v, %v", relays, errs)
		}
		s.Bucket.SetRule(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		if helped, relays, errs := s.home(t, vaulttest.Worker); errs != [2]error{} || len(helped)+len(relays) != 0 {
			t.Errorf("once it is read again, who was shut out is answered %+v, %+v, %v", helped, relays, errs)
		}
	})
}

// A safe that was altered in the bucket keeps nobody from the others on their list.
func TestAnAlteredSafeIsLeftOutOfLists(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	s.give(t, nil)
	s.send(t, nil)
	other := help(t, s.House, "autre-fictive", vault.ReplacementNone)
	s.Stop(t)
	for _, key := range s.Bucket.Keys() {
		if strings.HasPrefix(string(key), "v1/s/"+s.opened.Safe.String()+"/m/") {
			s.Bucket.Flip(key, 300)
		}
	}
	s.Start(t)
	helped, relays, errs := s.home(t, vaulttest.Worker)
	if errs != [2]error{} || len(helped) != 1 || helped[0].Safe != other.opened.Safe || len(relays) != 0 {
		t.Errorf("%+v, %+v, %v", helped, relays, errs)
	}
}
