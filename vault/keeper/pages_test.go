package keeper_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// The home list and the report of a departure are the same page by page as whole:
// nobody twice, nobody left out, and each page within its bound.
func TestLongListsAreReadByPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := vaulttest.New(t)
		for i := range 5 {
			help(t, h, fmt.Sprintf("personne-%d", i), vault.ReplacementNone)
		}
		worker, ctx := h.Login(t, vaulttest.Worker), t.Context()
		whole, err := h.Keeper.Helped(ctx, worker, vault.ListHelped{Limit: vault.MaxPage})
		if err != nil || len(whole) != 5 {
			t.Fatalf("%d on the list, %v", len(whole), err)
		}
		var walked []vault.Helped
		for page := (vault.ListHelped{Limit: 2}); ; page.After = walked[len(walked)-1].Consent {
			got, err := h.Keeper.Helped(ctx, worker, page)
			if err != nil || len(got) > 2 {
				t.Fatalf("%d on a page of two, %v", len(got), err)
			}
			if walked = append(walked, got...); len(got) < 2 {
				break
			}
		}
		for i, want := range whole {
			if len(walked) != len(whole) || walked[i] != want {
				t.Fatalf("by pages %+v, whole %+v", walked, whole)
			}
		}
		for _, limit := range []int{-1, 0, vault.MaxPage + 1} {
			if err := second(h.Keeper.Helped(ctx, worker, vault.ListHelped{Limit: limit})); !saysInvalid(err) {
				t.Errorf("a page of %d: %v", limit, err)
			}
		}
		gone := vault.ListHelped{After: vault.NewConsentID(), Limit: 2}
		if err := second(h.Keeper.Helped(ctx, worker, gone)); !errors.Is(err, vault.ErrPageToken) {
			t.Errorf("after what is not there: %v", err)
		}

		report, err := leave(t, h)
		if err != nil || len(report.Safes) != 5 || !report.Next.IsZero() {
			t.Fatalf("report %+v, %v", report, err)
		}
		manager, seen := h.Login(t, vaulttest.Manager), map[vault.SafeID]int{}
		for page := (vault.ReadDeparture{Agent: h.Agents[vaulttest.Worker], Limit: 2}); ; {
			part, err := h.Keeper.DepartureReport(ctx, manager, page)
			if err != nil || len(part.Safes) > 2 || part.Ended != report.Ended {
				t.Fatalf("part %+v, %v", part, err)
			}
			for _, line := range part.Safes {
				seen[line.Safe]++
			}
			if page.After = part.Next; part.Next.IsZero() {
				break
			}
		}
		for _, line := range report.Safes {
			if len(seen) != len(report.Safes) || seen[line.Safe] != 1 {
				t.Errorf("by pages %v", seen)
			}
		}
	})
}
