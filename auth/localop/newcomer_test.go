package localop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A leavingStore belongs to a person whose browser leaves once a value was saved, as far as ctx says; or whose
// machine stops there, where stops says so.
type leavingStore struct {
	*memoryStore
	leave context.CancelFunc
	stops bool
	saved int
}

func (s *leavingStore) Save(ctx context.Context, name string, value []byte) error {
	if s.leave != nil && (ctx.Err() != nil || s.stops && s.saved > 0) {
		return errors.New("gone")
	}
	if err := s.memoryStore.Save(ctx, name, value); err != nil {
		return err
	}
	if s.saved++; s.leave != nil {
		s.leave()
	}
	return nil
}

// Somebody who leaves while their account is made has one, and their code is used up.
func TestAnAccountIsMadeWholeOnceItIsBegun(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	made := invite(t, p, ForPerson)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	p.accounts.store = &leavingStore{memoryStore: p.accounts.store.(*memoryStore), leave: leave}
	inv, err := p.accounts.invited(t.Context(), made.Code.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	hash, err := p.accounts.hasher.hash(t.Context(), Password{text: chosen})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.accounts.settle(ctx, newcomer{invitation: inv, login: "awa", hash: hash}); err != nil {
		t.Fatal(err)
	}
	if who, _, err := p.accounts.authenticate(t.Context(), "awa", chosen); err != nil || who.subject != made.Subject {
		t.Errorf("log in: %v", err)
	}
	if _, err := p.accounts.invited(t.Context(), made.Code.Reveal()); !errors.Is(err, errInvitation) {
		t.Errorf("the code again: %v", err)
	}
}

// A crash between account and subject leaves a code that is still good. Whoever types it with another login
// has that account alone: the first is nobody's, and its password opens nothing.
func TestASubjectHasOneAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newProvider(t)
		made := invite(t, p, ForPerson)
		store := p.accounts.store.(*memoryStore)
		p.accounts.store = &leavingStore{memoryStore: store, leave: func() {}, stops: true}
		if page := newBrowser(t, p).choose(made.Code.Reveal(), "awa", chosen); page.status != http.StatusServiceUnavailable {
			t.Fatalf("%d %s", page.status, page.body)
		}
		p.accounts.store = store
		if _, _, err := p.accounts.authenticate(t.Context(), "awa", chosen); !errors.Is(err, errCredentials) {
			t.Errorf("before its subject names it: %v", err)
		}
		if page := newBrowser(t, p).choose(made.Code.Reveal(), "awa.2", chosen); page.status != http.StatusOK {
			t.Fatalf("%d %s", page.status, page.body)
		}
		if _, _, err := p.accounts.authenticate(t.Context(), "awa", chosen); !errors.Is(err, errCredentials) {
			t.Errorf("a second account of one subject: %v", err)
		}
		if who, _, err := p.accounts.authenticate(t.Context(), "awa.2", chosen); err != nil || who.subject != made.Subject {
			t.Errorf("log in: %v", err)
		}
	})
}

// A flood of codes that nobody was given is counted nowhere, and displaces nobody's count.
func TestCodesOfNobodyAreNotCounted(t *testing.T) {
	t.Parallel()
	p, _ := newProvider(t)
	made := invite(t, p, ForPerson)
	for range 100 {
		if _, err := p.accounts.invited(t.Context(), newInvitationCode().Reveal()); !errors.Is(err, errInvitation) {
			t.Fatal(err)
		}
	}
	if _, err := p.accounts.invited(t.Context(), made.Code.Reveal()[:10]+newInvitationCode().Reveal()[10:]); !errors.Is(err, errInvitation) {
		t.Fatal(err)
	}
	if n, m := len(p.accounts.strikes.by), len(p.accounts.invites.by); n != 0 || m != 1 {
		t.Errorf("%d beside the passwords', %d invitations counted", n, m)
	}
}

// A code that runs out while somebody chooses makes no account.
func TestACodeRunsOutUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, _ := newProvider(t)
		made := invite(t, p, ForPerson)
		time.Sleep(invitationLife - time.Minute)
		inv, err := p.accounts.invited(t.Context(), made.Code.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := p.accounts.settle(t.Context(), newcomer{invitation: inv, login: "awa", hash: "-"}); !errors.Is(err, errInvitation) {
			t.Errorf("%v, want %v", err, errInvitation)
		}
	})
}

// Whoever begins again with one code keeps nobody else out: each invitation has one place, the newest.
func TestAnInvitationHasOnePlaceOnTheWay(t *testing.T) {
	t.Parallel()
	s := newNewcomers()
	add := func(id string) string {
		handle, err := s.add(enrolling{newcomer: newcomer{invitation: invitation{id: id}}})
		if err != nil {
			t.Fatal(err)
		}
		return handle
	}
	first := add("a")
	for range maxNewcomers {
		add("a")
	}
	if len(s.by) != 1 || s.by[first] != nil {
		t.Errorf("%d places", len(s.by))
	}
	for i := range maxNewcomers - 1 {
		add(fmt.Sprint("other", i))
	}
	if _, err := s.add(enrolling{newcomer: newcomer{invitation: invitation{id: strings.Repeat("b", 8)}}}); !errors.Is(err, errBusy) {
		t.Errorf("one too many: %v", err)
	}
}
