package server

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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
	folder := t.TempDir()
	cfg := config.Config{}
	for _, f := range []struct {
		at      *string
		content string
	}{
		{&cfg.Secrets.MasterFile, "AGE-SECRET-KEY-PQ-1NONE"},
		{&cfg.Secrets.SigningFile, "COFFRE-SIGNING-KEY-1NONE"},
		{&cfg.Secrets.PepperFile, "00"},
	} {
		*f.at = filepath.Join(folder, f.content)
		if err := os.WriteFile(*f.at, []byte(f.content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Secrets(cfg); !errors.Is(err, config.ErrExposed) {
		t.Errorf("have %v, want ErrExposed", err)
	}
}
