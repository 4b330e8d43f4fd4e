package keeper_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func (s *scene) journal(t *testing.T, unlocked bool) []vault.Line {
	t.Helper()
	who := s.person
	if !unlocked {
		who = s.Login(t, vaulttest.Person)
	}
	lines, err := s.Keeper.Journal(t.Context(), who, vault.ReadJournal{Safe: s.opened.Safe, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// The person reads every act about their safe once, everybody's, with the right
// actor and outcome (L-03, L-04, L-46, L-51, L-56).
func TestTheJournalHasEveryActOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	start := len(s.journal(t, true))
	ctx, safe := t.Context(), s.opened.Safe
	counter, stranger := s.Login(t, vaulttest.Counter), s.Login(t, vaulttest.Stranger)
	batch, err := s.Deposit(ctx, counter, safe, vaulttest.Paper{Title: "un", Body: []byte("un")}, vaulttest.Paper{Title: "deux", Body: []byte("deux")})
	if err != nil {
		t.Fatal(err)
	}
	_ = s.listAs(stranger)                                                                 // refused
	_ = s.Keeper.Unlock(ctx, s.person, vault.Unlock{Safe: safe, Code: otherCode(t)})       // refused
	_ = s.Keeper.Destroy(ctx, counter, vault.Destroy{Safe: safe, Document: s.kept[0].doc}) // refused
	_, _, err = s.Vault.Control(ctx, s.person, safe, s.kept[0].doc)                        // done
	_, readErr := s.Read(ctx, s.person, safe, s.kept[0].doc, 0)                            // done
	short, shortErr := s.Vault.Read(ctx, s.person, safe, s.kept[0].doc, 0)                 // failed: not to its end
	if err := errors.Join(err, readErr, shortErr, short.Close()); err != nil {
		t.Fatal(err)
	}
	type act struct {
		act     vault.Act
		actor   vault.Actor
		outcome vault.Outcome
		docs    int
	}
	want := []act{
		{vault.ActDeposit, vault.ActorAgent, vault.OutcomeDone, 2},
		{vault.ActList, vault.ActorStranger, vault.OutcomeRefused, 0},
		{vault.ActUnlock, vault.ActorOwner, vault.OutcomeRefused, 0},
		{vault.ActDestroy, vault.ActorAgent, vault.OutcomeRefused, 1},
		{vault.ActControl, vault.ActorOwner, vault.OutcomeDone, 1},
		{vault.ActRead, vault.ActorOwner, vault.OutcomeDone, 1},
		{vault.ActRead, vault.ActorOwner, vault.OutcomeFailed, 1},
		{vault.ActJournal, vault.ActorOwner, vault.OutcomeOpen, 0}, // this reading itself
	}
	var got []act
	lines := s.journal(t, true)
	for _, l := range lines[start:] {
		got = append(got, act{l.Act, l.Actor, l.Outcome, len(l.Documents)})
	}
	if !slices.Equal(got, want) {
		t.Errorf("the journal goes on with\n%v, want\n%v", got, want)
	}
	named := lines[start].Documents
	if named[0].ID != batch[0].Document || named[0].Title != "un" || named[1].Title != "deux" {
		t.Errorf("the batch line names %v", named)
	}
	for _, l := range s.journal(t, false) { // another session, not unlocked
		for _, d := range l.Documents {
			if d.Title != "" {
				t.Error("a title in the journal of a locked safe")
			}
		}
		if l.Actor == vault.ActorService && l.Act == vault.ActLogin {
			t.Error("somebody's login in a safe's journal")
		}
	}
	var paged []vault.Line
	for {
		page, err := s.Keeper.Journal(ctx, s.person, vault.ReadJournal{Safe: safe, From: uint64(len(paged)), Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, page...)
		if len(paged) >= len(lines) {
			break
		}
	}
	for i, l := range lines[:len(lines)-1] {
		if paged[i].Position != l.Position {
			t.Fatalf("line %d is another one when read in pages", i)
		}
	}
}

// What a crash interrupted reads as unknown.
func TestAnInterruptedActReadsAsUnknown(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	r, err := s.Keeper.Release(t.Context(), s.person, s.opened.Safe, s.kept[0].doc)
	if err != nil {
		t.Fatal(err)
	}
	s.Crash(t)
	s.again(t)
	if err := second(s.Keeper.Continue(t.Context(), r.ID)); !errors.Is(err, vault.ErrTicket) {
		t.Errorf("a release outlived a crash: %v", err)
	}
	unknown := 0
	for _, l := range s.journal(t, true) {
		if l.Act == vault.ActRead && l.Outcome == vault.OutcomeUnknown {
			unknown++
		}
	}
	if unknown != 1 {
		t.Errorf("%d unknown reads", unknown)
	}
}

// Each line is proved against a signed checkpoint (RFC 6962); lines of another
// safe do not exist.
func TestLinesAreProved(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	other := s.OpenSafe(t, "autre-fictive")
	theirs := s.Keeper.Flush(t)
	if err := s.Keeper.Unlock(t.Context(), s.Login(t, "autre-fictive"), vault.Unlock{Safe: other.Safe, Code: other.Code}); err != nil {
		t.Fatal(err)
	}
	if l := s.Keeper.Leaves(t, theirs+2)[0]; vault.Act(l.Op) != vault.ActUnlock { // a login, then the unlock
		t.Fatalf("leaf %d is of %v", theirs+2, vault.Act(l.Op))
	}
	lines := s.journal(t, true)
	c, err := s.Keeper.Checkpoint(t.Context(), s.person)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(c.VerifierKey)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := audit.ParseCheckpoint(c.Note, v)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		all, err := s.Keeper.ProveInclusion(t.Context(), s.person, s.opened.Safe, []uint64{l.Position}, signed.Size)
		if err != nil || len(all) != 1 {
			t.Fatalf("line at %d: %d proofs, %v", l.Position, len(all), err)
		}
		in := all[0]
		var proof tlog.RecordProof
		for _, h := range in.Hashes {
			proof = append(proof, tlog.Hash(h))
		}
		leaf := tlog.Hash(sha256.Sum256(append([]byte{0}, in.Leaf...)))
		if err := tlog.CheckRecord(proof, int64(signed.Size), signed.Root, int64(l.Position), leaf); err != nil {
			t.Errorf("line at %d: %v", l.Position, err)
		}
	}
	if _, err := s.Keeper.ProveInclusion(t.Context(), s.person, s.opened.Safe, []uint64{theirs + 2}, signed.Size); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a leaf of another safe: %v", err)
	}
	if _, err := s.Keeper.ProveConsistency(t.Context(), s.person, signed.Size, 1<<40); !errors.Is(err, vault.ErrNotFound) {
		t.Errorf("a proof beyond the trail: %v", err)
	}
}

// Whoever opens every detail of the trail finds ids, and no title, file name or
// text of a person (L-54).
func TestDetailsHoldNoTitles(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	title := "titre-marqueur"
	for _, err := range []error{
		s.Keeper.Change(t.Context(), s.person, vault.Change{Safe: s.opened.Safe, Document: s.kept[0].doc, Title: &title}),
		second(s.Read(t.Context(), s.person, s.opened.Safe, s.kept[0].doc, 0)),
		s.Keeper.Destroy(t.Context(), s.person, vault.Destroy{Safe: s.opened.Safe, Document: s.kept[0].doc}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	opened := 0
	for _, l := range s.Keeper.Leaves(t, 0) {
		if l.Opened != "" {
			opened++
		}
		for _, marker := range []string{title, "libre", "confié", ".txt", string(s.opened.Code.Printed().Reveal())} {
			if strings.Contains(l.Opened, marker) {
				t.Errorf("%q stands in the detail of leaf %d", marker, l.Position)
			}
		}
	}
	if opened < 20 {
		t.Errorf("only %d details opened: the test is too weak", opened)
	}
}

// A trail that was anchored tells one history: another signed tree of the same
// size in the second place stops the keeper.
func TestAnotherHistoryInTheSecondPlaceStopsTheKeeper(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.Stop(t)
	s.Start(t)
	size := s.Keeper.Flush(t)
	for n := size; n < size+20; n++ { // wherever the next checkpoint falls
		s.Anchors.Plant(anchorName(n), []byte("another history"))
	}
	_ = s.Keeper.Close() // it anchors: and finds that somebody did already
	if !strings.Contains(s.Log.String(), "serves nothing any more") {
		t.Error("the log says nothing")
	}
	for n := size; n < size+20; n++ {
		s.Anchors.Drop(anchorName(n))
	}
	s.Start(t)
}

func anchorName(n uint64) storage.Key { return storage.Key(fmt.Sprintf("v1/anchors/%016x", n)) }

// Proving a whole journal is one act: it must not grow by its own length each
// time somebody verifies it.
func TestProvingAJournalIsOneLineOfIt(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	before := s.journal(t, true)
	positions := make([]uint64, len(before))
	for i, l := range before {
		positions[i] = l.Position
	}
	proofs, err := s.Keeper.ProveInclusion(t.Context(), s.person, s.opened.Safe, positions, s.Keeper.TrailSize())
	if err != nil || len(proofs) != len(positions) {
		t.Fatalf("%d proofs of %d lines: %v", len(proofs), len(positions), err)
	}
	grown := s.journal(t, true)[len(before):]
	if len(grown) != 2 || grown[0].Act != vault.ActInclusion || grown[1].Act != vault.ActJournal {
		t.Errorf("%d lines were added by one proof and one reading", len(grown))
	}
}
