package keeper

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Two codes are hashed at once, and the next one waits no longer than its call.
func TestTwoCodesAreHashedAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := &Keeper{hashes: make(chan struct{}, hashesAtOnce), codes: seal.CodeCostInvented}
		code, err := seal.NewCode()
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			k.hashes <- struct{}{}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := k.derive(ctx, code, vault.NewWayID()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the third: %v", err)
		}
		<-k.hashes
		if _, err := k.derive(t.Context(), code, vault.NewWayID()); err != nil || len(k.hashes) != 1 {
			t.Errorf("once there is room: %v, %d run", err, len(k.hashes))
		}
	})
}
