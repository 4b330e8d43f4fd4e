package keeper_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// The measurements of a whole structure live in a folder that stays: one command
// makes it, through the keeper and nothing else, another one measures it
// (deploy/docs/benchmarks.md).
const (
	scaleFolder = "COFFRE_SCALE_DIR"   // where; without it nothing is made or measured
	scaleSafes  = "COFFRE_SCALE_SAFES" // how many safes, a multiple of 20; 10 000 unless it says otherwise
)

// A town is a structure with a safe for each of its people, an agent for twenty
// of them, and five consents a safe: an agent has a hundred, and one of them, who
// will leave, one for every twenty safes.
type town struct {
	*vaulttest.House
	safes, agents int
}

const (
	perSafe = 5 // consents
	helpers = 8 // who fill the town at once
)

// newTown answers the town in the folder, and skips without one.
func newTown(b *testing.B) *town {
	b.Helper()
	folder := os.Getenv(scaleFolder)
	if folder == "" {
		b.Skip("takes many minutes: set " + scaleFolder)
	}
	safes := 10_000
	if n, err := strconv.Atoi(os.Getenv(scaleSafes)); err == nil {
		safes = n
	}
	return &town{vaulttest.At(b, folder), safes, safes / 20}
}

func personOf(i int) string { return fmt.Sprintf("personne-%05d", i) }

func agentOf(i int) string { return fmt.Sprintf("agent-%04d", i) }

const townManager = "responsable-de-la-ville"

// entryOf is a person's line in the register; every name but the family's is
// shared by many.
func entryOf(i int) vault.RegisterEntry {
	names := []string{"Amina", "Bruno", "Chantal", "Driss", "Elsa", "Farid", "Gisèle", "Henri"}
	return vault.RegisterEntry{
		Name:  fmt.Sprintf("%s Exemple-%s", names[i%len(names)], letters(i)),
		Birth: fmt.Sprintf("%d-%02d-%02d", 1940+i%60, 1+i%12, 1+i%28),
	}
}

// letters writes a number with letters, for names have no digits.
func letters(i int) string {
	s := ""
	for ; i > 0 || s == ""; i /= 26 {
		s = string(rune('a'+i%26)) + s
	}
	return s
}

// helperOf is who holds the j-th consent of a safe: whoever will leave holds the
// first one of every twentieth safe.
func (w *town) helperOf(safe, j int) int {
	if j == 0 && safe < w.agents {
		return 0
	}
	return 1 + (safe*perSafe+j)%(w.agents-1)
}

// found begins the structure with its agents, and answers their ids.
func (w *town) found(b *testing.B) []vault.AgentID {
	b.Helper()
	until := time.Now().AddDate(0, 0, 180).UTC().Truncate(24 * time.Hour)
	act := vault.AddStructure{SIRET: "78467169500087", Name: "CCAS de Ville-Grande", Manager: vault.NewAgent{
		Login: w.Desk.Issuer.User(b, townManager), Name: townManager, Until: until,
		Functions: vault.NewFunctionSet(vault.FunctionAccessManager),
	}}
	for i := range w.agents {
		act.Agents = append(act.Agents, vault.NewAgent{
			Login: w.Desk.Issuer.User(b, agentOf(i)), Name: agentOf(i), Until: until,
			Functions: vault.NewFunctionSet(vault.FunctionSocialWorker),
		})
	}
	_, ids, err := w.Keeper.AddStructure(b.Context(), act)
	if err != nil {
		b.Fatal("structure:", err)
	}
	return ids[1:]
}

