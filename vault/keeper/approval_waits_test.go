package keeper_test

import (
	"slices"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// What waits for a second agent stands in the journal of the safe it is about,
// before anybody approves it.
func TestThePersonReadsWhatWaits(t *testing.T) {
	t.Parallel()
	s := newHelped(t)
	_ = waits(t, s.Keeper.SetPIN(t.Context(), s.worker, vault.SetPIN{Safe: s.opened.Safe, PIN: pinOf(t, "604915")}))
	lines, err := s.Keeper.Journal(t.Context(), s.person, vault.ReadJournal{Safe: s.opened.Safe, Limit: 100})
	if err != nil || !slices.ContainsFunc(lines, func(l vault.Line) bool {
		return l.Act == vault.ActAskApproval && l.AgentName == vaulttest.Worker
	}) {
		t.Errorf("no line says so: %v", err)
	}
}

// Whoever may approve nothing is nobody's second agent: beside them alone a delay
// stands in for one.
func TestADelayReplacesWhoMayNotApprove(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	const alone = "seule-fictive"
	newAgent := func(subject string, functions ...vault.Function) vault.NewAgent {
		return vault.NewAgent{
			Login: h.Desk.Issuer.User(t, subject), Name: subject, Functions: vault.NewFunctionSet(functions...),
			Until: time.Now().AddDate(0, 6, 0).UTC().Truncate(oneDay),
		}
	}
	_, _, err := h.Keeper.AddStructure(t.Context(), vault.AddStructure{
		SIRET: "12345678200010", Name: "Petite-Exemple", Manager: newAgent(alone, vault.FunctionAccessManager),
		Agents: []vault.NewAgent{
			newAgent("dpo-seul-fictif", vault.FunctionDPO), newAgent("benevole-seule-fictive", vault.FunctionVolunteer),
			newAgent("civique-seul-fictif", vault.FunctionCivicService),
		},
	})
	must(t, err)
	_, err = h.Keeper.EnrolAgent(t.Context(), h.Login(t, alone), enrolment(t, h, vault.FunctionReception))
	if waits(t, err).NotBefore.IsZero() {
		t.Error("it waits for somebody who may not approve")
	}
}
