package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/cmd/internal/tour"
)

// The whole story, through an API node: what the public API answers is the same.
func TestTheTourOverANode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole, people, err := openDev(t.Context(), dir, devOptions{})
	if err != nil {
		t.Fatal(err)
	}
	keeper, node := whole, config.Config{
		Realm: whole.Realm, Listen: whole.Listen, PublicURL: whole.PublicURL, TLS: whole.TLS, Bucket: whole.Bucket, Limits: whole.Limits,
		Keeper: &config.Keeper{Dial: "unix://" + filepath.Join(dir, "keeper.sock")},
	}
	keeper.Listen, keeper.TLS, keeper.KeeperListen = "", config.TLS{}, &config.KeeperListen{Address: node.Keeper.Dial}
	log := slog.New(slog.DiscardHandler)
	for _, cfg := range []server.Config{{File: keeper, LocalIssuer: whole.Issuers[0].Issuer, Log: log}, {File: node, Log: log}} {
		srv, err := server.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, end := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- srv.Run(ctx) }()
		t.Cleanup(func() {
			end()
			if err := errors.Join(<-ended, srv.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	steps := 0
	err = tour.Run(t.Context(), tour.Config{
		Address: whole.Listen, CAFile: whole.TLS.CertFile, People: people, Prints: t.TempDir(),
		Report: func(r tour.Result) {
			steps++
			if raw, err := json.Marshal(r); err == nil && !r.OK {
				t.Errorf("%s", raw)
			}
		},
	})
	if err != nil || steps < len(wanted) {
		t.Errorf("%d steps, %v", steps, err)
	}
}
