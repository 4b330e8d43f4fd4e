package keeper

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// fullAgreement has every field that an agreement can have.
func fullAgreement() agreement {
	at := time.Unix(1790000000, 0).UTC()
	a := agreement{
		id: vault.ConsentID{1},
		terms: vault.Terms{
			Safe: vault.SafeID{2}, Agent: vault.AgentID{3}, Function: vault.FunctionSocialWorker,
			Replacement: vault.ReplacementSuccessor, Purpose: "RSA", Precise: "remplir la demande avec la personne",
			Posture: vault.PostureInStead, Reason: "la personne ne lit pas le français", Actions: vault.ActionSee | vault.ActionRead,
			Scope: vault.Scope{
				Documents: []vault.DocumentID{{4}, {5}}, Kinds: []papers.Kind{"avis-imposition", "quittance"}, Drawers: []papers.Drawer{"logement"},
			},
			Arrivals: vault.ArrivalsToo, Presence: vault.PresenceNot, From: at, Until: at.Add(31 * day), Language: "fr",
		},
		asked: at.Add(-time.Hour), given: at,
		giving:   vault.Giving{Method: vault.MethodOral, Witness: "Mme Témoin", Company: vault.CompanyWanted, Protection: vault.ProtectionNone},
		unproved: true, renews: vault.ConsentID{9},
	}
	a.shown = vault.Shown{Text: "Vous donnez votre accord.", Version: "fr-1", PersonSigns: true}
	a.shown.Digest, _ = digestOf(a.terms, a.shown)
	return a
}

func TestTermsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	asked := fullAgreement()
	asked.given, asked.giving, asked.unproved, asked.renews = time.Time{}, vault.Giving{}, false, vault.ConsentID{}
	bare := asked
	bare.asked, bare.terms.Scope, bare.terms.Arrivals, bare.terms.Presence, bare.terms.Replacement = time.Time{}, vault.Scope{Drawers: []papers.Drawer{"sante"}}, 0, 0, 0
	bare.shown.Digest, _ = digestOf(bare.terms, bare.shown)
	whole := fullAgreement()
	whole.unproved, whole.whole = false, true
	for name, a := range map[string]agreement{"given": fullAgreement(), "whole": whole, "asked": asked, "bare": bare} {
		raw, err := a.marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := parseAgreement(raw)
		if err != nil || !reflect.DeepEqual(got, a) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, a)
		}
	}
}

// Each field counts: what differs in one of them is another agreement.
func TestEachTermIsPartOfWhatASecondAgentApproves(t *testing.T) {
	t.Parallel()
	base := fullAgreement()
	bodies := map[[32]byte]string{giveBody("x", base.id, base.shown.Digest, base.giving): "the same"}
	for name, edit := range map[string]func(*agreement, *vault.Giving){
		"safe":        func(a *agreement, _ *vault.Giving) { a.terms.Safe[15]++ },
		"agent":       func(a *agreement, _ *vault.Giving) { a.terms.Agent[15]++ },
		"function":    func(a *agreement, _ *vault.Giving) { a.terms.Function = vault.FunctionReception },
		"replacement": func(a *agreement, _ *vault.Giving) { a.terms.Replacement = vault.ReplacementNone },
		"purpose":     func(a *agreement, _ *vault.Giving) { a.terms.Purpose = "APL" },
		"precise":     func(a *agreement, _ *vault.Giving) { a.terms.Precise += "." },
		"posture":     func(a *agreement, _ *vault.Giving) { a.terms.Posture = vault.PostureWith },
		"reason":      func(a *agreement, _ *vault.Giving) { a.terms.Reason += "." },
		"actions":     func(a *agreement, _ *vault.Giving) { a.terms.Actions |= vault.ActionDescribe },
		"documents": func(a *agreement, _ *vault.Giving) {
			a.terms.Scope.Documents = append(a.terms.Scope.Documents[:1:1], vault.DocumentID{6})
		},
		"kinds":      func(a *agreement, _ *vault.Giving) { a.terms.Scope.Kinds = a.terms.Scope.Kinds[:1] },
		"drawers":    func(a *agreement, _ *vault.Giving) { a.terms.Scope.Drawers = []papers.Drawer{"sante"} },
		"arrivals":   func(a *agreement, _ *vault.Giving) { a.terms.Arrivals = vault.ArrivalsToday },
		"presence":   func(a *agreement, _ *vault.Giving) { a.terms.Presence = vault.PresenceNeeded },
		"from":       func(a *agreement, _ *vault.Giving) { a.terms.From = a.terms.From.Add(time.Second) },
		"until":      func(a *agreement, _ *vault.Giving) { a.terms.Until = a.terms.Until.Add(time.Second) },
		"language":   func(a *agreement, _ *vault.Giving) { a.terms.Language = "ps" },
		"text":       func(a *agreement, _ *vault.Giving) { a.shown.Text += "." },
		"method":     func(_ *agreement, g *vault.Giving) { g.Method = vault.MethodPictogram },
		"witness":    func(_ *agreement, g *vault.Giving) { g.Witness += "x" },
		"company":    func(_ *agreement, g *vault.Giving) { g.Company = vault.CompanyAlone },
		"protection": func(_ *agreement, g *vault.Giving) { g.Protection = vault.ProtectionAssisted },
	} {
		a := fullAgreement()
		g := a.giving
		edit(&a, &g)
		digest, err := digestOf(a.terms, a.shown)
		if err != nil {
			t.Fatal(err)
		}
		body := giveBody("x", base.id, digest, g)
		if other, ok := bodies[body]; ok {
			t.Errorf("%s: approved as %s", name, other)
		}
		bodies[body] = name
	}
}

