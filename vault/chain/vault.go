package chain

import (
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A Vault is the state of the vault's own chain after some entry: who may sign,
// to whom things are sealed, which keeper is the newest. The zero Vault is the
// empty chain and lists no key. It is a value, like [Safe].
type Vault struct {
	seq     uint64
	realm   Realm
	genesis seal.VerifyKey
	keys    []signer // in the order they were added
	masters []Master
	since   []time.Time // of each of masters: when it was added
	ended   []uint64    // master epochs destroyed
	escrows [2]seal.Recipient
	start   uint64
	anchor  []byte

	structures []vault.StructureID // in the order they were added
}

// A signer is a signing key and the keeper numbers it signs for: from, and
// until but not until itself; until is 0 while it is live.
type signer struct {
	key         seal.VerifyKey
	from, until uint64
}

// Seq is the number of the last entry.
func (v Vault) Seq() uint64 { return v.seq }

// Realm is what the data of the vault is for; zero before genesis.
func (v Vault) Realm() Realm { return v.realm }

// Genesis is the first signing key, whose fingerprint stands on the key card.
func (v Vault) Genesis() seal.VerifyKey { return v.genesis }

// Keeper is the number of the newest keeper start; 0 when none ever started.
func (v Vault) Keeper() uint64 { return v.start }

// Keys gives the signing keys that are live now, in the order they were added.
func (v Vault) Keys() []seal.VerifyKey { return v.KeysAt(v.start) }

// KeysAt gives the keys that may sign entries of that keeper number; none for a
// keeper that never started.
func (v Vault) KeysAt(keeper uint64) []seal.VerifyKey {
	if keeper > v.start {
		return nil
	}
	var keys []seal.VerifyKey
	for _, s := range v.keys {
		if s.from <= keeper && (s.until == 0 || keeper < s.until) {
			keys = append(keys, s.key)
		}
	}
	return keys
}

// Master is the current master epoch; zero before genesis.
func (v Vault) Master() Master {
	if len(v.masters) == 0 {
		return Master{}
	}
	return v.masters[len(v.masters)-1]
}

// Masters gives the master epochs that were not destroyed, oldest first.
func (v Vault) Masters() []Master {
	return slices.DeleteFunc(slices.Clone(v.masters), func(m Master) bool {
		return slices.Contains(v.ended, m.Epoch)
	})
}

// MasterSince gives the time of the entry that began a master epoch, destroyed
// ones included; zero for one that never was.
func (v Vault) MasterSince(epoch uint64) time.Time {
	for i, m := range v.masters {
		if m.Epoch == epoch {
			return v.since[i]
		}
	}
	return time.Time{}
}

// Escrow gives the recipient of a third party; zero for no such holder.
func (v Vault) Escrow(h EscrowHolder) seal.Recipient {
	if h != EscrowA && h != EscrowB {
		return seal.Recipient{}
	}
	return v.escrows[h-EscrowA]
}

// Structures gives the structures that are listed, in the order they were added.
func (v Vault) Structures() []vault.StructureID { return slices.Clone(v.structures) }

// Anchor gives the newest checkpoint of the trail that was noted; nil when none
// was.
func (v Vault) Anchor() []byte { return slices.Clone(v.anchor) }
