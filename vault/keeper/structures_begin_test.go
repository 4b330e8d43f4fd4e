package keeper_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A structure begins altogether or not at all, wherever the bucket fails; a
// second try never leaves two with one set of logins, and the keeper is not
// taken for superseded by its own entry.
func TestAStructureBeginsOrDoesNot(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]storagetest.Fault{
		"not applied": storagetest.NotApplied, "applied but lost": storagetest.AppliedButLost, "lands late": storagetest.LandsLate,
	} {
		for nth := range 5 { // record, agent's key and record, its chain, the vault's
			t.Run(fmt.Sprintf("%s/write %d", name, nth+1), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { beginning(t, fault, nth) })
			})
		}
	}
}

func beginning(t *testing.T, fault storagetest.Fault, nth int) {
	h := vaulttest.New(t)
	h.Bucket.FailWritesAfter(nth, fault)
	act := vault.AddStructure{SIRET: "12345678200010", Name: "Partenaire-Exemple", Manager: vault.NewAgent{
		Login: h.Desk.Issuer.User(t, "autre-responsable"), Name: "Autre", Until: time.Now().Add(oneMonth),
		Functions: vault.NewFunctionSet(vault.FunctionAccessManager),
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, _, err := h.Keeper.AddStructure(ctx, act)
		done <- err
	}()
	select {
	case err := <-done:
		if err == nil && fault == storagetest.NotApplied {
			t.Error("begun, and nothing was written")
		}
	case <-time.After(2 * time.Minute): // it sends the same bytes until the bucket answers
	}
	late := h.Bucket
	h.Crash(t)
	late.Land(t.Context())
	works := second(h.Keeper.Agents(t.Context(), h.Login(t, "autre-responsable"))) == nil
	_, _, err := h.Keeper.AddStructure(t.Context(), act)
	switch {
	case works && err == nil:
		t.Error("one login works for two structures")
	case !works && err != nil:
		t.Errorf("a second try: %v", err)
	}
	if err := second(h.Keeper.Agents(t.Context(), h.Login(t, "autre-responsable"))); err != nil {
		t.Errorf("its access manager: %v", err)
	}
	if err := second(h.Keeper.Agents(t.Context(), h.Login(t, vaulttest.Manager))); err != nil {
		t.Errorf("another structure suffers: %v", err)
	}
	verifyTrail(t, h)
}

const oneMonth = 30 * 24 * time.Hour
