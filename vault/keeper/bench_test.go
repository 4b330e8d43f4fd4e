package keeper_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

const benched = 200 << 10

type bench struct {
	*vaulttest.House
	opened vault.OpenedSafe
	person session.Principal
	body   []byte
}

func newBench(b *testing.B) *bench {
	b.Helper()
	h := vaulttest.New(b)
	x := &bench{House: h, opened: h.OpenSafe(b, vaulttest.Person), body: vaulttest.Text("papier", benched)}
	x.person = h.Unlocked(b, vaulttest.Person, x.opened)
	return x
}

func (x *bench) deposit(b *testing.B, n int) []vault.Receipt {
	b.Helper()
	papers := make([]vaulttest.Paper, n)
	for i := range papers {
		papers[i] = vaulttest.Paper{Title: "papier", Body: x.body}
	}
	r, err := x.Deposit(b.Context(), x.person, x.opened.Safe, papers...)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// A deposit of 200 KiB, beside its floor: sealing it and putting it into the
// same bucket, without decision, trail, chain or receipt.
func BenchmarkDeposit(b *testing.B) {
	x := newBench(b)
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(benched)
		to, err := seal.NewIdentity()
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			c, err := seal.SealContent(bytes.NewReader(x.body), benched, seal.Bind(seal.KindContent, "bench"), to.Recipient())
			if err != nil {
				b.Fatal(err)
			}
			if err := x.Bucket.Put(b.Context(), storage.Key("v1/bench/"+vault.NewObjectID().String()), c.Ciphertext()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("one", func(b *testing.B) {
		b.SetBytes(benched)
		for b.Loop() {
			x.deposit(b, 1)
		}
	})
	b.Run("8 in flight", func(b *testing.B) {
		b.SetBytes(8 * benched)
		for b.Loop() {
			var g sync.WaitGroup
			for range 8 {
				g.Go(func() { x.deposit(b, 1) })
			}
			g.Wait()
		}
	})
	b.Run("batch of 25", func(b *testing.B) {
		b.SetBytes(25 * benched)
		for b.Loop() {
			x.deposit(b, 25)
		}
	})
}

// A read of 200 KiB, beside its floor: getting the object and opening it with
// its key in hand.
func BenchmarkRead(b *testing.B) {
	x := newBench(b)
	doc := x.deposit(b, 1)[0].Document
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(benched)
		rel, err := x.Keeper.Release(b.Context(), x.person, x.opened.Safe, doc)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			r, err := seal.OpenContent(b.Context(), func(ctx context.Context, off, n int64) ([]byte, error) {
				return x.Bucket.Get(ctx, rel.Key, off, n)
			}, rel.Stored, rel.FileKey, rel.Binding)
			if err != nil {
				b.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, io.NewSectionReader(r, 0, r.Size())); n != benched || err != nil {
				b.Fatal(n, err)
			}
		}
		if err := x.Keeper.Conclude(b.Context(), rel.ID, vault.OutcomeDone, benched); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(benched)
		for b.Loop() {
			if _, err := x.Read(b.Context(), x.person, x.opened.Safe, doc, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// An unlock, beside its floor: one Argon2id hash of a code.
func BenchmarkUnlock(b *testing.B) {
	x := newBench(b)
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			if _, err := x.opened.Code.Identity(x.opened.Sheet.String()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("unlock", func(b *testing.B) {
		for b.Loop() {
			if err := x.Keeper.Unlock(b.Context(), x.person, vault.Unlock{Safe: x.opened.Safe, Code: x.opened.Code}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// A list of a thousand papers: the first of a session opens every description,
// the next ones find them.
func BenchmarkList(b *testing.B) {
	x := newBench(b)
	for range 10 {
		papers := make([]vaulttest.Paper, 100)
		for i := range papers {
			papers[i] = vaulttest.Paper{Title: fmt.Sprint("papier ", i), Body: []byte("x")}
		}
		if _, err := x.Deposit(b.Context(), x.person, x.opened.Safe, papers...); err != nil {
			b.Fatal(err)
		}
	}
	list := func(b *testing.B) {
		docs, err := x.Keeper.List(b.Context(), x.person, vault.List{Safe: x.opened.Safe, Limit: 1000})
		if err != nil || len(docs) != 1000 {
			b.Fatal(len(docs), err)
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			if err := x.Keeper.Unlock(b.Context(), x.person, vault.Unlock{Safe: x.opened.Safe, Code: x.opened.Code}); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
			list(b)
		}
	})
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			list(b)
		}
	})
}

// A read of 100 MiB, beside its floor, by the owner and by an agent: what the
// leases cost is the difference. A lease alone is one step of it without any
// content.
func BenchmarkReadLarge(b *testing.B) {
	s, body := newHelped(b), vaulttest.Text("grand", 100<<20)
	r, err := s.Deposit(b.Context(), s.person, s.opened.Safe, vaulttest.Paper{Title: "grand", Kind: "bail", Body: body})
	if err != nil {
		b.Fatal(err)
	}
	s.give(b, nil)
	rel, err := s.Keeper.Release(b.Context(), s.person, s.opened.Safe, r[0].Document)
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 256<<10) // as much as one message holds
	all := func(b *testing.B, r io.Reader) {
		b.Helper()
		if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, buf); n != int64(len(body)) || err != nil {
			b.Fatal(n, err)
		}
	}
	b.Run("floor", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			c, err := seal.OpenContent(b.Context(), func(ctx context.Context, off, n int64) ([]byte, error) {
				return s.Bucket.Get(ctx, rel.Key, off, n)
			}, rel.Stored, rel.FileKey, rel.Binding)
			if err != nil {
				b.Fatal(err)
			}
			all(b, io.NewSectionReader(c, 0, c.Size()))
		}
	})
	for name, who := range map[string]session.Principal{"owner": s.person, "agent": s.worker} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if name == "agent" {
					s.Keeper.ForgetLimits()
				}
				r, err := s.Vault.Read(b.Context(), who, s.opened.Safe, r[0].Document, 0)
				if err != nil {
					b.Fatal(err)
				}
				all(b, r)
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("a lease, "+name, func(b *testing.B) {
			s.Keeper.ForgetLimits()
			rel, err := s.Keeper.Release(b.Context(), who, s.opened.Safe, r[0].Document)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.Keeper.Continue(b.Context(), rel.ID); err != nil {
					b.Fatal(err)
				}
				s.Keeper.GiveBack(rel.ID)
			}
			if err := s.Keeper.Conclude(b.Context(), rel.ID, vault.OutcomeDone, 0); err != nil {
				b.Fatal(err)
			}
		})
	}
}
