package keeper_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A fragile bucket breaks the call that comes next to an object of a safe below this
// folder, as a mistake in the code would.
type fragile struct {
	storage.Bucket
	folder atomic.Pointer[string]
}

func (b *fragile) meet(key storage.Key) {
	if at := b.folder.Load(); at != nil && strings.Contains(string(key), *at) && b.folder.CompareAndSwap(at, nil) {
		panic("broken")
	}
}

func (b *fragile) Get(ctx context.Context, key storage.Key, off, n int64) ([]byte, error) {
	b.meet(key)
	return b.Bucket.Get(ctx, key, off, n)
}

func (b *fragile) Put(ctx context.Context, key storage.Key, c *seal.Ciphertext) error {
	b.meet(key)
	return b.Bucket.Put(ctx, key, c)
}

// onFragile starts a helped safe's service again on a fragile bucket.
func onFragile(t *testing.T) (*helped, *fragile) {
	t.Helper()
	s := newHelped(t)
	s.Stop(t)
	b := &fragile{Bucket: s.Bucket}
	s.Config.Bucket = b
	s.Start(t)
	s.person = s.Unlocked(t, vaulttest.Person, s.opened)
	synctest.Wait() // what a start does by itself is in no call: a panic there ends the process
	return s, b
}

// breaksOff makes a call as the API does, which recovers; it must panic.
func breaksOff(t *testing.T, call func(context.Context)) {
	t.Helper()
	ctx, began := vault.WithBegun(t.Context())
	defer func() {
		if recover() == nil {
			t.Error("the call did not break off")
		}
		began.BrokeOff()
	}()
	call(ctx)
}

// A call that panics holds nothing afterwards: the same request can be made again,
// the journal says that it failed, and the service stops without waiting for it.
func TestACallThatPanicsHoldsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, bucket := onFragile(t)
		contents, bundles := "/o/", "/b/"
		bucket.folder.Store(&contents)
		breaksOff(t, func(ctx context.Context) { _, _ = s.Keeper.Release(ctx, s.person, s.opened.Safe, s.docs["bail"]) })
		if l := lastOf(t, s.House, s.opened.Safe, vault.ActRead); l.Outcome != vault.OutcomeFailed {
			t.Errorf("the journal says of the reading %+v", l)
		}
		must(t, s.readErr(s.person, "bail"))
		act := vault.Entrust{Request: vault.NewRequestID(), Safe: s.opened.Safe, Drawer: "logement", Agreement: "1"}
		bucket.folder.Store(&bundles)
		breaksOff(t, func(ctx context.Context) { _, _ = s.Keeper.Entrust(ctx, s.person, act) })
		if l := lastOf(t, s.House, s.opened.Safe, vault.ActEntrust); l.Outcome != vault.OutcomeFailed {
			t.Errorf("the journal says of the change %+v", l)
		}
		must(t, second(s.Keeper.Entrust(t.Context(), s.person, act)))
		s.Stop(t) // and does not wait
		s.Start(t)
	})
}

// What takes away holds since its intent, and so it does when its call panics: at
// once, and after the next start, which writes it.
func TestWhatIsTakenHoldsWhenItsCallPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newHelped(t)
		s.give(t, nil)
		must(t, s.readErr(s.worker, "bail"))
		breaksOff(t, func(ctx context.Context) { s.Keeper.FreezePanics(ctx, t, s.person, s.opened.Safe) })
		want(t, "at once", s.readErr(s.worker, "bail"), vault.ErrNotFound)
		s.Stop(t) // and does not wait
		s.Start(t)
		want(t, "after a start", s.readErr(s.Login(t, vaulttest.Worker), "bail"), vault.ErrNotFound)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := s.Keeper.MarkedTakings(t); n != 0 {
			t.Errorf("%d safes are marked when all is written", n)
		}
	})
}
