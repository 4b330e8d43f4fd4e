package keeper_test

import (
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// lastOf is the newest line of an act in a safe's journal, as its owner reads it.
func lastOf(t *testing.T, h *vaulttest.House, safe vault.SafeID, act vault.Act) (l vault.Line) {
	t.Helper()
	lines, err := h.Keeper.Journal(t.Context(), h.Login(t, vaulttest.Person), vault.ReadJournal{Safe: safe, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range lines {
		if one.Act == act {
			l = one
		}
	}
	return l
}

// The person reads who of the service did something, in which function, of which
// structure, and who vouched for them at the counter (L-46, L-51); a discreet
// safe's journal says neither who nor where.
func TestTheJournalSaysWhichAgent(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafeAt(t, vaulttest.Counter, vaulttest.Person, vault.OpenSafe{PIN: vaulttest.PIN(t)})
	must(t, second(h.Deposit(t.Context(), h.Login(t, vaulttest.Worker), opened.Safe, vaulttest.Paper{Title: "un", Body: []byte("un")})))
	got := lastOf(t, h, opened.Safe, vault.ActDeposit)
	if got.Actor != vault.ActorAgent || got.Agent != h.Agents[vaulttest.Worker] || got.AgentName != vaulttest.Worker ||
		got.Function != vault.FunctionSocialWorker || got.Structure != vaulttest.StructureName || !got.Consent.IsZero() {
		t.Errorf("a deposit by a social worker reads %+v", got)
	}
	proof := vault.Proof{Code: opened.Code, PIN: vaulttest.PIN(t)}
	visit := h.Visit(t, h.Sit(t, vaulttest.Colleague), vault.OpenCounter{Safe: opened.Safe, Proof: proof})
	must(t, second(h.Keeper.List(t.Context(), visit, vault.List{Safe: opened.Safe, Limit: 10})))
	got = lastOf(t, h, opened.Safe, vault.ActList)
	if got.Actor != vault.ActorVisit || got.Agent != h.Agents[vaulttest.Colleague] || got.AgentName != vaulttest.Colleague || got.ActorLogin != "" {
		t.Errorf("the person at the counter reads %+v", got)
	}
	must(t, second(h.Keeper.SetDiscreet(t.Context(), h.Unlocked(t, vaulttest.Person, opened), vault.SetDiscreet{
		Safe: opened.Safe, Discreet: vault.DiscretionDiscreet,
	})))
	for _, act := range []vault.Act{vault.ActDeposit, vault.ActList, vault.ActOpenCounter} {
		if got := lastOf(t, h, opened.Safe, act); got.AgentName != "" || got.Structure != "" {
			t.Errorf("a discreet safe's journal says %q of %q", got.AgentName, got.Structure)
		}
	}
}
