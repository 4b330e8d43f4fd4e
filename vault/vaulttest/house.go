// Package vaulttest gives tests a whole service without a network: a real
// bucket in a folder (hostile at will), a real trail and state, a real issuer
// and a real keeper, all below t.TempDir(). It holds no fake of our own code.
//
// It is for tests only; nothing of the product may import it.
package vaulttest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/coffre-fort/coffre/auth/authtest"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/dir"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A House is one service in a folder of its own.
type House struct {
	Folder  string // holds bucket/, anchors/, trail.db and state.db
	Bucket  *storagetest.Hostile
	Anchors *storagetest.Hostile
	Keeper  *keeper.Keeper
	Vault   *vault.Vault
	Desk    *authtest.Desk
	Config  keeper.Config
	EscrowA *seal.Identity
	EscrowB *seal.Identity
	Log     *Log
	// Structure is where everybody of [Team] works; Agents are they, by subject.
	Structure vault.StructureID
	Agents    map[string]vault.AgentID

	plain bool // the keeper sees the bucket itself, and not through rules
	cut   []*keeper.Keeper
}

// New answers a service with a vault of its own and the structure of [Team], and
// starts it. It is closed when the test ends. The vault was founded once for all
// houses of a program, which differ in everything that happens afterwards; their
// keys are the same.
func New(t testing.TB) *House {
	t.Helper()
	return foundedFor(t).house(t)
}

// house puts a founded vault into a new folder, and opens it.
func (f *foundation) house(t testing.TB) *House {
	t.Helper()
	h := f.empty(t, t.TempDir())
	h.Structure, h.Agents = f.structure, maps.Clone(f.agents)
	f.write(t, h.Folder)
	h.connect(t)
	h.Start(t)
	h.closeAtEnd(t)
	return h
}

