package vault_test

import (
	"bytes"
	"context"
	"errors"
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

// A stalling hold lies between the keeper and a reading like an API node that
// does not get on: it stalls once it has its lease.
type stalling struct {
	vault.Hold
	after func() // nil does not stall
	yes   int    // leases
	back  int    // given back
}

// Continue implements [vault.Hold].
func (s *stalling) Continue(ctx context.Context, read int64) (time.Time, error) {
	until, err := s.Hold.Continue(ctx, read)
	if err == nil {
		s.yes++
		if s.after != nil {
			s.after()
		}
	}
	return until, err
}

// GiveBack implements [vault.Hold].
func (s *stalling) GiveBack() {
	s.back++
	s.Hold.GiveBack()
}

// papersOf are a large and a small content, by how they are kept.
func papersOf(t *testing.T, d *desk) map[string]vault.DocumentID {
	t.Helper()
	all, err := d.put(t, upload(vaulttest.Text("grand", 2*seal.SegmentSize+5000)), upload(vaulttest.Text("petit", 1000)))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]vault.DocumentID{"grand": all[0].Document, "petit": all[1].Document}
}

// Whoever stalls between the keeper's yes and the decryption delays the act that
// takes away by a second, and what they decrypt after that is wiped before it
// leaves them. Opening is under a lease, too.
func TestAReaderThatStallsGetsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		for name, doc := range papersOf(t, d) {
			for _, stalls := range []string{"reading", "opening"} {
				who := d.Unlocked(t, vaulttest.Person, d.opened)
				at := &stalling{Hold: d.Vault.Hold(who)}
				stall := func() { at.after = func() { time.Sleep(5 * time.Second) } }
				if stalls == "opening" {
					stall()
				}
				began, locked := time.Now(), make(chan time.Duration, 1)
				lock := func() {
					time.Sleep(100 * time.Millisecond)
					if err := d.Keeper.Lock(t.Context(), who, d.opened.Safe); err != nil {
						t.Error(err)
					}
					locked <- time.Since(began)
				}
				if stalls == "opening" {
					go lock()
				}
				r, err := d.Vault.Contents().Read(t.Context(), at, d.opened.Safe, doc, 0)
				p := make([]byte, 600)
				if stalls == "reading" {
					if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
						t.Fatal(err)
					}
					stall()
					began = time.Now()
					go lock()
					var n int
					n, err = r.Read(p)
					if n != 0 {
						t.Errorf("%s, %s: %d bytes", name, stalls, n)
					}
					if err := r.Close(); err != nil {
						t.Error(err)
					}
				}
				if !errors.Is(err, vault.ErrLocked) {
					t.Errorf("%s, %s: %v", name, stalls, err)
				}
				if !bytes.Equal(p, make([]byte, len(p))) {
					t.Errorf("%s, %s: the plaintext was left behind", name, stalls)
				}
				if d := <-locked; d != vault.LeaseTime {
					t.Errorf("%s, %s: locked after %v", name, stalls, d)
				}
			}
		}
	})
}

// A bucket that takes its time makes nobody wait who takes away: no lease runs
// while a reading waits for it, and what it answers later is not decrypted.
func TestASlowBucketDelaysNoLock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		doc := papersOf(t, d)["grand"]
		at := &stalling{Hold: d.Vault.Hold(d.person)}
		r, err := d.Vault.Contents().Read(t.Context(), at, d.opened.Safe, doc, seal.SegmentSize-20_000)
		if err != nil {
			t.Fatal(err)
		}
		d.Bucket.Slow(5 * time.Minute)
		var got []byte
		ended := make(chan error, 1)
		go func() {
			b, err := io.ReadAll(r)
			got = b
			ended <- err
		}()
		time.Sleep(time.Minute)
		synctest.Wait() // it waits for the bucket
		asked := at.yes
		began := time.Now()
		if err := d.Keeper.Lock(t.Context(), d.person, d.opened.Safe); err != nil || time.Since(began) != 0 {
			t.Errorf("locked after %v: %v", time.Since(began), err)
		}
		if err := <-ended; !errors.Is(err, vault.ErrLocked) {
			t.Errorf("the reading ends with %v", err)
		}
		if len(got) >= 20_000 || at.yes != asked {
			t.Errorf("%d bytes, %d leases after the lock", len(got), at.yes-asked)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		d.Bucket.Slow(0)
	})
}

// Each lease is given back, whatever becomes of the reading, and a lease covers
// one MiB at most.
func TestEveryLeaseIsGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		for name, doc := range papersOf(t, d) {
			for what, end := range map[string]func(*vault.Reading) error{
				"read to its end": func(r *vault.Reading) error { return second(io.Copy(io.Discard, r)) },
				"cut short":       func(*vault.Reading) error { return nil },
				"broken": func(r *vault.Reading) error {
					d.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
						if op == storagetest.OpGet {
							return storagetest.NotApplied
						}
						return storagetest.None
					})
					defer d.Bucket.SetRule(nil)
					_, _ = io.Copy(io.Discard, r) // a small content needs no bucket
					return nil
				},
			} {
				at := &stalling{Hold: d.Vault.Hold(d.person)}
				r, err := d.Vault.Contents().Read(t.Context(), at, d.opened.Safe, doc, 0)
				if err != nil {
					t.Fatal(err)
				}
				if n, err := r.Read(make([]byte, 3<<20)); n != min(int(r.Document.Size), 1<<20) || err != nil {
					t.Errorf("%s: %d bytes under one lease, %v", name, n, err)
				}
				if err := errors.Join(end(r), r.Close()); err != nil {
					t.Errorf("%s, %s: %v", name, what, err)
				}
				if at.back < at.yes || at.yes == 0 {
					t.Errorf("%s, %s: %d leases, %d given back", name, what, at.yes, at.back)
				}
				began := time.Now()
				if err := d.Keeper.Lock(t.Context(), d.person, d.opened.Safe); err != nil || time.Since(began) != 0 {
					t.Errorf("%s, %s: locked after %v, %v", name, what, time.Since(began), err)
				}
				d.person = d.Unlocked(t, vaulttest.Person, d.opened)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
