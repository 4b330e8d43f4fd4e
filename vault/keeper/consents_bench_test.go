package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// manyPapers is how many papers the benchmarks' consent is over.
const manyPapers = 200

// A consent over 200 papers: what giving it costs, and what listing and reading
// under it cost the agent, beside their floor: opening one object of 200 pieces
// with the three keys it takes.
func BenchmarkConsentOver200Papers(b *testing.B) {
	s := newHelped(b)
	papers := make([]vaulttest.Paper, vault.MaxBatch)
	for i := range papers {
		papers[i] = vaulttest.Paper{Title: "quittance", Kind: "quittance-loyer", Body: vaulttest.Text("quittance", 5000)}
	}
	for range manyPapers / len(papers) {
		if _, err := s.Deposit(b.Context(), s.person, s.opened.Safe, papers...); err != nil {
			b.Fatal(err)
		}
	}
	given := s.give(b, nil)
	end := func(c vault.Consent) {
		if err := s.Keeper.WithdrawConsent(b.Context(), s.person, vault.EndConsent{Safe: s.opened.Safe, Consent: c.ID}); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("floor", func(b *testing.B) {
		pieces := make([]seal.Piece, manyPapers)
		for i := range pieces {
			pieces[i] = seal.Piece{Document: vault.NewDocumentID().String(), Description: make([]byte, 300)}
		}
		holder, err := seal.NewIdentity()
		if err != nil {
			b.Fatal(err)
		}
		bind := seal.Bind(seal.KindPieces, "bench")
		c, err := seal.SealPieces(pieces, bind, holder.Recipient())
		if err != nil {
			b.Fatal(err)
		}
		key, err := seal.Seal(make([]byte, 80), seal.Bind(seal.KindService, "bench"), holder.Recipient())
		if err != nil {
			b.Fatal(err)
		}
		raw, rawKey := c.Bytes(), key.Bytes()
		for b.Loop() {
			for range 3 {
				if _, err := holder.Open(rawKey, seal.Bind(seal.KindService, "bench")); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := holder.OpenPieces(raw, bind); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			docs, err := s.Keeper.List(b.Context(), s.worker, vault.List{Safe: s.opened.Safe, Limit: 1000})
			if err != nil || len(docs) < manyPapers {
				b.Fatal(len(docs), err)
			}
		}
	})
	b.Run("release one", func(b *testing.B) {
		for b.Loop() {
			r, err := s.Keeper.Release(b.Context(), s.worker, s.opened.Safe, s.docs["bail"])
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Keeper.Conclude(b.Context(), r.ID, vault.OutcomeDone, 0); err != nil {
				b.Fatal(err)
			}
		}
	})
	end(given)
	b.Run("give", func(b *testing.B) {
		for b.Loop() {
			c := s.give(b, nil)
			b.StopTimer()
			end(c)
			b.StartTimer()
		}
	})
}

// An agent's home list of 100 safes, cached.
func BenchmarkHomeList(b *testing.B) {
	s := newHelped(b)
	for range 100 {
		x := *s
		x.opened = s.OpenSafe(b, vaulttest.Person)
		x.person = s.Unlocked(b, vaulttest.Person, x.opened)
		x.give(b, func(t *vault.Terms) { t.Arrivals = vault.ArrivalsToo })
	}
	for b.Loop() {
		list, err := s.Keeper.Helped(b.Context(), s.worker, vault.ListHelped{Limit: vault.MaxPage})
		if err != nil || len(list) != 100 {
			b.Fatal(len(list), err)
		}
	}
}
