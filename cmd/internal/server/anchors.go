package server

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/keeper"
)

// anchorPrefix is where the keeper puts checkpoints in the second place
// (vault/keeper/FORMAT.md).
const anchorPrefix = storage.Key("v1/anchors/")

// Checkpoints reads every checkpoint of the second place, oldest first.
func Checkpoints(ctx context.Context, anchors storage.Bucket) ([][]byte, error) {
	var all [][]byte
	for info, err := range anchors.List(ctx, anchorPrefix, "") {
		if err != nil {
			return nil, fmt.Errorf("second place: %w", err)
		}
		text, err := anchors.Get(ctx, info.Key, 0, -1)
		if err != nil {
			return nil, fmt.Errorf("second place: %w", err)
		}
		all = append(all, text)
	}
	return all, nil
}

const anchorsRoute = "/v1/anchors"

// Anchoring says how far the second place has come with a running service.
type Anchoring struct {
	Leaves  uint64 `json:"leaves"`  // of the trail
	Covered uint64 `json:"covered"` // of them, by the newest checkpoint there
	// Since and Problem are set while no checkpoint comes there.
	Since   time.Time `json:"since,omitzero"`
	Problem string    `json:"problem,omitempty"`
}

// AskAnchoring asks the running service. It wraps [ErrNotRunning] when none answers.
func AskAnchoring(ctx context.Context, cfg config.Config) (Anchoring, error) {
	return askService[Anchoring](ctx, cfg, anchorsRoute, nil)
}

// routeAnchors answers how far the second place has come.
func routeAnchors(mux *http.ServeMux, k *keeper.Keeper) {
	mux.HandleFunc("GET "+anchorsRoute, func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusOK, anchoringOf(k.Anchored()))
	})
}

func anchoringOf(r keeper.AnchorReport) Anchoring {
	a := Anchoring{Leaves: r.Leaves, Covered: r.Covered, Since: r.Since}
	if r.Problem != nil {
		a.Problem = r.Problem.Error()
	}
	return a
}
