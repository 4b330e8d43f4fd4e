package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// A sheetsLeft is what remains of a service that is gone: a copy of the bucket, the
// master, escrow A and the three recovery sheets of one safe.
type sheetsLeft struct {
	house  *vaulttest.House
	safe   vault.SafeID
	kit    vault.NewKit
	papers [][]byte
}

// newSheetsLeft is a safe with a paper from before its handover and one from after
// it, so that its identity has two epochs.
func newSheetsLeft(t *testing.T) sheetsLeft {
	t.Helper()
	h := vaulttest.New(t)
	h.Stop(t)
	h.Config.CodeCost = 0 // that of real sheets, which the offline command knows
	h.Start(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	who := h.Unlocked(t, vaulttest.Person, opened)
	left := sheetsLeft{house: h, safe: opened.Safe, papers: [][]byte{vaulttest.Text("avant", 9000), vaulttest.Text("depuis", 20000)}}
	put := func(body []byte) {
		t.Helper()
		if _, err := h.Deposit(t.Context(), who, left.safe, vaulttest.Paper{Title: "papier", Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	put(left.papers[0])
	var err error
	if left.kit, err = h.Keeper.MakeKit(t.Context(), who, vault.MakeKit{Request: vault.NewRequestID(), Safe: left.safe}); err != nil {
		t.Fatal(err)
	}
	p, err := h.Keeper.PrepareHandover(t.Context(), who, vault.PrepareHandover{Safe: left.safe, Leader: h.Agents[vaulttest.Leader]})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Keeper.Handover(t.Context(), who, vault.Handover{
		Request: vault.NewRequestID(), Safe: left.safe, Sheet: p.Sheet.Sheet, Code: p.Sheet.Code, PIN: vaulttest.PIN(t),
	}); err != nil {
		t.Fatal(err)
	}
	put(left.papers[1])
	return left
}

// laidOut writes what remains into a folder, with two of the sheets, and answers the
// lines that name them. The outside is the master, or escrow A.
func (l sheetsLeft) laidOut(t *testing.T, dir string, one, other vault.KitSheet, outer []byte) string {
	t.Helper()
	for key, raw := range l.house.Bucket.Snapshot().All() {
		path := filepath.Join(dir, "bucket", filepath.FromSlash(string(key)))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, raw)
	}
	write(t, filepath.Join(dir, "outer.txt"), outer)
	write(t, filepath.Join(dir, "first-code.txt"), one.Code.Printed().Reveal())
	write(t, filepath.Join(dir, "second-code.txt"), other.Code.Printed().Reveal())
	return fmt.Sprintf("bucket=bucket\nsafe=%s\nfirst=%s\nsecond=%s\n", l.safe, one.Sheet, other.Sheet)
}

// Whoever has nothing left but a copy of the bucket, the master or escrow A, and two
// recovery sheets gets every paper back with the stock age tool, by the lines of the
// page; with one sheet, none.
func TestTwoRecoverySheetsGiveThePapersBackWithStockAge(t *testing.T) {
	t.Parallel()
	if os.Getenv("CI") != "true" {
		t.Skip("the stock age command is built in CI: set CI=true")
	}
	page := document(t, operations)
	kit, way := fences(page, "sh run kit"), fences(page, "sh run age")
	if len(kit) != 1 || len(way) != 1 {
		t.Fatalf("%d blocks of recovery sheets, %d of the way out", len(kit), len(way))
	}
	_, papers, found := strings.Cut(way[0], "# the papers: open, and cut the padding\n")
	if papers, _, _ = strings.Cut(papers, "\n\n"); !found {
		t.Fatal("the page no longer opens the papers")
	}
	left, tools := newSheetsLeft(t), newShell(t, filepath.Dir(buildAge(t)))
	master, escrow := left.house.Config.Secrets.Master.Text().Reveal(), left.house.EscrowA.Text().Reveal()
	var want []string
	for _, body := range left.papers {
		want = append(want, fmt.Sprintf("%x", sha256.Sum256(body)))
	}
	slices.Sort(want)
	for _, c := range []struct {
		one, other int
		outer      []byte
	}{{0, 1, master}, {2, 0, escrow}, {1, 2, master}} {
		where := shell{dir: t.TempDir(), env: tools.env}
		names := left.laidOut(t, where.dir, left.kit.Sheets[c.one], left.kit.Sheets[c.other], c.outer)
		listed := where.run(t, "set -eu\n"+names+kit[0]+papers+"\nsha256sum papers/* | cut -d ' ' -f 1 | sort\n")
		if got := strings.Fields(listed); !slices.Equal(got, want) {
			t.Errorf("sheets %d and %d: papers %q, want %q", c.one, c.other, got, want)
		}
	}
	where := shell{dir: t.TempDir(), env: tools.env}
	names := left.laidOut(t, where.dir, left.kit.Sheets[0], left.kit.Sheets[0], master)
	if got := where.run(t, "set -eu\n"+names+kit[0]+"\ntest ! -s safe.txt && echo nothing\n"); got != "nothing\n" {
		t.Errorf("one sheet, twice: %q", got)
	}
}
