package keeper

import (
	"context"
	"math"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// MarkedTakings counts the safes that a start looks at first.
func (k *Keeper) MarkedTakings(t testing.TB) int {
	t.Helper()
	ids, err := k.state.takingSafes()
	if err != nil {
		t.Fatal(err)
	}
	return len(ids)
}

// ForgetTakings drops every mark.
func (k *Keeper) ForgetTakings(t testing.TB) {
	t.Helper()
	if err := k.state.update(func(tx *bolt.Tx) error { return forgetTakings(tx, math.MaxUint64) }); err != nil {
		t.Fatal(err)
	}
}

// SpoilHandover records the intent of a handover whose plan nobody can read.
func (k *Keeper) SpoilHandover(t testing.TB, id vault.SafeID) {
	t.Helper()
	s, err := k.safe(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	defer k.unpin(s)
	n := detail{Safe: id.String(), Plan: []byte("not a plan"), Count: k.secrets.MasterEpoch}
	raw, err := k.sealDetail(s, n, vault.ActHandover, audit.StageIntent)
	if err != nil {
		t.Fatal(err)
	}
	k.markTaking(t.Context(), id)
	rec := audit.Record{Op: audit.Op(vault.ActHandover), Subjects: []audit.TagKey{s.record().tagKey()}, Detail: raw}
	if _, err := k.trail.Begin(t.Context(), rec); err != nil {
		t.Fatal(err)
	}
}

// Prepared counts the prepared handovers that are remembered.
func (k *Keeper) Prepared() int {
	k.prepares.mu.Lock()
	defer k.prepares.mu.Unlock()
	return len(k.prepares.m)
}

// FreezePanics is a freeze that breaks off once it holds, before anything of it is
// on its way.
func (k *Keeper) FreezePanics(ctx context.Context, t testing.TB, who session.Principal, id vault.SafeID) {
	t.Helper()
	w, err := k.begin(ctx, deed{who: who, act: vault.ActFreeze, safe: id})
	if err != nil {
		t.Error(err)
		return
	}
	w.safe.hold(&taking{freeze: true, by: time.Now()})
	panic("broken")
}
