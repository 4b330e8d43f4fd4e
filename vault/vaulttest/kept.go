package vaulttest

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

// keptFile holds, in the folder of a house that stays, what a foundation is made
// of. Its keys open nothing but invented people's safes.
const keptFile = "house.json"

type kept struct {
	Master, Signing, Pepper, EscrowA, EscrowB []byte
	Structure                                 string
	Agents                                    map[string]string
}

// At is New in a folder that stays: a vault is founded there when there is none,
// and found there the next time. It is for measurements: the keeper works on the
// bucket itself, which follows no rules, and logs nothing.
func At(t testing.TB, folder string) *House {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, keptFile))
	if errors.Is(err, fs.ErrNotExist) {
		f := foundedFor(t)
		f.write(t, folder)
		must(t, os.WriteFile(filepath.Join(folder, keptFile), f.marshal(t), 0o600))
		return f.opened(t, folder)
	}
	must(t, err)
	return parseKept(t, raw).opened(t, folder)
}

// opened is a house on what a folder holds.
func (f *foundation) opened(t testing.TB, folder string) *House {
	t.Helper()
	h := f.empty(t, folder)
	h.Structure, h.Agents, h.plain = f.structure, f.agents, true
	h.Config.Log = slog.New(slog.DiscardHandler)
	h.connect(t)
	h.Start(t)
	h.closeAtEnd(t)
	return h
}

func (f *foundation) marshal(t testing.TB) []byte {
	t.Helper()
	k := kept{
		Master: f.secrets.Master.Text().Reveal(), Signing: f.secrets.Signing.Text().Reveal(), Pepper: f.secrets.Pepper.Reveal(),
		EscrowA: f.escrowA.Text().Reveal(), EscrowB: f.escrowB.Text().Reveal(),
		Structure: f.structure.String(), Agents: map[string]string{},
	}
	for subject, id := range f.agents {
		k.Agents[subject] = id.String()
	}
	raw, err := json.Marshal(k)
	must(t, err)
	return raw
}

func parseKept(t testing.TB, raw []byte) *foundation {
	t.Helper()
	var k kept
	must(t, json.Unmarshal(raw, &k))
	signing, err := seal.ParseSigningKey(seal.NewSecret(k.Signing))
	must(t, err)
	f := &foundation{
		secrets: keeper.Secrets{MasterEpoch: 1, Signing: signing, Pepper: seal.NewSecret(k.Pepper)},
		agents:  map[string]vault.AgentID{},
	}
	for to, text := range map[**seal.Identity][]byte{&f.secrets.Master: k.Master, &f.escrowA: k.EscrowA, &f.escrowB: k.EscrowB} {
		*to, err = seal.ParseIdentity(seal.NewSecret(text))
		must(t, err)
	}
	f.structure, err = vault.ParseStructureID(k.Structure)
	must(t, err)
	for subject, text := range k.Agents {
		f.agents[subject], err = vault.ParseAgentID(text)
		must(t, err)
	}
	return f
}
