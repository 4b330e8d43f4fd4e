package vaulttest

import (
	"testing"

	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

// NewMaster stops the keeper and opens it with another master, the one before
// beside it. It answers the one before.
func (h *House) NewMaster(t testing.TB) *seal.Identity {
	t.Helper()
	h.Stop(t)
	before := h.drawMaster(t)
	h.Config.Secrets.Former = append(h.Config.Secrets.Former, before)
	h.Start(t)
	return before.Identity
}

// LoseMaster stops the keeper and takes another master; nobody has those before,
// which are answered.
func (h *House) LoseMaster(t testing.TB) []keeper.FormerMaster {
	t.Helper()
	h.Stop(t)
	lost := append(h.Config.Secrets.Former, h.drawMaster(t))
	h.ForgetMasters()
	return lost
}

// drawMaster takes another master and answers the one before.
func (h *House) drawMaster(t testing.TB) keeper.FormerMaster {
	t.Helper()
	s := &h.Config.Secrets
	before := keeper.FormerMaster{Epoch: s.MasterEpoch, Identity: s.Master}
	s.Master, s.MasterEpoch = identity(t), s.MasterEpoch+1
	return before
}

// ForgetMasters takes the masters before out of the configuration.
func (h *House) ForgetMasters() { h.Config.Secrets.Former = nil }
