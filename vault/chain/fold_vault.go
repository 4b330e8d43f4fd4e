package chain

import (
	"bytes"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

// vaultOp is an operation that the vault's chain takes; it changes v in place,
// which is a copy that nobody else holds.
type vaultOp interface {
	foldVault(v *Vault, e Entry) error
}

// The operations of the vault's chain.
var _ = []vaultOp{
	Genesis{}, Start{}, AddSigningKey{}, EndSigningKey{}, AddMaster{}, EndMaster{}, SetEscrow{}, NoteAnchor{}, AddStructure{}, Void{},
}

// Apply gives the state after e, which must be the next entry of this chain; of
// the zero Vault it is the genesis. The receiver stays what it was, also on
// error.
//
// Errors: [*SwapError], [*GapError], [*LowerKeeperError], those of
// [Entry.Marshal], and [*OpError] with the rule that was broken.
func (v Vault) Apply(e Entry) (Vault, error) {
	if err := e.check(); err != nil {
		return Vault{}, err
	}
	if err := e.continues(VaultChain, v.seq); err != nil {
		return Vault{}, err
	}
	if e.Keeper < v.start {
		return Vault{}, &LowerKeeperError{Chain: e.Chain, Seq: e.Seq, Known: v.start, Found: e.Keeper}
	}
	next := v
	next.seq = e.Seq
	next.keys, next.masters, next.since, next.ended = slices.Clone(v.keys), slices.Clone(v.masters), slices.Clone(v.since), slices.Clone(v.ended)
	next.structures = slices.Clone(v.structures)
	for i, o := range e.Ops {
		vo, ok := o.(vaultOp)
		if !ok {
			return Vault{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: i, Err: ErrWrongChain}
		}
		if err := next.allow(i, o); err != nil {
			return Vault{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: i, Err: err}
		}
		if err := vo.foldVault(&next, e); err != nil {
			return Vault{}, &OpError{Chain: e.Chain, Seq: e.Seq, Index: i, Err: err}
		}
	}
	if e.Keeper != next.start { // a number that never started
		return Vault{}, &OpError{Chain: e.Chain, Seq: e.Seq, Err: ErrNumber}
	}
	return next, nil
}

// allow says which operation may come first.
func (v *Vault) allow(index int, o Op) error {
	_, genesis := o.(Genesis)
	_, start := o.(Start)
	if genesis != (v.seq == 1) || start && index != 0 {
		return ErrOrder
	}
	return nil
}

func (o Genesis) foldVault(v *Vault, e Entry) error {
	v.realm, v.genesis = o.Realm, o.SigningKey
	v.keys = []signer{{key: o.SigningKey}}
	v.masters, v.since = []Master{o.Master}, []time.Time{second(e.Time)}
	v.escrows = [2]seal.Recipient{o.EscrowA, o.EscrowB}
	return nil
}

func (o Start) foldVault(v *Vault, _ Entry) error {
	if o.Number <= v.start {
		return ErrNumber
	}
	v.start = o.Number
	return nil
}

func (o AddSigningKey) foldVault(v *Vault, _ Entry) error {
	if slices.ContainsFunc(v.keys, func(s signer) bool { return s.key == o.Key }) {
		return ErrReused
	}
	v.keys = append(v.keys, signer{key: o.Key, from: v.start})
	return nil
}

func (o EndSigningKey) foldVault(v *Vault, e Entry) error {
	if _, ok := e.Ops[0].(Start); !ok {
		return ErrOrder
	}
	i := slices.IndexFunc(v.keys, func(s signer) bool { return s.key == o.Key && s.until == 0 })
	if i < 0 {
		return ErrUnknown
	}
	v.keys[i].until = v.start
	if len(v.Keys()) == 0 {
		return ErrLast
	}
	return nil
}

func (o AddMaster) foldVault(v *Vault, e Entry) error {
	if o.Epoch != v.Master().Epoch+1 {
		return ErrEpoch
	}
	if slices.ContainsFunc(v.masters, func(m Master) bool { return m.Recipient == o.Recipient }) {
		return ErrReused
	}
	v.masters, v.since = append(v.masters, Master(o)), append(v.since, second(e.Time))
	return nil
}

func (o EndMaster) foldVault(v *Vault, _ Entry) error {
	switch {
	case o.Epoch > v.Master().Epoch || slices.Contains(v.ended, o.Epoch):
		return ErrUnknown
	case o.Epoch == v.Master().Epoch:
		return ErrLast
	}
	v.ended = append(v.ended, o.Epoch)
	return nil
}

func (o SetEscrow) foldVault(v *Vault, _ Entry) error {
	if slices.Contains(v.escrows[:], o.Recipient) {
		return ErrReused
	}
	v.escrows[o.Holder-EscrowA] = o.Recipient
	return nil
}

func (o NoteAnchor) foldVault(v *Vault, _ Entry) error {
	v.anchor = bytes.Clone(o.Checkpoint)
	return nil
}

func (o AddStructure) foldVault(v *Vault, _ Entry) error {
	if slices.Contains(v.structures, o.ID) {
		return ErrReused
	}
	v.structures = append(v.structures, o.ID)
	return nil
}

func (Void) foldVault(*Vault, Entry) error { return nil }
