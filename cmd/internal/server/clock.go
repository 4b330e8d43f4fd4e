package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault/keeper"
)

const clockRoute = "/v1/clock"

// A ConfirmClock is what an operator read on another clock.
type ConfirmClock struct {
	Now time.Time `json:"now"`
}

// A ClockConfirmed says what was confirmed.
type ClockConfirmed struct {
	Machine time.Time `json:"machine"`
	// Ahead is how many seconds the machine's clock is ahead of the bucket's.
	Ahead int64 `json:"ahead_seconds"`
}

// ConfirmMachineClock lets the service believe its machine's clock again, or the
// keeper on the files of a service that the clock keeps from starting. A time that
// is not the machine's is a [vault.InvalidError].
func ConfirmMachineClock(ctx context.Context, cfg config.Config, log *slog.Logger, c ConfirmClock) (answer ClockConfirmed, err error) {
	answer, err = askService[ClockConfirmed](ctx, cfg, clockRoute, c)
	if !errors.Is(err, ErrNotRunning) {
		return answer, err
	}
	stores, err := OpenStores(ctx, cfg)
	if err != nil {
		return answer, err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	kc, err := KeeperConfig(cfg, stores, log)
	if err != nil {
		return answer, err
	}
	kc.ClockRead = c.Now
	k, err := keeper.Open(ctx, kc)
	if err != nil {
		return answer, fmt.Errorf("open the vault: %w", err)
	}
	return clockConfirmed(k.ClockAhead()), k.Close()
}

func confirmClock(ctx context.Context, k *keeper.Keeper, c ConfirmClock) (ClockConfirmed, error) {
	ahead, err := k.ConfirmClock(ctx, c.Now)
	return clockConfirmed(ahead), err
}

func clockConfirmed(ahead time.Duration) ClockConfirmed {
	return ClockConfirmed{Machine: time.Now().UTC().Truncate(time.Second), Ahead: int64(ahead / time.Second)}
}
