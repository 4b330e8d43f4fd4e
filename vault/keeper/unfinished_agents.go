package keeper

import (
	"context"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
)

// Self: see [vault.AgentKeeper].
func (k *Keeper) Self(ctx context.Context, who session.Principal) (vault.Self, error) {
	return vault.Self{}, errUnfinished
}

// EnrolAgent: see [vault.AgentKeeper].
func (k *Keeper) EnrolAgent(ctx context.Context, who session.Principal, act vault.EnrolAgent) (vault.AgentID, error) {
	return vault.AgentID{}, errUnfinished
}

// ChangeAgent: see [vault.AgentKeeper].
func (k *Keeper) ChangeAgent(ctx context.Context, who session.Principal, act vault.ChangeAgent) error {
	return errUnfinished
}

// EndAgent: see [vault.AgentKeeper].
func (k *Keeper) EndAgent(ctx context.Context, who session.Principal, act vault.EndAgent) (vault.DepartureReport, error) {
	return vault.DepartureReport{}, errUnfinished
}

// AssignSuccessor: see [vault.AgentKeeper].
func (k *Keeper) AssignSuccessor(ctx context.Context, who session.Principal, act vault.AssignSuccessor) (int, error) {
	return 0, errUnfinished
}

// Agents: see [vault.AgentKeeper].
func (k *Keeper) Agents(ctx context.Context, who session.Principal) ([]vault.Agent, error) {
	return nil, errUnfinished
}

// DepartureReport: see [vault.AgentKeeper].
func (k *Keeper) DepartureReport(ctx context.Context, who session.Principal, agent vault.AgentID) (vault.DepartureReport, error) {
	return vault.DepartureReport{}, errUnfinished
}

// Anomalies: see [vault.AgentKeeper].
func (k *Keeper) Anomalies(ctx context.Context, who session.Principal) ([]vault.Anomaly, error) {
	return nil, errUnfinished
}

// FindSafe: see [vault.AgentKeeper].
func (k *Keeper) FindSafe(ctx context.Context, who session.Principal, act vault.FindSafe) ([]vault.FoundSafe, error) {
	return nil, errUnfinished
}

// SetRegister: see [vault.AgentKeeper].
func (k *Keeper) SetRegister(ctx context.Context, who session.Principal, act vault.SetRegister) error {
	return errUnfinished
}

// IssueAddress: see [vault.AgentKeeper].
func (k *Keeper) IssueAddress(ctx context.Context, who session.Principal, act vault.IssueAddress) (vault.AddressID, error) {
	return vault.AddressID{}, errUnfinished
}

// RevokeAddress: see [vault.AgentKeeper].
func (k *Keeper) RevokeAddress(ctx context.Context, who session.Principal, act vault.RevokeAddress) error {
	return errUnfinished
}

// Circle: see [vault.AgentKeeper].
func (k *Keeper) Circle(ctx context.Context, who session.Principal, safe vault.SafeID) (vault.Circle, error) {
	return vault.Circle{}, errUnfinished
}

// SetReferent: see [vault.AgentKeeper].
func (k *Keeper) SetReferent(ctx context.Context, who session.Principal, act vault.SetReferent) error {
	return errUnfinished
}
