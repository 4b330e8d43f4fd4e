package client

import (
	"context"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// A NewSafe says for whom a safe is opened.
type NewSafe struct {
	// OwnerIssuer and OwnerSubject are the person's login; both empty for a
	// person without one.
	OwnerIssuer, OwnerSubject string
	// Information is the version of the service information that the person was
	// given before (CPCE R.55-1).
	Information string
	// Entry puts the safe into the structure's register; nil keeps it out.
	Entry *coffrev1.RegisterEntry
	// PIN is what the person typed; empty when they chose none.
	PIN string
	// Discretion says whether the safe shows itself.
	Discretion coffrev1.Discretion
	// Entrust are the drawers that the person entrusts, in the version of the text
	// that they were shown.
	Entrust   []string
	Agreement string
	// UntilHandover says that the handover at the end of a workshop ends that.
	UntilHandover bool
}

// OpenSafe opens a safe at the counter. The answer holds the code, which exists
// nowhere else: have a place for it before calling.
func (c *Client) OpenSafe(ctx context.Context, s NewSafe) (*coffrev1.OpenSafeResponse, error) {
	return repeat(ctx, c, c.safes.OpenSafe, coffrev1.OpenSafeRequest_builder{
		RequestId:          newRequest(),
		OwnerIssuer:        &s.OwnerIssuer,
		OwnerSubject:       &s.OwnerSubject,
		InformationVersion: &s.Information,
		Entry:              s.Entry,
		Pin:                &s.PIN,
		Discretion:         &s.Discretion,
		EntrustedDrawers:   s.Entrust,
		AgreementVersion:   &s.Agreement,
		UntilHandover:      &s.UntilHandover,
	}.Build())
}

// Unlock opens a safe in this session with the code of its sheet. It is never
// repeated by itself: every try counts.
func (c *Client) Unlock(ctx context.Context, safe, code string) error {
	_, err := once(ctx, c, c.sessions.Unlock, coffrev1.UnlockRequest_builder{Safe: &safe, Code: &code}.Build())
	return err
}

// Lock forgets a safe's identity in this session.
func (c *Client) Lock(ctx context.Context, safe string) error {
	_, err := repeat(ctx, c, c.sessions.Lock, coffrev1.LockRequest_builder{Safe: &safe}.Build())
	return err
}

// Entrust records the person's agreement, in the version they were shown, that
// the service may help with one drawer. It answers how many papers that covers.
func (c *Client) Entrust(ctx context.Context, safe, drawer, agreement string) (int, error) {
	return c.entrust(ctx, safe, drawer, agreement, false)
}

// EntrustUntilHandover is Entrust for an agreement that the handover at the end of a
// workshop ends.
func (c *Client) EntrustUntilHandover(ctx context.Context, safe, drawer, agreement string) (int, error) {
	return c.entrust(ctx, safe, drawer, agreement, true)
}

func (c *Client) entrust(ctx context.Context, safe, drawer, agreement string, until bool) (int, error) {
	answer, err := repeat(ctx, c, c.safes.EntrustDrawer, coffrev1.EntrustDrawerRequest_builder{
		RequestId: newRequest(), Safe: &safe, Drawer: &drawer, AgreementVersion: &agreement, UntilHandover: &until,
	}.Build())
	if err != nil {
		return 0, err
	}
	return int(answer.GetDocuments()), nil
}

// TakeBack ends the agreement for one drawer.
func (c *Client) TakeBack(ctx context.Context, safe, drawer string) error {
	_, err := repeat(ctx, c, c.safes.TakeBackDrawer, coffrev1.TakeBackDrawerRequest_builder{
		RequestId: newRequest(), Safe: &safe, Drawer: &drawer,
	}.Build())
	return err
}

// newRequest names one request, so that repeating it does it once.
func newRequest() *string {
	id := vault.NewRequestID().String()
	return &id
}
