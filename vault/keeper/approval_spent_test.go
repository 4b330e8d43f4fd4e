package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// bySheet opens a counter session by the sheet alone, for somebody without a PIN.
func (f *front) bySheet(t *testing.T, who session.Principal, safe vault.SafeID, code seal.Code, id vault.ApprovalID) error {
	t.Helper()
	return second(f.Keeper.OpenCounter(t.Context(), who, vault.OpenCounter{
		Safe: safe, Proof: vault.Proof{Code: code}, Approval: id,
	}))
}

// sheetApproved has the colleague say yes to a counter session of the worker.
func (f *front) sheetApproved(t *testing.T, opened vault.OpenedSafe) vault.ApprovalID {
	t.Helper()
	id := waits(t, f.bySheet(t, f.worker.Principal, opened.Safe, opened.Code, vault.ApprovalID{})).Approval
	must(t, f.Keeper.Approve(t.Context(), f.Login(t, vaulttest.Colleague), id))
	return id
}

// An approval is for one safe, and for whoever asked: it opens no other safe whose
// sheet lies there too, and whoever gave it does not use it themselves.
func TestAnApprovalIsForOneSafeAndItsAsker(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	opened, other := f.OpenSafe(t, ""), f.OpenSafe(t, "")
	id := f.sheetApproved(t, opened)
	want(t, "another safe", f.bySheet(t, f.worker.Principal, other.Safe, other.Code, id), vault.ErrNotFound)
	want(t, "whoever approved", f.bySheet(t, f.Login(t, vaulttest.Colleague), opened.Safe, opened.Code, id), vault.ErrNotFound)
	want(t, "whoever asked", f.bySheet(t, f.worker.Principal, opened.Safe, opened.Code, id), nil)
}

// Whoever printed the sheet after they approved is no second agent beside it any more.
func TestWhoPrintedSinceIsNoSecondAgent(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	opened := f.OpenSafe(t, "")
	id := f.sheetApproved(t, opened)
	colleague := f.Login(t, vaulttest.Colleague)
	act := vault.RenewSheet{Request: vault.NewRequestID(), Safe: opened.Safe, Proof: vault.Proof{Code: opened.Code}}
	act.Approval = waits(t, second(f.Keeper.RenewSheet(t.Context(), colleague, act))).Approval
	must(t, f.Keeper.Approve(t.Context(), f.worker.Principal, act.Approval))
	sheet, err := f.Keeper.RenewSheet(t.Context(), colleague, act)
	must(t, err)
	want(t, "printed since", f.bySheet(t, f.worker.Principal, opened.Safe, sheet.Code, id), vault.ErrApprover)
}
