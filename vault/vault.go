package vault

import (
	"context"
	"errors"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Config is what a [Vault] works with. Every field is required.
type Config struct {
	Keeper Keeper
	Bucket storage.Bucket
	// MaxDocument is the operator's limit for one document, in bytes, from 1 to
	// [MaxDocument].
	MaxDocument int64
}

// A Vault is a keeper and the contents that move past it, in one process: every
// act but those three is the keeper's alone and is promoted from it. It is safe
// for concurrent use.
type Vault struct {
	Keeper
	contents *Contents
}

// New checks cfg and returns a Vault.
func New(cfg Config) (*Vault, error) {
	if cfg.Keeper == nil {
		return nil, errors.New("vault: no keeper")
	}
	c, err := NewContents(cfg.Bucket, cfg.MaxDocument)
	if err != nil {
		return nil, err
	}
	return &Vault{Keeper: cfg.Keeper, contents: c}, nil
}

// Contents are what moves content, for whoever has a [Hold].
func (v *Vault) Contents() *Contents { return v.contents }

// Deposit is [Contents.Deposit] for a principal.
func (v *Vault) Deposit(ctx context.Context, who session.Principal, act BeginDeposit, next func() (Upload, error)) ([]Receipt, error) {
	return v.contents.Deposit(ctx, v.Hold(who), act, next)
}

// Read is [Contents.Read] for a principal.
func (v *Vault) Read(ctx context.Context, who session.Principal, safe SafeID, doc DocumentID, offset int64) (*Reading, error) {
	return v.contents.Read(ctx, v.Hold(who), safe, doc, offset)
}

// Control is [Contents.Control] for a principal.
func (v *Vault) Control(ctx context.Context, who session.Principal, safe SafeID, doc DocumentID) (Verdict, seal.Digest, error) {
	return v.contents.Control(ctx, v.Hold(who), safe, doc)
}
