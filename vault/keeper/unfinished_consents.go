package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// ShowConsent: see [vault.ConsentKeeper].
func (k *Keeper) ShowConsent(ctx context.Context, who session.Principal, terms vault.Terms) (vault.Shown, error) {
	return vault.Shown{}, errUnfinished
}

// AskConsent: see [vault.ConsentKeeper].
func (k *Keeper) AskConsent(ctx context.Context, who session.Principal, act vault.AskConsent) (vault.Consent, error) {
	return vault.Consent{}, errUnfinished
}

// GiveConsent: see [vault.ConsentKeeper].
func (k *Keeper) GiveConsent(ctx context.Context, who session.Principal, act vault.GiveConsent) (vault.Consent, error) {
	return vault.Consent{}, errUnfinished
}

// RefuseConsent: see [vault.ConsentKeeper].
func (k *Keeper) RefuseConsent(ctx context.Context, who session.Principal, act vault.EndConsent) error {
	return errUnfinished
}

// WithdrawConsent: see [vault.ConsentKeeper].
func (k *Keeper) WithdrawConsent(ctx context.Context, who session.Principal, act vault.EndConsent) error {
	return errUnfinished
}

// WidenConsent: see [vault.ConsentKeeper].
func (k *Keeper) WidenConsent(ctx context.Context, who session.Principal, act vault.WidenConsent) (vault.Consent, error) {
	return vault.Consent{}, errUnfinished
}

// RenewConsent: see [vault.ConsentKeeper].
func (k *Keeper) RenewConsent(ctx context.Context, who session.Principal, act vault.RenewConsent) (vault.Consent, error) {
	return vault.Consent{}, errUnfinished
}

// Consents: see [vault.ConsentKeeper].
func (k *Keeper) Consents(ctx context.Context, who session.Principal, safe vault.SafeID) ([]vault.Consent, error) {
	return nil, errUnfinished
}

// Helped: see [vault.ConsentKeeper].
func (k *Keeper) Helped(ctx context.Context, who session.Principal) ([]vault.Helped, error) {
	return nil, errUnfinished
}
