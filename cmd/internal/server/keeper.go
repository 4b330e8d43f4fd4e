package server

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

// credentials is where systemd puts what it decrypted for this service.
const credentials = "CREDENTIALS_DIRECTORY"

// TrailPath is the file of the trail.
func TrailPath(cfg config.Config) string { return filepath.Join(cfg.DataDir, "trail.db") }

// StatePath is the file of the state.
func StatePath(cfg config.Config) string { return filepath.Join(cfg.DataDir, "state.db") }

// Secrets reads the keeper's secrets from their files.
func Secrets(cfg config.Config) (keeper.Secrets, error) {
	s := keeper.Secrets{MasterEpoch: cfg.Secrets.MasterEpoch}
	text, err := config.ReadSecret(cfg.Secrets.MasterFile, os.Getenv(credentials))
	if err != nil {
		return keeper.Secrets{}, fmt.Errorf("secrets.master_file: %w", err)
	}
	if s.Master, err = seal.ParseIdentity(text); err != nil {
		return keeper.Secrets{}, fmt.Errorf("secrets.master_file: %w", err)
	}
	if s.Former, err = formerMasters(cfg); err != nil {
		return keeper.Secrets{}, err
	}
	if s.Signing, err = signing(cfg); err != nil {
		return keeper.Secrets{}, err
	}
	if text, err = config.ReadSecret(cfg.Secrets.PepperFile, os.Getenv(credentials)); err != nil {
		return keeper.Secrets{}, fmt.Errorf("secrets.pepper_file: %w", err)
	}
	pepper := make([]byte, hex.DecodedLen(len(text.Reveal())))
	if n, err := hex.Decode(pepper, text.Reveal()); err != nil || n != pepperSize {
		// The cause would quote the text.
		return keeper.Secrets{}, fmt.Errorf("secrets.pepper_file: %d bytes in hexadecimal are wanted", pepperSize)
	}
	s.Pepper = seal.NewSecret(pepper)
	return s, nil
}

// formerMasters reads the masters before. One whose file is gone may have been
// destroyed: whether it has, the vault's chain says, and the keeper refuses what
// it lacks.
func formerMasters(cfg config.Config) (all []keeper.FormerMaster, err error) {
	for _, f := range cfg.Secrets.FormerMasters {
		text, err := config.ReadSecret(f.File, os.Getenv(credentials))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("secrets.former_masters: %w", err)
		}
		id, err := seal.ParseIdentity(text)
		if err != nil {
			return nil, fmt.Errorf("secrets.former_masters: %w", err)
		}
		all = append(all, keeper.FormerMaster{Epoch: f.Epoch, Identity: id})
	}
	return all, nil
}

const pepperSize = 32

func signing(cfg config.Config) (*seal.SigningKey, error) {
	text, err := config.ReadSecret(cfg.Secrets.SigningFile, os.Getenv(credentials))
	if err != nil {
		return nil, fmt.Errorf("secrets.signing_file: %w", err)
	}
	key, err := seal.ParseSigningKey(text)
	if err != nil {
		return nil, fmt.Errorf("secrets.signing_file: %w", err)
	}
	return key, nil
}

// TrailVerifier is what checks the checkpoints of the configured service.
func TrailVerifier(cfg config.Config) (note.Verifier, error) {
	key, err := signing(cfg)
	if err != nil {
		return nil, err
	}
	v, err := key.Public().NoteVerifier(keeper.Origin(cfg.Genesis.VerifyKey))
	if err != nil {
		return nil, fmt.Errorf("trail: %w", err)
	}
	return v, nil
}

// KeeperConfig is the keeper's part of a configuration, secrets read.
func KeeperConfig(cfg config.Config, stores Stores, log *slog.Logger) (keeper.Config, error) {
	secrets, err := Secrets(cfg)
	if err != nil {
		return keeper.Config{}, err
	}
	kinds, err := Catalogue(cfg.Papers.Local)
	if err != nil {
		return keeper.Config{}, fmt.Errorf("papers.local: %w", err)
	}
	hosting := keeper.HostingPlain
	if cfg.Hosting.HDS {
		hosting = keeper.HostingHealth
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return keeper.Config{}, fmt.Errorf("data_dir: %w", err)
	}
	return keeper.Config{
		Secrets: secrets,
		Bucket:  stores.Bucket, Anchors: stores.Anchors,
		TrailPath: TrailPath(cfg), StatePath: StatePath(cfg),
		Realm: chain.Realm(cfg.Realm), Genesis: cfg.Genesis.VerifyKey,
		Kinds: kinds, Hosting: hosting,
		UnlockIdle: cfg.Limits.UnlockIdle,
		SafeBytes:  cfg.Limits.MaxSafeMiB << 20,
		// What the API takes is bounded by 365 days whatever stands here.
		ConsentDays: cfg.Limits.ConsentDays,
		KitDelay:    cfg.Recovery.Delay,
		Audience:    cfg.PublicURL,
		Sessions: session.Config{
			Idle: cfg.Limits.SessionIdle, SharedIdle: cfg.Limits.SharedIdle, Max: cfg.Limits.SessionMax,
		},
		Log: log,
	}, nil
}

// WithKeeper opens stores and keeper of a configuration, calls f, and closes
// them in order: for a command that works on a service that does not run.
func WithKeeper(ctx context.Context, cfg config.Config, log *slog.Logger, f func(*keeper.Keeper, Stores) error) (err error) {
	stores, err := OpenStores(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	kc, err := KeeperConfig(cfg, stores, log)
	if err != nil {
		return err
	}
	k, err := keeper.Open(ctx, kc)
	if err != nil {
		return fmt.Errorf("open the vault: %w", err)
	}
	defer func() { err = errors.Join(err, k.Close()) }()
	return f(k, stores)
}

// stopTime is how long calls under way may still take when the service stops.
// systemd kills after 30 s (deploy/coffred.service).
const stopTime = 20 * time.Second
