package keeper

import (
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// leastTaken is what a paper counts for at least, in bytes: small ones lie in
// entries, and their number is bounded like this.
const leastTaken = 4 << 10

func taken(size int64) int64 { return max(size, leastTaken) }

// held is what a safe holds, and what deposits other than t, on their way to it,
// announced: so many at once must not get past the bound that each alone keeps to.
// What is being written at this very moment may be missing. The caller holds placing.
func (k *Keeper) held(id vault.SafeID, state chain.Safe, t *ticket) (sum int64) {
	for d := range state.Documents() {
		sum += taken(d.Stored.Size)
	}
	for _, e := range k.tickets.all() {
		if e.value != t && e.value.warrant.deed.safe == id {
			e.value.mu.Lock()
			sum += e.value.announced()
			e.value.mu.Unlock()
		}
	}
	return sum
}

// announced is what the contents that found a place will take. The caller holds mu.
func (t *ticket) announced() (sum int64) {
	for _, p := range t.slots {
		sum += taken(p.item.Size)
	}
	return sum
}
