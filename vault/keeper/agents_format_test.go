package keeper

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/directory"
)

// agentVectors are the stored forms that FORMAT.md gives structures and agents.
type agentVectors struct {
	Structure   json.RawMessage `json:"structure"`
	Agent       json.RawMessage `json:"agent"`
	Program     json.RawMessage `json:"program"`      // the key of auth/testdata/assertion.json
	RegisterRow string          `json:"register_row"` // key of a word, without the safe
	AddressRow  string          `json:"address_row"`
	OpenedRow   string          `json:"opened_row"` // without the safe
}

func TestRecordsOfStructuresAndAgentsAreAsTheFormatSays(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/agents.json")
	if err != nil {
		t.Fatal(err)
	}
	var v agentVectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	s, err := parseStructureRecord(v.Structure)
	if err != nil || s.name != "CCAS de Ville-Exemple" || s.siret.String() != "99999999800019" {
		t.Errorf("structure %+v: %v", s, err)
	}
	a, err := parseAgentRecord(v.Agent)
	if err != nil || a.name != "Volontaire Fictif" || a.login.Subject() != "volontaire-fictif" ||
		a.functions != vault.NewFunctionSet(vault.FunctionCivicService) || !a.until.Equal(time.Unix(1790000000, 0)) ||
		!a.since.Equal(time.Unix(1767225600, 0)) || !a.civic.Equal(a.since) {
		t.Errorf("agent %+v: %v", a, err)
	}
	p, err := parseAgentRecord(v.Program)
	if err != nil || !p.login.IsPartner() || p.program.siret.String() != "73282932000074" || p.functions != 0 ||
		p.program.key.Fingerprint() != "788de5096f8b530eef97a4015cffb7cfeb260c23795b846bf8112682a93b1101" {
		t.Errorf("partner program %+v: %v", p, err)
	}
	for _, both := range []string{
		strings.Replace(string(v.Program), `"until"`, `"functions":["reception"],"until"`, 1),
		strings.Replace(string(v.Program), "coffre:partner", "https://issuer.example", 1),
		strings.Replace(string(v.Agent), "https://issuer.example", "coffre:partner", 1),
	} {
		if _, err := parseAgentRecord([]byte(both)); err == nil {
			t.Errorf("an agent and a partner program at once: %s", both)
		}
	}
	k := vectorKeeper(t, readVectors(t))
	structure, agent, address := vault.StructureID{1}, vault.AgentID{2}, vault.AddressID{3}
	for what, got := range map[string]string{
		v.RegisterRow: hex.EncodeToString(k.registerPrefix(structure, "1984-02-00", "elise")),
		v.AddressRow:  hex.EncodeToString(k.addressKey(address)),
		v.OpenedRow:   hex.EncodeToString(k.openedPrefix(agent)),
	} {
		if got != what {
			t.Errorf("a row is %s, not %s", got, what)
		}
	}
}

// A record has one form: what is read is written again as the same bytes.
func FuzzAgentRecord(f *testing.F) {
	u, err := auth.NewUserID("https://issuer.example", "volontaire-fictif")
	if err != nil {
		f.Fatal(err)
	}
	seed, err := agentRecord{
		login: u, name: "Volontaire Fictif", functions: vault.NewFunctionSet(vault.FunctionCivicService, vault.FunctionReception),
		until: time.Unix(1790000000, 0), since: directory.Day(time.Unix(1767225600, 0)), civic: time.Unix(1767225600, 0),
	}.marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	raw, err := os.ReadFile("testdata/agents.json")
	if err != nil {
		f.Fatal(err)
	}
	var v agentVectors
	if err := json.Unmarshal(raw, &v); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(v.Program))
	f.Add([]byte(`{"v":1,"siret":"99999999800019","name":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := parseAgentRecord(b); err == nil {
			if again, err := r.marshal(); err != nil || string(again) != string(b) {
				t.Errorf("%q is %q: %v", b, again, err)
			}
		}
		if r, err := parseStructureRecord(b); err == nil {
			if again, err := r.marshal(); err != nil || string(again) != string(b) {
				t.Errorf("%q is %q: %v", b, again, err)
			}
		}
	})
}
