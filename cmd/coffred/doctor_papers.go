package main

import (
	"context"
	"fmt"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
)

// lookAtPapers reads the catalogue as the service would.
func lookAtPapers(_ context.Context, cfg config.Config) (string, error) {
	c, err := server.Catalogue(cfg.Papers.Local)
	if err != nil {
		return "", err
	}
	local := 0
	for _, p := range c.Packs() {
		if p.Local {
			local++
		}
	}
	for _, r := range c.Retentions() {
		if r.Local {
			local++
		}
	}
	if cfg.Papers.Local == "" {
		return "the catalogue that comes with the program", nil
	}
	return fmt.Sprintf("the catalogue with the structure's own rows: %d on keeping and on démarches", local), nil
}

// lookAtHosting repeats what the operator declared: nobody can see it from here
// (L-41, L-83).
func lookAtHosting(_ context.Context, cfg config.Config) (string, error) {
	if cfg.Hosting.HDS {
		return "hosting.hds is set: papers on health are taken, on your word that every host may hold them", nil
	}
	return "hosting.hds is not set: papers whose kind tells of health are refused", nil
}
