package keeper_test

import (
	"errors"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A safe holds what the operator lets one safe hold: more is refused before a byte
// is stored, whoever brings it, in one deposit or in several at once. Other safes
// take papers as before, and what is destroyed makes room.
func TestASafeThatIsFullTakesNoMore(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	h.Config.SafeBytes = 128 << 10
	h.Restart(t)
	opened, other := h.OpenSafe(t, vaulttest.Person), h.OpenSafe(t, vaulttest.Stranger)
	person, counter := h.Unlocked(t, vaulttest.Person, opened), h.Login(t, vaulttest.Counter)
	paper := func(size int) vaulttest.Paper { return vaulttest.Paper{Title: "x", Body: vaulttest.Text("x", size)} }
	first, err := h.Deposit(t.Context(), person, opened.Safe, paper(60<<10))
	must(t, err)

	begin := func() vault.DepositTicket {
		ticket, err := h.Keeper.BeginDeposit(t.Context(), counter, vault.BeginDeposit{Request: vault.NewRequestID(), Safe: opened.Safe})
		must(t, err)
		return ticket
	}
	place := func(ticket vault.DepositTicket, size int64) error {
		return second(h.Keeper.Place(t.Context(), counter, ticket.ID, vault.Deposit{MediaType: vault.MediaText, Size: size}))
	}
	one, two := begin(), begin()
	must(t, place(one, 40<<10))
	isRefused(t, "while another is on its way", place(two, 40<<10), vault.ErrFull)
	isRefused(t, "in the same batch", place(one, 40<<10), vault.ErrFull)
	must(t, place(two, 4<<10))
	must(t, h.Keeper.AbandonDeposit(t.Context(), counter, one.ID, vault.OutcomeFailed))
	must(t, place(two, 40<<10))
	must(t, h.Keeper.AbandonDeposit(t.Context(), counter, two.ID, vault.OutcomeFailed))

	before := len(h.Bucket.Keys())
	for who, try := range map[string]error{
		"the person": second(h.Deposit(t.Context(), person, opened.Safe, paper(70<<10))),
		"an agent":   second(h.Deposit(t.Context(), counter, opened.Safe, paper(1<<10), paper(70<<10))),
	} {
		if !errors.Is(try, vault.ErrFull) {
			t.Errorf("%s: %v, want %v", who, try, vault.ErrFull)
		}
	}
	if n := len(h.Bucket.Keys()); n > before {
		t.Errorf("%d objects more for what was refused", n-before)
	}
	must(t, second(h.Deposit(t.Context(), counter, other.Safe, paper(70<<10))))
	must(t, h.Keeper.Destroy(t.Context(), person, vault.Destroy{Safe: opened.Safe, Document: first[0].Document}))
	must(t, second(h.Deposit(t.Context(), person, opened.Safe, paper(70<<10))))
}
