package chain

import (
	"slices"
	"strconv"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

const many = 10_000

// chainOf signs the chain of a safe with n documents, one an entry, and gives
// it without and with a summary at its end.
func chainOf(b *testing.B, n int) (w *writer, v Vault, entries []Entry, known Known) {
	b.Helper()
	k := newKey(b)
	g := genesis()
	g.SigningKey = k.Public()
	v = mustGrow(b, mustGrow(b, Vault{}, 0, g), 1, Start{Number: 1})
	w = newWriter(b, k, SafeChain(safeID))
	w.write(1, openingOps()...)
	for i := range n {
		o := doc(i)
		o.Document, o.Object = vault.NewDocumentID(), vault.NewObjectID()
		w.write(1, o)
	}
	for i := range uint64(n + 1) {
		e, err := Parse(mustVerify(b, w.shelf[i+1], k))
		if err != nil {
			b.Fatal(err)
		}
		entries = append(entries, e)
	}
	for _, part := range mustSummarise(b, w.fold) {
		w.write(1, part)
	}
	return w, v, entries, Known{Head: w.head(), Summary: w.fold.Summary()}
}

// Applying n entries, without reading them.
func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1_000, many} {
		_, _, entries, _ := chainOf(b, n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var s Safe
				var err error
				for _, e := range entries {
					if s, err = s.Apply(e); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// Reading, checking and folding a safe of n documents, from its first entry and
// from a summary.
func BenchmarkReplay(b *testing.B) {
	for _, n := range []int{1_000, many} {
		w, v, _, known := chainOf(b, n)
		for name, known := range map[string]Known{"entries": {}, "summary": known} {
			b.Run(name+"/"+strconv.Itoa(n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s, _, err := ReplaySafe(b.Context(), w.shelf.fetch, safeID, v, known)
					if err != nil || s.Len() != n {
						b.Fatal(s.Len(), err)
					}
				}
			})
		}
	}
}

// One more document in a safe of n, and a list of them all.
func BenchmarkSafe(b *testing.B) {
	w, _, _, _ := chainOf(b, many)
	s := w.fold
	b.Run("deposit", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Apply(entryAfter(s, doc(many+1))); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			if got := len(slices.Collect(s.Documents())); got != many {
				b.Fatal(got)
			}
		}
	})
	b.Run("summarise", func(b *testing.B) {
		for b.Loop() {
			mustSummarise(b, s)
		}
	})
}

// Reading, checking and folding a structure of n agents, each added and given a
// newer record, and who replaces the last of them.
func BenchmarkStructure(b *testing.B) {
	const agents = 500
	k := newKey(b)
	g := genesis()
	g.SigningKey = k.Public()
	v := mustGrow(b, mustGrow(b, Vault{}, 0, g), 1, Start{Number: 1})
	w := newWriter(b, k, StructureChain(structureID))
	w.write(1, OpenStructure{Record: record(1)})
	for n := range agents {
		identity, err := seal.NewIdentity()
		if err != nil {
			b.Fatal(err)
		}
		a := agent(n, 0)
		a.Recipient = identity.Recipient()
		w.write(1, a)
		w.write(1, SetAgent{ID: a.ID, Record: record(2)})
	}
	w.write(1, name(0, vault.FunctionReception, 1), EndAgent{ID: id[vault.AgentID](0)})
	b.Run("replay", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s, _, err := ReplayStructure(b.Context(), w.shelf.fetch, structureID, v, Known{})
			if err != nil || s.Len() != agents {
				b.Fatal(s.Len(), err)
			}
		}
	})
	b.Run("holder", func(b *testing.B) {
		for b.Loop() {
			if _, ok := w.staff.Holder(id[vault.AgentID](0), vault.FunctionReception); !ok {
				b.Fatal("nobody")
			}
		}
	})
}

// Freezing a safe with n consents and n requests.
func BenchmarkFreeze(b *testing.B) {
	const n = 500
	s := openedSafe(b)
	for i := range n {
		s = mustApply(b, s, bundle(10_000+i, BundleConsent), ask(20_000+i))
	}
	for b.Loop() {
		next, err := s.Apply(entryAfter(s, Freeze{}))
		if err != nil || next.ended.len() != 2*n {
			b.Fatal(err)
		}
	}
}
