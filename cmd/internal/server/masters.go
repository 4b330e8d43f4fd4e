package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

const (
	mastersRoute       = "/v1/masters"
	destroyMasterRoute = "/v1/masters/destroy"
)

// Masters says how far the service is from having everything under its newest
// master.
type Masters struct {
	Masters  []Master `json:"masters"` // oldest first
	Safes    int      `json:"safes"`
	Waiting  int      `json:"waiting"` // safes that were not gone through yet
	Findings []Found  `json:"findings"`
}

// A Master is one epoch of the master.
type Master struct {
	Epoch   uint64    `json:"epoch"`
	State   string    `json:"state"` // current, former or destroyed
	Since   time.Time `json:"since"`
	Overdue bool      `json:"overdue"` // older than people are told it gets
	Left    int       `json:"left"`    // objects under a former one
}

// Found is something that cannot be sealed anew.
type Found struct {
	Where   string `json:"where"`
	Problem string `json:"problem"`
}

// A DestroyMaster ends a former master epoch.
type DestroyMaster struct {
	Epoch uint64 `json:"epoch"`
	// Lost is how much is given up with it: exactly what is left.
	Lost int `json:"lost,omitempty"`
}

// A MasterDestroyed says what became of it.
type MasterDestroyed struct {
	Swept int `json:"swept"` // objects that nothing named any more
	// Left and Shut say, where they are not zero, that nothing was destroyed: how
	// many objects are under that epoch, and how many chains cannot be read.
	Left int `json:"left,omitempty"`
	Shut int `json:"shut,omitempty"`
}

// MasterStatus answers how far a rotation is, from the running service or from
// its files.
func MasterStatus(ctx context.Context, cfg config.Config, log *slog.Logger) (Masters, error) {
	return operate(ctx, cfg, log, mastersRoute, nil, func(ctx context.Context, k *keeper.Keeper, _ any) (Masters, error) {
		return masterStatus(ctx, k)
	})
}

// EndMaster lets the service, or the keeper on its files, end a former master
// epoch. The current one is [vault.ErrDenied], one that never was
// [vault.ErrNotFound].
func EndMaster(ctx context.Context, cfg config.Config, log *slog.Logger, d DestroyMaster) (MasterDestroyed, error) {
	return operate(ctx, cfg, log, destroyMasterRoute, d, endMaster)
}

// RestoreMaster replaces a lost master: cfg names the one that takes its place.
// The service must not run. See [keeper.Restore].
func RestoreMaster(ctx context.Context, cfg config.Config, log *slog.Logger, escrowA *seal.Identity, lost int) (r keeper.Restored, err error) {
	stores, err := OpenStores(ctx, cfg)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	kc, err := KeeperConfig(cfg, stores, log)
	if err != nil {
		return r, err
	}
	return keeper.Restore(ctx, kc, escrowA, lost)
}

// MasterLines reads from the vault's own chain in the bucket how old each master
// is; it needs no secret and disturbs no service.
func MasterLines(ctx context.Context, cfg config.Config) ([]keeper.MasterLine, error) {
	b, err := OpenPlace(ctx, cfg.Bucket)
	if err != nil {
		return nil, err
	}
	v, _, err := chain.ReplayVault(ctx, func(ctx context.Context, seq uint64) ([]byte, error) {
		raw, err := b.Get(ctx, storage.Key(chain.VaultChain.Key(seq)), 0, -1)
		if errors.Is(err, storage.ErrNotExist) {
			return nil, fmt.Errorf("%w: %w", chain.ErrNoEntry, err)
		}
		return raw, err
	}, cfg.Genesis.VerifyKey, chain.Head{})
	if err := errors.Join(err, b.Close()); err != nil {
		return nil, fmt.Errorf("vault chain: %w", err)
	}
	return keeper.MasterLines(v), nil
}

func routeMasters(mux *http.ServeMux, k *keeper.Keeper, log *slog.Logger) {
	mux.HandleFunc("GET "+mastersRoute, func(w http.ResponseWriter, r *http.Request) {
		m, err := masterStatus(r.Context(), k)
		if err != nil {
			log.LogAttrs(r.Context(), slog.LevelError, "no status of the master", slog.Any("cause", err))
			answerJSON(w, http.StatusServiceUnavailable, problem{Text: err.Error()})
			return
		}
		answerJSON(w, http.StatusOK, m)
	})
	mux.HandleFunc("POST "+destroyMasterRoute, acting(k, log, endMaster))
}

func masterStatus(ctx context.Context, k *keeper.Keeper) (Masters, error) {
	r, err := k.MasterReport(ctx)
	if err != nil {
		return Masters{}, err
	}
	m := Masters{Masters: []Master{}, Safes: r.Safes, Waiting: r.Waiting, Findings: []Found{}}
	now := time.Now()
	for _, l := range r.Masters {
		m.Masters = append(m.Masters, Master{Epoch: l.Epoch, State: l.State.String(), Since: l.Since, Overdue: l.Overdue(now), Left: l.Left})
	}
	for _, f := range r.Findings {
		m.Findings = append(m.Findings, Found{f.Where, f.Err.Error()})
	}
	return m, nil
}

func endMaster(ctx context.Context, k *keeper.Keeper, d DestroyMaster) (MasterDestroyed, error) {
	swept, err := k.DestroyMaster(ctx, d.Epoch, d.Lost)
	if used, ok := errors.AsType[*keeper.MasterInUseError](err); ok {
		return MasterDestroyed{Left: used.Left, Shut: used.Shut}, nil
	}
	return MasterDestroyed{Swept: swept}, err
}
