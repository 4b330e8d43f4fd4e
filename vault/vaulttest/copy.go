package vaulttest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

// A Copy is everything a stopped house has on disk.
type Copy struct {
	Bucket  storagetest.Snapshot
	anchors storagetest.Snapshot
	trail   []byte
	state   []byte
}

// Copy copies a stopped house.
func (h *House) Copy(t testing.TB) Copy {
	t.Helper()
	c := Copy{Bucket: h.Bucket.Snapshot(), anchors: h.Anchors.Snapshot()}
	var err error
	c.trail, err = os.ReadFile(h.Config.TrailPath)
	must(t, err)
	c.state, err = os.ReadFile(h.Config.StatePath)
	must(t, err)
	return c
}

// back makes a stopped house what the copy says.
func (h *House) back(t testing.TB, c Copy) {
	t.Helper()
	h.Bucket.Restore(c.Bucket)
	h.Anchors.Restore(c.anchors)
	must(t, os.WriteFile(h.Config.TrailPath, c.trail, 0o600))
	must(t, os.WriteFile(h.Config.StatePath, c.state, 0o600))
}

// Freeze remembers everything a stopped house has on disk, and answers how to
// put it back.
func (h *House) Freeze(t testing.TB) (thaw func()) {
	t.Helper()
	c := h.Copy(t)
	return func() { t.Helper(); h.back(t, c) }
}

// Elsewhere is the same service on a copy of its disk, in a folder of its own and
// not started, where the same people log in: it may be in another bubble of
// testing/synctest. It is closed when the test ends.
func (h *House) Elsewhere(t testing.TB, c Copy) *House {
	t.Helper()
	other := *h
	other.Keeper, other.Vault, other.Folder, other.Desk = nil, nil, t.TempDir(), authtest.NewDesk(t)
	other.Config.TrailPath, other.Config.StatePath = filepath.Join(other.Folder, "trail.db"), filepath.Join(other.Folder, "state.db")
	other.connect(t)
	other.back(t, c)
	t.Cleanup(func() {
		if other.Keeper != nil {
			_ = other.Keeper.Close() // its bucket may be anything
		}
	})
	return &other
}