// BenchmarkScaleMake fills an empty folder with a town.
func BenchmarkScaleMake(b *testing.B) {
	w := newTown(b)
	if _, err := os.Stat(w.notes()); err == nil {
		b.Fatal("there is a town already")
	}
	ids := w.found(b)
	agents := make([]session.Principal, w.agents)
	for i := range agents {
		agents[i] = w.Login(b, agentOf(i))
	}
	opened := make([]vault.OpenedSafe, w.safes)
	var g errgroup.Group
	g.SetLimit(helpers)
	begun, mu := time.Now(), sync.Mutex{}
	for i := range w.safes {
		if i%(w.safes/20) == 0 {
			b.Logf("%5d safes after %v", i, time.Since(begun).Round(time.Second))
			for a := range agents { // sessions that lie unused end
				mu.Lock()
				agents[a] = w.Login(b, agentOf(a))
				mu.Unlock()
			}
		}
		g.Go(func() (err error) {
			mu.Lock()
			agent := agents[i%w.agents]
			mu.Unlock()
			opened[i], err = w.move(b, i, agent, ids)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	w.note(b, opened, ids)
	b.ReportMetric(float64(w.safes*perSafe), "consents")
}

// move opens the safe of one person at the counter, with a paper and consents.
func (w *town) move(b *testing.B, i int, agent session.Principal, ids []vault.AgentID) (vault.OpenedSafe, error) {
	opened, err := w.Keeper.OpenSafe(b.Context(), agent, vault.OpenSafe{
		Request: vault.NewRequestID(), Information: "2026-11", Owner: w.Desk.Issuer.User(b, personOf(i)), Entry: entryOf(i),
	})
	if err != nil {
		return opened, fmt.Errorf("open safe %d: %w", i, err)
	}
	person := w.Login(b, personOf(i))
	if err := w.Keeper.Unlock(b.Context(), person, vault.Unlock{Safe: opened.Safe, Code: opened.Code}); err != nil {
		return opened, fmt.Errorf("unlock %d: %w", i, err)
	}
	if _, err := w.Deposit(b.Context(), person, opened.Safe, vaulttest.Paper{
		Title: "bail", Kind: entrustedKind, Body: vaulttest.Text("bail", 2000),
	}); err != nil {
		return opened, fmt.Errorf("deposit %d: %w", i, err)
	}
	for j := range perSafe {
		if _, err := w.give(b, person, opened.Safe, ids[w.helperOf(i, j)]); err != nil {
			return opened, fmt.Errorf("consent %d of %d: %w", j, i, err)
		}
	}
	return opened, w.Keeper.CloseSession(b.Context(), person)
}

// give lets an agent into one drawer for three months.
func (w *town) give(b *testing.B, who session.Principal, safe vault.SafeID, agent vault.AgentID) (vault.Consent, error) {
	return w.giveWith(b, who, safe, agent, vault.ArrivalsToday)
}

func (w *town) giveWith(b *testing.B, who session.Principal, safe vault.SafeID, agent vault.AgentID, arrivals vault.Arrivals) (vault.Consent, error) {
	from := time.Now().UTC().Truncate(time.Second)
	terms := vault.Terms{
		Safe: safe, Agent: agent, Function: vault.FunctionSocialWorker, Purpose: "apl", Precise: "remplir la demande",
		Posture: vault.PostureWith, Actions: vault.ActionSee | vault.ActionRead, Presence: vault.PresenceNot, Arrivals: arrivals,
		Scope: vault.Scope{Drawers: []papers.Drawer{"logement"}}, From: from, Until: from.Add(90 * oneDay), Language: "fr",
	}
	shown, err := w.Keeper.ShowConsent(b.Context(), who, terms)
	if err != nil {
		return vault.Consent{}, err
	}
	return w.Keeper.GiveConsent(b.Context(), who, vault.GiveConsent{
		Request: vault.NewRequestID(), Safe: safe, Terms: terms, Shown: shown.Digest, Giving: inPerson,
	})
}

func (w *town) notes() string { return filepath.Join(w.Folder, "town.txt") }

// note writes the ids of the town, the agents' first, and the people's codes:
// everybody here is invented.
func (w *town) note(b *testing.B, opened []vault.OpenedSafe, agents []vault.AgentID) {
	b.Helper()
	f, err := os.Create(w.notes())
	if err != nil {
		b.Fatal(err)
	}
	for _, id := range agents {
		fmt.Fprintln(f, id)
	}
	for _, o := range opened {
		fmt.Fprintln(f, o.Safe, string(o.Code.Printed().Reveal()))
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}
