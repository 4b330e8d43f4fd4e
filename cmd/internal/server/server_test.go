package server

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/dir"
	"github.com/coffre-fort/coffre/vault/seal"
)

// forgetful is a bucket that replaces what is there, as some S3 services do with
// a condition they do not know.
type forgetful struct{ storage.Bucket }

func (b forgetful) Commit(ctx context.Context, k storage.Key, s *seal.Signed) error {
	if err := b.Delete(ctx, k); err != nil {
		return err
	}
	return b.Bucket.Commit(ctx, k, s)
}

func TestBucketThatForgetsConditionsNeedsTheOperatorsWord(t *testing.T) {
	t.Parallel()
	good, err := dir.Open(dir.Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := good.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := probe(t.Context(), config.Config{}, good); err != nil {
		t.Errorf("a bucket that keeps to it: %v", err)
	}
	bad := forgetful{good}
	if err := probe(t.Context(), config.Config{}, bad); !errors.Is(err, storage.ErrNotConditional) {
		t.Errorf("have %v, want ErrNotConditional", err)
	}
	if err := probe(t.Context(), config.Config{SingleKeeper: true}, bad); err != nil {
		t.Errorf("with the operator's word: %v", err)
	}
}

// A secret that others can read stops the start, and is not repeated.
func TestExposedSecretStopsTheStart(t *testing.T) {
	t.Parallel()
	folder, content := t.TempDir(), "AGE-SECRET-KEY-PQ-1NONE"
	cfg := config.Config{}
	for name, at := range map[string]*string{
		"master": &cfg.Secrets.MasterFile, "signing": &cfg.Secrets.SigningFile, "pepper": &cfg.Secrets.PepperFile,
	} {
		*at = filepath.Join(folder, name)
		if err := os.WriteFile(*at, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Secrets(cfg); !errors.Is(err, config.ErrExposed) || strings.Contains(err.Error(), content) {
		t.Errorf("have %v, want ErrExposed without the secret", err)
	}
}

// The keeper's socket is its owner's and its group's.
func TestTheKeepersSocketIsNotForEverybody(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "k.sock")
	lis, err := listenSocket(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lis.Close() }()
	if info, err := os.Stat(path); err != nil || info.Mode().Type() != fs.ModeSocket || info.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}
