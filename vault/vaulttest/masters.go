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
	s := &h.Config.Secrets
	before := s.Master
	s.Former = append(s.Former, keeper.FormerMaster{Epoch: s.MasterEpoch, Identity: before})
	s.Master, s.MasterEpoch = identity(t), s.MasterEpoch+1
	h.Start(t)
	return before
}

// ForgetMasters takes the masters before out of the configuration.
func (h *House) ForgetMasters() { h.Config.Secrets.Former = nil }

// LoseMaster stops the keeper and opens it with another master and with escrow A
// in place of the one before.
func (h *House) LoseMaster(t testing.TB) {
	t.Helper()
	h.Stop(t)
	s := &h.Config.Secrets
	s.Former, s.EscrowA = nil, h.EscrowA
	s.Master, s.MasterEpoch = identity(t), s.MasterEpoch+1
	h.Start(t)
}
