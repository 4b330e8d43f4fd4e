package rpc_test

import (
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/consent"
)

// Columns of the table of functions.
func opens(r consent.Row) bool       { return r.Open != consent.Never }
func deposits(r consent.Row) bool    { return r.Deposit != consent.Never }
func mayBeGiven(r consent.Row) bool  { return r.See != consent.Never }
func leads(r consent.Row) bool       { return r.Lead != consent.Never }
func manages(r consent.Row) bool     { return r.Function == vault.FunctionAccessManager }
func meetsPeople(r consent.Row) bool { return r.Function != 0 && r.Function != vault.FunctionDPO }
