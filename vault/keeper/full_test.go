package keeper_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A small is a house where one safe holds 256 KiB.
type small struct {
	*vaulttest.House
	opened          vault.OpenedSafe
	person, counter session.Principal
}

func newSmall(t *testing.T) *small {
	t.Helper()
	h := vaulttest.New(t)
	h.Config.SafeBytes = 256 << 10
	h.Restart(t)
	s := &small{House: h, opened: h.OpenSafe(t, vaulttest.Person)}
	s.person, s.counter = h.Unlocked(t, vaulttest.Person, s.opened), h.Login(t, vaulttest.Counter)
	return s
}

func (s *small) deposit(ctx context.Context, who session.Principal, safe vault.SafeID, sizes ...int) ([]vault.Receipt, error) {
	var all []vaulttest.Paper
	for _, size := range sizes {
		all = append(all, vaulttest.Paper{Title: "x", Body: vaulttest.Text("x", size)})
	}
	return s.Deposit(ctx, who, safe, all...)
}

func (s *small) begin(t *testing.T) vault.ReleaseID {
	t.Helper()
	ticket, err := s.Keeper.BeginDeposit(t.Context(), s.counter, vault.BeginDeposit{Request: vault.NewRequestID(), Safe: s.opened.Safe})
	must(t, err)
	return ticket.ID
}

func (s *small) place(t *testing.T, ticket vault.ReleaseID, size int64) error {
	t.Helper()
	return second(s.Keeper.Place(t.Context(), s.counter, ticket, vault.Deposit{MediaType: vault.MediaText, Size: size}))
}

func (s *small) memos(t *testing.T, who session.Principal, n int) error {
	t.Helper()
	act := vault.PutMemos{Request: vault.NewRequestID(), Safe: s.opened.Safe}
	for range n {
		act.Memos = append(act.Memos, vault.NewMemo{Memo: vault.Memo{Body: "caf"}, Secret: secretOf(oldSecret)})
	}
	return second(s.Keeper.PutMemos(t.Context(), who, act))
}

// A safe holds what the operator lets one safe hold: more is refused before a byte
// is stored, whoever brings it, in one deposit or in several at once. Only the
// person is told that it is full. Other safes take papers as before, and what is
// destroyed makes room.
func TestASafeThatIsFullTakesNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSmall(t)
		other := s.OpenSafe(t, vaulttest.Stranger)
		first, err := s.deposit(t.Context(), s.person, s.opened.Safe, 130<<10)
		must(t, err)

		one, two := s.begin(t), s.begin(t)
		must(t, s.place(t, one, 60<<10))
		isRefused(t, "while another is on its way", s.place(t, two, 60<<10), vault.ErrNoRoom)
		isRefused(t, "in the same batch", s.place(t, one, 60<<10), vault.ErrNoRoom)
		must(t, s.place(t, two, 4<<10))
		must(t, s.Keeper.AbandonDeposit(t.Context(), s.counter, one, vault.OutcomeFailed))
		must(t, s.place(t, two, 60<<10))
		must(t, s.Keeper.AbandonDeposit(t.Context(), s.counter, two, vault.OutcomeFailed))

		before := len(s.Bucket.Keys())
		isRefused(t, "the person", second(s.deposit(t.Context(), s.person, s.opened.Safe, 130<<10)), vault.ErrFull)
		isRefused(t, "an agent", second(s.deposit(t.Context(), s.counter, s.opened.Safe, 1<<10, 130<<10)), vault.ErrNoRoom)
		isRefused(t, "memos", s.memos(t, s.counter, 60), vault.ErrNoRoom)
		if n := len(s.Bucket.Keys()); n > before {
			t.Errorf("%d objects more for what was refused", n-before)
		}
		must(t, second(s.deposit(t.Context(), s.counter, other.Safe, 130<<10)))
		must(t, s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: first[0].Document}))
		must(t, second(s.deposit(t.Context(), s.person, s.opened.Safe, 130<<10)))
	})
}

