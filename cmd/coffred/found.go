package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

// The first master's number.
const firstEpoch = 1

// A founding is everything a new vault begins with, in memory.
type founding struct {
	realm   chain.Realm
	secrets keeper.Secrets
	escrowA *seal.Identity // replaces a lost master
	escrowB *seal.Identity // replaces a lost code
	now     time.Time
}

func newFounding(realm chain.Realm) (*founding, error) {
	f := &founding{realm: realm, now: time.Now()}
	f.secrets.MasterEpoch = firstEpoch
	var err error
	for _, id := range []**seal.Identity{&f.secrets.Master, &f.escrowA, &f.escrowB} {
		if *id, err = seal.NewIdentity(); err != nil {
			return nil, fmt.Errorf("draw a key: %w", err)
		}
	}
	if f.secrets.Signing, err = seal.NewSigningKey(); err != nil {
		return nil, fmt.Errorf("draw a key: %w", err)
	}
	pepper := make([]byte, 32)
	rand.Read(pepper) // never fails: crypto/rand ends the program instead
	f.secrets.Pepper = seal.NewSecret(pepper)
	return f, nil
}

// The files of a founding, below its folder.
const (
	fileMaster  = "secrets/master.txt"
	fileSigning = "secrets/signing.txt"
	filePepper  = "secrets/pepper.txt"
	fileEscrowA = "prints/cle-de-secours-A.txt"
	fileEscrowB = "prints/cle-de-secours-B.txt"
	fileKeyCard = "prints/carte-de-la-cle.txt"
	fileConfig  = "coffred.yaml"
)

// files are what is written, the configuration last.
func (f *founding) files(conf []byte) []newFile {
	hexPepper := []byte(hex.EncodeToString(f.secrets.Pepper.Reveal()))
	return []newFile{
		{fileMaster, secretFile("The master identity of this vault (age). Keep it secret; back it up apart from the bucket.", f.secrets.Master.Text().Reveal())},
		{fileSigning, secretFile("The key that signs entries, checkpoints and receipts. Keep it secret.", f.secrets.Signing.Text().Reveal())},
		{filePepper, secretFile("The pepper: keys of the state file and of pseudonyms. Keep it secret.", hexPepper)},
		{fileEscrowA, f.sheetA()},
		{fileEscrowB, f.sheetB()},
		{fileKeyCard, f.keyCard()},
		{fileConfig, conf},
	}
}

func secretFile(what string, text []byte) []byte {
	return append(append([]byte("# "+what+"\n"), text...), '\n')
}

// commit writes the genesis into the bucket: the vault exists from then on.
func (f *founding) commit(ctx context.Context, b storage.Bucket) error {
	return keeper.Found(ctx, keeper.Founding{
		Bucket: b, Secrets: f.secrets, Realm: f.realm,
		EscrowA: f.escrowA.Recipient(), EscrowB: f.escrowB.Recipient(),
	})
}

func (f *founding) genesis() seal.VerifyKey { return f.secrets.Signing.Public() }

// empty refuses a bucket that holds a vault already, before anything is written.
func empty(ctx context.Context, b storage.Bucket) error {
	_, err := b.Stat(ctx, storage.Key(chain.VaultChain.Key(1)))
	switch {
	case err == nil:
		return keeper.ErrFounded
	case errors.Is(err, storage.ErrNotExist):
		return nil
	default:
		return fmt.Errorf("bucket: %w", err)
	}
}

// A newFile is written once and never over another.
type newFile struct {
	name    string
	content []byte
}

// absent refuses when any of the files is there, before the first is written.
func absent(dir string, files []newFile) error {
	for _, f := range files {
		switch _, err := os.Lstat(filepath.Join(dir, f.name)); {
		case err == nil:
			return fmt.Errorf("%s is there already: nothing is ever overwritten, nothing was written", filepath.Join(dir, f.name))
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("look for %s: %w", f.name, err)
		}
	}
	return nil
}

// writeAll writes the files, each durable and for its owner's eyes. When one
// cannot be written, those just made are taken back: half a founding is none.
func writeAll(dir string, files []newFile) (err error) {
	var made []string
	defer func() {
		if err != nil {
			for _, path := range made {
				err = errors.Join(err, os.Remove(path))
			}
		}
	}()
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("found: %w", err)
		}
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("found: %w", err)
		}
		made = append(made, path)
		_, err = out.Write(f.content)
		if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
			return fmt.Errorf("found: %w", err)
		}
	}
	return nil
}

// written is what the commented configuration of a founding says, its paths
// below the folder.
func (f *founding) written() config.Written {
	realm := "production"
	if f.realm == chain.RealmDev {
		realm = "dev"
	}
	return config.Written{
		Realm: realm, Genesis: f.genesis().String(),
		MasterFile: fileMaster, SigningFile: fileSigning, PepperFile: filePepper,
	}
}
