package vaulttest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

// Names below the folder of a house.
const (
	bucketFolder  = "bucket"
	anchorsFolder = "anchors"
	trailFile     = "trail.db"
	stateFile     = "state.db"
)

// A foundation is a vault where a structure has begun and nothing else happened,
// as the keeper that founded it left it: each house begins with a copy. It is
// nothing but bytes and keys, so bubbles of testing/synctest may share one.
type foundation struct {
	secrets          keeper.Secrets
	escrowA, escrowB *seal.Identity
	structure        vault.StructureID
	agents           map[string]vault.AgentID
	files            map[string][]byte // by their path below the folder
}

// Founding takes a hundred times what copying does, and hundreds of tests begin
// with it. Time in a bubble begins in 2000: what was founded outside lies in its
// future.
var (
	once    [2]sync.Once
	founded [2]*foundation
)

// foundedFor answers the foundation of the time that the test lives in.
func foundedFor(t testing.TB) *foundation {
	t.Helper()
	which := 0
	if time.Now().Year() < 2020 {
		which = 1
	}
	once[which].Do(func() { founded[which] = found(t) })
	if founded[which] == nil {
		t.Fatal("the vault could not be founded, as another test says")
	}
	return founded[which]
}

// found founds a vault through the real keeper.
func found(t testing.TB) *foundation {
	t.Helper()
	signing, err := seal.NewSigningKey()
	must(t, err)
	f := &foundation{
		secrets: keeper.Secrets{
			Master: identity(t), MasterEpoch: 1, Signing: signing,
			Pepper: seal.NewSecret(bytes.Repeat([]byte{7}, 32)),
		},
		escrowA: identity(t), escrowB: identity(t),
		files: map[string][]byte{},
	}
	h := f.empty(t, t.TempDir())
	h.connect(t)
	must(t, keeper.Found(t.Context(), keeper.Founding{
		Bucket: h.Bucket, Secrets: f.secrets, Realm: h.Config.Realm,
		EscrowA: f.escrowA.Recipient(), EscrowB: f.escrowB.Recipient(),
	}))
	h.Start(t)
	h.found(t)
	h.Stop(t)
	f.structure, f.agents = h.Structure, h.Agents
	must(t, filepath.WalkDir(h.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(h.Folder, path)
		if err == nil {
			f.files[name], err = os.ReadFile(path)
		}
		return err
	}))
	return f
}

// write copies the foundation into an empty folder.
func (f *foundation) write(t testing.TB, folder string) {
	t.Helper()
	for name, raw := range f.files {
		path := filepath.Join(folder, name)
		mkdir(t, filepath.Dir(path))
		must(t, os.WriteFile(path, raw, 0o600))
	}
}