// A memo counts, and so does every secret that it had before: entries stay. Putting
// a new secret in is not refused for room.
func TestMemosAndTheirPastTakeRoom(t *testing.T) {
	t.Parallel()
	s := newSmall(t)
	ids, err := s.Keeper.PutMemos(t.Context(), s.person, vault.PutMemos{Safe: s.opened.Safe, Memos: []vault.NewMemo{
		{Memo: vault.Memo{Body: "caf"}, Secret: secretOf(oldSecret)},
	}})
	must(t, err)
	must(t, s.memos(t, s.person, 20))
	must(t, s.memos(t, s.person, 10))
	for range 20 {
		secret := secretOf(newSecretText)
		must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Safe: s.opened.Safe, Document: ids[0], Secret: &secret}))
	}
	isRefused(t, "ten more", s.memos(t, s.person, 10), vault.ErrFull)
	secret := secretOf(oldSecret)
	must(t, s.Keeper.ChangeMemo(t.Context(), s.person, vault.ChangeMemo{Safe: s.opened.Safe, Document: ids[0], Secret: &secret}))
}

// What is on its way counts until its entry is known to be there, or never to be:
// between the two there is no moment at which more gets in.
func TestWhatIsBeingWrittenTakesRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSmall(t)
		s.entries(storagetest.NotApplied)
		if err := second(s.deposit(t.Context(), s.counter, s.opened.Safe, 130<<10)); !errors.Is(err, vault.ErrUnavailable) {
			t.Fatalf("an entry that is refused: %v", err)
		}
		synctest.Wait()
		s.entries(storagetest.Vanishes)
		if err := second(s.deposit(t.Context(), s.counter, s.opened.Safe, 130<<10)); !errors.Is(err, vault.ErrUnavailable) {
			t.Fatalf("an entry that is undecided: %v", err)
		}
		ticket := s.begin(t)
		isRefused(t, "while the entry is undecided", s.place(t, ticket, 130<<10), vault.ErrNoRoom)
		s.Bucket.SetRule(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		isRefused(t, "once it is there", s.place(t, ticket, 130<<10), vault.ErrNoRoom)
		must(t, s.place(t, ticket, 50<<10))
	})
}

// entries lets a fault befall the entries of safes.
func (s *small) entries(f storagetest.Fault) {
	s.Bucket.SetRule(func(op storagetest.Op, key storage.Key) storagetest.Fault {
		if op == storagetest.OpCommit && strings.HasPrefix(string(key), "v1/s/") {
			return f
		}
		return storagetest.None
	})
}

// What was stored for a deposit that nobody ends goes with its time, and does not
// lie there for a day.
func TestADepositThatNobodyEndsLeavesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSmall(t)
		ticket := s.begin(t)
		slot, err := s.Keeper.Place(t.Context(), s.counter, ticket, vault.Deposit{MediaType: vault.MediaText, Size: 130 << 10})
		must(t, err)
		s.Bucket.Plant(slot.Key, vaulttest.Text("x", 130<<10))
		time.Sleep(40 * time.Minute)
		synctest.Wait()
		if slices.Contains(s.Bucket.Keys(), slot.Key) {
			t.Error("what was stored for a deposit that is over still lies there")
		}
		must(t, second(s.deposit(t.Context(), s.Login(t, vaulttest.Counter), s.opened.Safe, 130<<10)))
	})
}

// Papers that look for room while entries of the same safe land wait for nobody: an
// entry lands with the safe held, and says then that its papers arrived.
func TestLookingForRoomWhileEntriesLand(t *testing.T) {
	t.Parallel()
	s := newSmall(t)
	s.Config.SafeBytes = 1 << 30
	s.Restart(t)
	s.counter = s.Login(t, vaulttest.Counter)
	var g errgroup.Group
	for range 4 {
		ticket := s.begin(t)
		g.Go(func() error {
			for range vault.MaxBatch {
				_, err := s.Keeper.Place(t.Context(), s.counter, ticket, vault.Deposit{MediaType: vault.MediaText, Size: 1})
				if err != nil {
					return err
				}
			}
			return s.Keeper.AbandonDeposit(t.Context(), s.counter, ticket, vault.OutcomeFailed)
		})
		g.Go(func() error {
			for range 25 {
				act := vault.PutMemos{Request: vault.NewRequestID(), Safe: s.opened.Safe, Memos: []vault.NewMemo{
					{Memo: vault.Memo{Body: "caf"}, Secret: secretOf(oldSecret)},
				}}
				if _, err := s.Keeper.PutMemos(t.Context(), s.counter, act); err != nil {
					return err
				}
			}
			return nil
		})
	}
	must(t, g.Wait())
}
