package keeper

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// MasterLife is how long a master epoch may be, from the entry that began it to
// its destruction: that older copies of the bucket stay readable with our keys
// for 30 days at most is what people are told (L-37).
const MasterLife = 30 * day

// A MasterState is where a master epoch is in its life.
type MasterState uint8

// The states.
const (
	_               MasterState = iota
	MasterCurrent               // everything new is sealed to it
	MasterFormer                // something may still be sealed to it
	MasterDestroyed             // nothing is, and nobody has it
)

// String is the state's word.
func (s MasterState) String() string {
	switch s {
	case MasterCurrent:
		return "current"
	case MasterFormer:
		return "former"
	case MasterDestroyed:
		return "destroyed"
	default:
		return "unknown"
	}
}

// A MasterLine is one epoch of the master.
type MasterLine struct {
	Epoch uint64
	State MasterState
	// Since is when it began.
	Since time.Time
	// Left is how many objects entries name under it; counted for former ones only.
	Left int
}

// Overdue reports whether an epoch is older than people were told it would be.
func (l MasterLine) Overdue(now time.Time) bool {
	return l.State != MasterDestroyed && now.Sub(l.Since) > MasterLife
}

// A MasterReport says how far a rotation is.
type MasterReport struct {
	Masters []MasterLine // oldest first
	// Safes is how many safes there are, Waiting how many of them were not gone
	// through under the current master yet.
	Safes, Waiting int
	// Findings are what cannot be sealed anew: the bucket does not have what a
	// signed entry names.
	Findings []Finding
}

func (r *MasterReport) find(where string, err error) {
	r.Findings = append(r.Findings, Finding{where, err})
}

// MasterLines are the epochs of the master as the vault's own chain has them, with
// nothing counted.
func MasterLines(v chain.Vault) (all []MasterLine) {
	for epoch := uint64(1); epoch <= v.Master().Epoch; epoch++ {
		l := MasterLine{Epoch: epoch, State: MasterFormer, Since: v.MasterSince(epoch)}
		switch {
		case epoch == v.Master().Epoch:
			l.State = MasterCurrent
		case !slices.ContainsFunc(v.Masters(), func(m chain.Master) bool { return m.Epoch == epoch }):
			l.State = MasterDestroyed
		}
		all = append(all, l)
	}
	return all
}

// MasterReport answers how far the rotation is. Safes that were gone through are
// not looked at again; [Keeper.DestroyMaster] looks at each.
func (k *Keeper) MasterReport(ctx context.Context) (MasterReport, error) {
	r := MasterReport{Masters: MasterLines(k.vaultState())}
	left, err := k.countStale(ctx, &r, k.rotatedSafe)
	for i := range r.Masters {
		r.Masters[i].Left = left[r.Masters[i].Epoch]
	}
	k.rotation.mu.Lock()
	defer k.rotation.mu.Unlock()
	for _, f := range k.rotation.found {
		if !slices.ContainsFunc(r.Findings, func(o Finding) bool { return o.Where == f.Where }) {
			r.Findings = append(r.Findings, f)
		}
	}
	return r, err
}

// warnOfMasters tells the operator of a master that is older than people were
// told. Nothing stops for it: their papers weigh more than the date.
func (k *Keeper) warnOfMasters() {
	for _, l := range MasterLines(k.vaultState()) {
		if l.Overdue(k.now()) {
			k.log.WarnContext(k.closing, "a master is older than people are told: replace it, destroy the one before", slog.Uint64("epoch", l.Epoch))
		}
	}
}

// countStale counts what entries name under former masters, by epoch, in every
// structure and in every safe but those that are passed over.
func (k *Keeper) countStale(ctx context.Context, r *MasterReport, pass func(vault.SafeID) (bool, error)) (map[uint64]int, error) {
	left := map[uint64]int{}
	count := func(all []stale) {
		for _, o := range all {
			left[o.epoch]++
		}
	}
	for _, id := range k.vaultState().Structures() {
		s, err := k.structureOf(id)
		if err != nil {
			r.find("structure "+id.String(), errShut)
			continue
		}
		count(k.staleOf(s))
	}
	locals, err := k.localRecords(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range locals {
		if l.MasterEpoch < k.secrets.MasterEpoch {
			left[l.MasterEpoch]++
		}
	}
	ids, err := k.state.safes(ctx)
	if err != nil || len(k.vaultState().Masters()) == 1 {
		r.Safes = len(ids)
		return left, err
	}
	for _, id := range ids {
		r.Safes++
		if done, err := pass(id); done || err != nil {
			if err != nil {
				return nil, err
			}
			continue
		}
		s, err := k.safe(ctx, id)
		switch {
		case errors.Is(err, vault.ErrNotFound):
			continue
		case errors.Is(err, vault.ErrTampered):
			r.find("safe "+id.String(), err)
			continue
		case err != nil:
			return nil, err
		}
		all := k.staleIn(s, s.now())
		k.unpin(s)
		count(all)
		r.Waiting++
	}
	return left, nil
}
