package chain

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

type tableKey [16]byte

// The table behaves like a map, and every older one stays what it was.
func TestTableIsAPersistentMap(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	draw := func() (k tableKey) {
		if rnd.IntN(2) == 0 { // long common beginnings
			k[15] = byte(rnd.IntN(20))
			return k
		}
		return id[tableKey](rnd.IntN(60))
	}
	type version struct {
		table table[tableKey, int]
		model map[tableKey]int
	}
	versions := []version{{model: map[tableKey]int{}}}
	for i := range 3000 {
		from := versions[len(versions)-1]
		if rnd.IntN(20) == 0 { // another history
			from = versions[rnd.IntN(len(versions))]
		}
		next := version{table: from.table, model: maps.Clone(from.model)}
		k := draw()
		if rnd.IntN(3) == 0 {
			next.table = next.table.without(k)
			delete(next.model, k)
		} else {
			next.table = next.table.with(k, i)
			next.model[k] = i
		}
		versions = append(versions, next)
	}
	for i, v := range versions {
		if v.table.len() != len(v.model) {
			t.Fatalf("version %d: %d values, want %d", i, v.table.len(), len(v.model))
		}
		for k, want := range v.model {
			if got, ok := v.table.get(k); !ok || got != want {
				t.Fatalf("version %d: %d %v, want %d", i, got, ok, want)
			}
		}
		var keys []tableKey
		for k := range v.table.all() {
			keys = append(keys, k)
		}
		want := slices.SortedFunc(maps.Keys(v.model), func(a, b tableKey) int { return bytes.Compare(a[:], b[:]) })
		if !slices.Equal(keys, want) {
			t.Fatalf("version %d: keys %x, want %x", i, keys, want)
		}
		if v.table.has(tableKey{1, 2, 3}) {
			t.Fatalf("version %d has what was never put in", i)
		}
	}
}