// Whoever can seal terms cannot have two spellings of the same ones, nor fields
// that nobody reads.
func FuzzParseAgreement(f *testing.F) {
	for _, a := range []agreement{fullAgreement(), {terms: vault.Terms{Function: vault.FunctionReception}}} {
		raw, err := a.marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
		f.Add(append(raw, ' '))
		f.Add(bytes.Replace(raw, []byte(`{"v":1`), []byte(`{"x":0,"v":1`), 1))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := parseAgreement(raw)
		if err != nil {
			if !errors.Is(err, errTerms) {
				t.Errorf("another error: %v", err)
			}
			return
		}
		again, err := a.marshal()
		if err != nil || !bytes.Equal(again, raw) {
			t.Errorf("read %q, written %q: %v", raw, again, err)
		}
	})
}

// A row keeps what it is given.
func TestARowIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	r := newRow(fullAgreement(), vault.AgentID{7})
	r.ended, r.endedAt = vault.EndedDeparture, r.until
	raw, err := r.marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseRow(r.key(), raw)
	if err != nil || got != r {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, r)
	}
}

// Where a consent is in its life, at the very instants.
func TestARowEndsAtItsInstant(t *testing.T) {
	t.Parallel()
	given := newRow(fullAgreement(), vault.AgentID{7})
	asked := given
	asked.given, asked.asked, asked.until = time.Time{}, given.from, given.from.Add(100*day)
	short := asked
	short.until = asked.asked.Add(day)
	withdrawn := given
	withdrawn.ended, withdrawn.endedAt = vault.EndedWithdrawn, given.from.Add(time.Hour)
	for i, c := range []struct {
		row  helpRow
		at   time.Time
		want string
	}{
		{given, given.until.Add(-1), "2 unknown"},
		{given, given.until, "3 date"},
		{given, given.from.Add(-day), "2 unknown"},
		{asked, asked.asked.Add(vault.AskLife - 1), "1 unknown"},
		{asked, asked.asked.Add(vault.AskLife), "3 expired"},
		{short, short.until.Add(-1), "1 unknown"},
		{short, short.until, "3 expired"},
		{withdrawn, given.from, "3 withdrawn"},
		{withdrawn, given.until.Add(day), "3 withdrawn"},
	} {
		state, why, _ := c.row.state(c.at)
		if got := fmt.Sprint(uint8(state), " ", why); strings.ReplaceAll(got, "  ", " ") != c.want {
			t.Errorf("%d: %s, want %s", i, got, c.want)
		}
	}
}

// What FORMAT.md says of terms, names and rows is what the code does.
func TestConsentVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.FromSlash("testdata/consent.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Terms     json.RawMessage `json:"terms"`
		Digest    string          `json:"digest"` // of what was agreed to
		TermsName string          `json:"terms_name"`
		KeyName   string          `json:"key_name"`
		Row       json.RawMessage `json:"row"`
		GrantKey  string          `json:"grant_key"` // hexadecimal
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	a := fullAgreement()
	k := vectorKeeper(t, readVectors(t))
	r := newRow(a, vault.AgentID{7})
	r.ended, r.endedAt = vault.EndedWithdrawn, a.given
	helper := k.helperKey(r.agent)
	terms, err := a.marshal()
	if err != nil {
		t.Fatal(err)
	}
	row, err := r.marshal()
	if err != nil {
		t.Fatal(err)
	}
	object := seal.DigestOf([]byte("object"))
	for what, pair := range map[string][2]string{
		"terms":      {string(terms), compact(t, v.Terms)},
		"digest":     {a.shown.Digest.String(), v.Digest},
		"terms name": {string(termsKey(a.terms.Safe, a.id, chain.Sealed{MasterEpoch: 3, Digest: object})), v.TermsName},
		"key name":   {string(consentKeyKey(a.terms.Safe, a.id, chain.BundleKey{Epoch: 3, Digest: object})), v.KeyName},
		"row":        {string(row), compact(t, v.Row)},
		"grant key":  {hex.EncodeToString(append(helper[:], r.key()...)), v.GrantKey},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %s\nwant %s", what, pair[0], pair[1])
		}
	}
}

func compact(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
