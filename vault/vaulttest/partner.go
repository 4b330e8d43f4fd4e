package vaulttest

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// Audience is what the assertions of partner programs are made for in a House.
const Audience = "https://coffre.example"

// A Program is a partner program with its private key.
type Program struct {
	ID  vault.PartnerID
	Key ed25519.PrivateKey
}

// Program registers a partner program in the House's structure: the access
// manager asks, and another agent agrees.
func (h *House) Program(t testing.TB, name string) Program {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	must(t, err)
	id, err := h.RegisterProgram(t, vault.RegisterPartner{Name: name, Key: PartnerKey(t, key), Until: time.Now().Add(tenure)})
	must(t, err)
	return Program{id, key}
}

// RegisterProgram is Program with what is registered; what the act leaves out is
// filled in.
func (h *House) RegisterProgram(t testing.TB, act vault.RegisterPartner) (vault.PartnerID, error) {
	t.Helper()
	act.Request = vault.NewRequestID()
	if act.SIRET == "" {
		act.SIRET = otherSIRET
	}
	manager, second := h.Login(t, Manager), h.Login(t, Counter)
	_, err := h.Keeper.RegisterPartner(t.Context(), manager, act)
	waits, ok := errors.AsType[*vault.ApprovalError](err)
	if !ok {
		return vault.PartnerID{}, err
	}
	must(t, h.Keeper.Approve(t.Context(), second, waits.Approval))
	act.Approval = waits.Approval
	return h.Keeper.RegisterPartner(t.Context(), manager, act)
}

// PartnerKey is the public half as it is registered.
func PartnerKey(t testing.TB, key ed25519.PrivateKey) auth.PartnerKey {
	t.Helper()
	public, err := auth.NewPartnerKey(key.Public())
	must(t, err)
	return public
}

// LoginProgram opens a session of a partner program.
func (h *House) LoginProgram(t testing.TB, p Program) session.Principal {
	t.Helper()
	who, err := h.TryProgram(t, p)
	must(t, err)
	return who
}

// TryProgram is LoginProgram for a test that expects a refusal.
func (h *House) TryProgram(t testing.TB, p Program) (session.Principal, error) {
	t.Helper()
	client, salt := session.NewClientKey(), make([]byte, session.NonceSaltSize)
	raw, err := auth.SignAssertion(p.Key, p.ID.String(), Audience, session.Nonce(client.Public(), salt))
	must(t, err)
	assertion, err := auth.ReadAssertion(raw)
	must(t, err)
	_, who, err := h.Keeper.OpenSession(t.Context(), vault.OpenSession{Assertion: assertion, Salt: salt, Client: client.Public()})
	return who, err
}
