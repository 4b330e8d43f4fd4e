package keeper_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// L-01: what goes in comes out, byte for byte, whatever its size; and a locked
// safe receives as easily as an open one.
func TestWhatGoesInComesOut(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	counter := h.Login(t, vaulttest.Counter)
	for _, size := range []int{1, 1000, seal.MaxInlinePlain, seal.MaxInlinePlain + 1, 70_000, seal.SegmentSize, 9 << 20} {
		body := vaulttest.Text("papier", size)
		receipts, err := h.Deposit(t.Context(), counter, opened.Safe, vaulttest.Paper{Title: "papier", Body: body})
		if err != nil {
			t.Fatalf("deposit of %d bytes: %v", size, err)
		}
		if r := receipts[0]; r.Size != int64(size) || r.SHA256 != seal.DigestOf(body) {
			t.Errorf("receipt for %d bytes says %d, %v", size, r.Size, r.SHA256)
		}
		person := h.Unlocked(t, vaulttest.Person, opened)
		got, err := h.Read(t.Context(), person, opened.Safe, receipts[0].Document, 0)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("read of %d bytes gives %d bytes, %v", size, len(got), err)
		}
		got, err = h.Read(t.Context(), person, opened.Safe, receipts[0].Document, int64(size/2))
		if err != nil || !bytes.Equal(got, body[size/2:]) {
			t.Errorf("read of %d bytes from the middle gives %d bytes, %v", size, len(got), err)
		}
	}
}

// Nothing of a locked safe comes out, whoever asks; the counter that put papers
// in can never take them out.
func TestALockedSafeGivesNothing(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	counter := h.Login(t, vaulttest.Counter)
	receipts, err := h.Deposit(t.Context(), counter, opened.Safe, vaulttest.Paper{Title: "papier", Body: []byte("bonjour")})
	if err != nil {
		t.Fatal(err)
	}
	doc := receipts[0].Document
	person, stranger := h.Login(t, vaulttest.Person), h.Login(t, vaulttest.Stranger)
	for _, c := range []struct {
		who  string
		err  error
		want error
	}{
		{"owner before unlocking", second(h.Read(t.Context(), person, opened.Safe, doc, 0)), vault.ErrLocked},
		{"counter", second(h.Read(t.Context(), counter, opened.Safe, doc, 0)), vault.ErrNotFound},
		{"stranger", second(h.Read(t.Context(), stranger, opened.Safe, doc, 0)), vault.ErrNotFound},
		{"owner's list", second(h.Keeper.List(t.Context(), person, vault.List{Safe: opened.Safe, Limit: 10})), vault.ErrLocked},
		{"wrong code", h.Keeper.Unlock(t.Context(), person, vault.Unlock{Safe: opened.Safe, Code: otherCode(t)}), vault.ErrCode},
		{"stranger with the code", h.Keeper.Unlock(t.Context(), stranger, vault.Unlock{Safe: opened.Safe, Code: opened.Code}), vault.ErrNotFound},
		{"counter with the code", h.Keeper.Unlock(t.Context(), counter, vault.Unlock{Safe: opened.Safe, Code: opened.Code}), vault.ErrNotFound},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v, want %v", c.who, c.err, c.want)
		}
	}
}

// What stands under one title in the list is what was deposited under it.
func TestListNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	person := h.Unlocked(t, vaulttest.Person, opened)
	var all []vaulttest.Paper
	for _, title := range []string{"un", "deux", "trois", "quatre", "cinq"} {
		all = append(all, vaulttest.Paper{Title: title, Body: []byte(title)})
	}
	receipts, err := h.Deposit(t.Context(), person, opened.Safe, all...)
	if err != nil {
		t.Fatal(err)
	}
	var after vault.DocumentID
	var got []string
	for {
		page, err := h.Keeper.List(t.Context(), person, vault.List{Safe: opened.Safe, After: after, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page {
			got = append(got, d.Description.Title)
			if d.Description.Drawer != "a-trier" {
				t.Errorf("%s lies in %q", d.Description.Title, d.Description.Drawer)
			}
		}
		if len(page) < 2 {
			break
		}
		after = page[len(page)-1].ID
	}
	if want := "un deux trois quatre cinq"; joined(got) != want {
		t.Errorf("list is %q, want %q", joined(got), want)
	}
	n, err := h.Keeper.Count(t.Context(), person, opened.Safe)
	if err != nil || n != len(receipts) {
		t.Errorf("count is %d, %v", n, err)
	}
}

func joined(words []string) (s string) {
	for i, w := range words {
		if i > 0 {
			s += " "
		}
		s += w
	}
	return s
}

func second[T any](_ T, err error) error { return err }

func otherCode(t *testing.T) seal.Code {
	t.Helper()
	c, err := seal.NewCode()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// L-02, L-17: a paper says where it comes from: who put it in, in which
// function, when, and the digest of the bytes as received; the depositor holds
// the service's signed word for it, and the journal names the same login.
func TestADepositSaysWhereItComesFrom(t *testing.T) {
	t.Parallel()
	h := vaulttest.New(t)
	opened := h.OpenSafe(t, vaulttest.Person)
	body := []byte("attestation fictive")
	began := time.Now().Truncate(time.Second)
	receipts, err := h.Deposit(t.Context(), h.Login(t, vaulttest.Counter), opened.Safe, vaulttest.Paper{Title: "attestation", Body: body})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := seal.VerifySigned(receipts[0].Signed, seal.SignedReceipt, h.Config.Genesis)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"document " + receipts[0].Document.String(), "sha256 " + seal.DigestOf(body).String(), "size 19"} {
		if !strings.Contains(string(signed.Payload()), "\n"+line+"\n") {
			t.Errorf("the receipt does not say %q", line)
		}
	}
	person := h.Unlocked(t, vaulttest.Person, opened)
	docs, err := h.Keeper.List(t.Context(), person, vault.List{Safe: opened.Safe, Limit: 10})
	if err != nil || len(docs) != 1 {
		t.Fatalf("%d papers, %v", len(docs), err)
	}
	d := docs[0]
	if d.Depositor != "reception" || d.SHA256 != seal.DigestOf(body) || d.Created.Before(began) || d.Created.After(time.Now()) {
		t.Errorf("deposited by %q, %v, at %v", d.Depositor, d.SHA256, d.Created)
	}
	lines, err := h.Keeper.Journal(t.Context(), person, vault.ReadJournal{Safe: opened.Safe, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	who := h.Desk.Issuer.User(t, vaulttest.Counter)
	found := slices.ContainsFunc(lines, func(l vault.Line) bool {
		return l.Act == vault.ActDeposit && l.Actor == vault.ActorAgent && l.Outcome == vault.OutcomeDone &&
			l.ActorLogin == who.Issuer()+" "+who.Subject() && len(l.Documents) == 1 && l.Documents[0].ID == d.ID
	})
	if !found {
		t.Error("the journal does not name who deposited it")
	}
}