// empty is a house with the secrets of f, before anything was written.
func (f *foundation) empty(t testing.TB, folder string) *House {
	t.Helper()
	h := &House{
		Folder: folder, Desk: authtest.NewDesk(t), Log: &Log{}, EscrowA: f.escrowA, EscrowB: f.escrowB,
	}
	kinds, err := papers.Load()
	must(t, err)
	h.Config = keeper.Config{
		Secrets:   f.secrets,
		TrailPath: filepath.Join(h.Folder, trailFile), StatePath: filepath.Join(h.Folder, stateFile),
		Realm: chain.RealmDev, Genesis: f.secrets.Signing.Public(), Kinds: kinds, CodeCost: seal.CodeCostInvented,
		Audience: Audience,
		Log:      slog.New(slog.NewTextHandler(h.Log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	return h
}

func (h *House) closeAtEnd(t testing.TB) {
	t.Helper()
	t.Cleanup(func() {
		h.Bucket.SetRule(nil)
		if h.Keeper != nil {
			if err := h.Keeper.Close(); err != nil {
				t.Error("close the keeper:", err)
			}
		}
	})
}

// connect opens bucket and anchors below the folder, as a program that starts
// does.
func (h *House) connect(t testing.TB) {
	t.Helper()
	folder := filepath.Join(h.Folder, bucketFolder)
	inner, err := dir.Open(dir.Config{Path: mkdir(t, folder)})
	must(t, err)
	h.Bucket = storagetest.NewHostile(t, inner, folder)
	folder = filepath.Join(h.Folder, anchorsFolder)
	b, err := dir.Open(dir.Config{Path: mkdir(t, folder)})
	must(t, err)
	h.Anchors = storagetest.NewHostile(t, b, folder)
	h.Config.Bucket, h.Config.Anchors = h.Bucket, h.Anchors
	if h.plain {
		h.Config.Bucket, h.Config.Anchors = inner, b
	}
}

func mkdir(t testing.TB, path string) string {
	t.Helper()
	must(t, os.MkdirAll(path, 0o700))
	return path
}

// Start opens the keeper on what the folder holds.
func (h *House) Start(t testing.TB) {
	t.Helper()
	must(t, h.TryStart(t.Context()))
}

// TryStart is Start for a test that expects a refusal.
func (h *House) TryStart(ctx context.Context) (err error) {
	if h.Keeper, err = keeper.Open(ctx, h.Config); err != nil {
		h.Keeper = nil
		return err
	}
	h.Vault, err = vault.New(vault.Config{Keeper: h.Keeper, Bucket: h.Bucket, MaxDocument: vault.MaxDocument})
	return err
}

// Stop closes the keeper in good order.
func (h *House) Stop(t testing.TB) {
	t.Helper()
	must(t, h.Keeper.Close())
	h.Keeper = nil
}

// Restart closes the keeper while the buckets are as the test made them, and
// opens it on the same files. The buckets' fault rules end with it; that Close
// could not reach them does not count.
func (h *House) Restart(t testing.TB) {
	t.Helper()
	_ = h.Keeper.Close()
	h.Keeper = nil
	h.connect(t)
	h.Start(t)
}

// Crash is a power cut and a new start: the keeper of before is cut off from
// the buckets, and another one starts on copies of the files as they are now.
// The bucket's fault rules end with it.
func (h *House) Crash(t testing.TB) {
	t.Helper()
	h.PowerCut(t)
	h.Start(t)
}

// Twin starts another keeper on the same buckets and on copies of the files,
// while this one goes on: what an operator must never do.
func (h *House) Twin(t testing.TB) *House {
	t.Helper()
	twin := *h
	folder := mkdir(t, filepath.Join(h.Folder, "twin-"+vault.NewRequestID().String()))
	for _, path := range []*string{&twin.Config.TrailPath, &twin.Config.StatePath} {
		to := filepath.Join(folder, filepath.Base(*path))
		copyFile(t, *path, to)
		*path = to
	}
	twin.Start(t)
	t.Cleanup(func() {
		if twin.Keeper != nil {
			_ = twin.Keeper.Close()
		}
	})
	return &twin
}

// PowerCut is the first half of Crash.
func (h *House) PowerCut(t testing.TB) {
	t.Helper()
	old := h.Keeper
	for _, b := range []*storagetest.Hostile{h.Bucket, h.Anchors} {
		b.SetRule(func(storagetest.Op, storage.Key) storagetest.Fault { return storagetest.NotApplied })
	}
	next := mkdir(t, filepath.Join(h.Folder, "after-"+vault.NewRequestID().String()))
	for _, path := range []*string{&h.Config.TrailPath, &h.Config.StatePath} {
		to := filepath.Join(next, filepath.Base(*path))
		copyFile(t, *path, to)
		*path = to
	}
	t.Cleanup(func() { _ = old.Close() }) // it is cut off: whatever it says does not count
	h.cut = append(h.cut, old)
	h.Keeper = nil
	h.connect(t)
}

// Bury ends the keepers that a power cut left behind. Cut off as they are, they go
// on trying: who lets days pass has them do so every minute of them.
func (h *House) Bury() {
	for _, old := range h.cut {
		_ = old.Close()
	}
	h.cut = nil
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	must(t, err)
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, errors.Join(err, out.Close()))
}

// OpenSafe opens a safe at the counter for a person's login.
func (h *House) OpenSafe(t testing.TB, owner string) vault.OpenedSafe {
	t.Helper()
	return h.OpenSafeAt(t, Counter, owner, vault.OpenSafe{})
}

// OpenSafeAt is OpenSafe by an agent of whatever structure, with what else was
// said.
func (h *House) OpenSafeAt(t testing.TB, agent, owner string, act vault.OpenSafe) vault.OpenedSafe {
	t.Helper()
	act.Request, act.Information = vault.NewRequestID(), "2026-11"
	if owner != "" {
		act.Owner = h.Desk.Issuer.User(t, owner)
	}
	opened, err := h.Keeper.OpenSafe(t.Context(), h.Login(t, agent), act)
	must(t, err)
	return opened
}

// Unlocked logs the owner in and unlocks the safe with its sheet.
func (h *House) Unlocked(t testing.TB, owner string, opened vault.OpenedSafe) session.Principal {
	t.Helper()
	who := h.Login(t, owner)
	must(t, h.Keeper.Unlock(t.Context(), who, vault.Unlock{Safe: opened.Safe, Code: opened.Code}))
	return who
}

// A Paper is something to deposit.
type Paper struct {
	Title string
	Kind  papers.Kind
	Body  []byte
}

// Deposit puts papers into a safe, in one act.
func (h *House) Deposit(ctx context.Context, who session.Principal, safe vault.SafeID, all ...Paper) ([]vault.Receipt, error) {
	return h.DepositAs(ctx, who, vault.BeginDeposit{Request: vault.NewRequestID(), Safe: safe}, all...)
}

// DepositAs is Deposit with a request id of the caller's choice.
func (h *House) DepositAs(ctx context.Context, who session.Principal, act vault.BeginDeposit, all ...Paper) ([]vault.Receipt, error) {
	next := 0
	return h.Vault.Deposit(ctx, who, act, func() (vault.Upload, error) {
		if next == len(all) {
			return vault.Upload{}, io.EOF
		}
		p := all[next]
		next++
		return vault.Upload{
			Description: vault.Description{Title: p.Title, FileName: p.Title + ".txt", Kind: p.Kind},
			Size:        int64(len(p.Body)), Body: bytes.NewReader(p.Body),
			Announced: func() (seal.Digest, error) { return seal.DigestOf(p.Body), nil },
		}, nil
	})
}

// Read reads a whole document.
func (h *House) Read(ctx context.Context, who session.Principal, safe vault.SafeID, doc vault.DocumentID, offset int64) ([]byte, error) {
	r, err := h.Vault.Read(ctx, who, safe, doc, offset)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

// Text makes a plain text of n bytes that begins with what it is about.
func Text(about string, n int) []byte {
	b := bytes.Repeat([]byte(about+" "), n/(len(about)+1)+1)
	return b[:n]
}

func identity(t testing.TB) *seal.Identity {
	t.Helper()
	id, err := seal.NewIdentity()
	must(t, err)
	return id
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
