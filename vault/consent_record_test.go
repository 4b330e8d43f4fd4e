package vault_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

func someConsent() vault.Consent {
	at := time.Unix(1790000000, 0).UTC()
	return vault.Consent{
		ID: vault.NewConsentID(), State: vault.ConsentLive,
		Terms: vault.Terms{
			Safe: vault.NewSafeID(), Agent: vault.NewAgentID(), Function: vault.FunctionSocialWorker,
			Replacement: vault.ReplacementSuccessor, Purpose: "RSA", Precise: "mots secrets", Posture: vault.PostureWith,
			Actions: vault.ActionSee | vault.ActionRead, Language: "fr", From: at, Until: at.AddDate(0, 0, 31),
			Scope: vault.Scope{Documents: []vault.DocumentID{vault.NewDocumentID()}, Kinds: []papers.Kind{"quittance"}, Drawers: []papers.Drawer{"logement"}},
		},
		Shown:     vault.Shown{Text: "Texte montré", Version: "fr-1", Digest: seal.DigestOf([]byte("Texte montré"))},
		Giving:    vault.Giving{Method: vault.MethodOral, Witness: "Témoin Fictif", Company: vault.CompanyAlone, Protection: vault.ProtectionNone},
		AgentName: "Travailleuse Fictive", Structure: "CCAS fictif", Asked: at, Given: at, Documents: 3,
	}
}

// L-59: every part that the specification asks for is there.
func TestARecordHasThePartsOfTS27560(t *testing.T) {
	t.Parallel()
	r := reflect.ValueOf(someConsent().Record())
	for i := range r.NumField() {
		if r.Field(i).IsZero() {
			t.Errorf("%s is empty", r.Type().Field(i).Name)
		}
	}
}

// L-60: nobody is identified by it but the agent and the structure.
func TestARecordHasNoDirectIdentifier(t *testing.T) {
	t.Parallel()
	c := someConsent()
	raw, err := json.Marshal(c.Record())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{
		c.Terms.Safe.String(), c.Giving.Witness, c.Shown.Text, c.Terms.Precise, c.Terms.Scope.Documents[0].String(), c.Terms.Agent.String(),
	} {
		if strings.Contains(string(raw), secret) {
			t.Errorf("%q is in %s", secret, raw)
		}
	}
	other := c
	other.ID = vault.NewConsentID()
	if c.Record().Principal == other.Record().Principal {
		t.Error("two records of one person are linked")
	}
}

func TestARecordSaysWhatHappenedLast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		edit          func(*vault.Consent)
		event, entity string
		basis         string
	}{
		{func(*vault.Consent) {}, "given", "person", vault.BasisAuthorisation},
		{func(c *vault.Consent) { c.State, c.Given = vault.ConsentAsked, time.Time{} }, "asked", "agent", vault.BasisAuthorisation},
		{func(c *vault.Consent) { c.State, c.Ended = vault.ConsentEnded, vault.EndedWithdrawn }, "withdrawn", "person", vault.BasisAuthorisation},
		{func(c *vault.Consent) { c.State, c.Ended = vault.ConsentEnded, vault.EndedByDate }, "date", "service", vault.BasisAuthorisation},
		{func(c *vault.Consent) { c.State, c.Ended = vault.ConsentEnded, vault.EndedDeparture }, "departure", "structure", vault.BasisAuthorisation},
		{func(c *vault.Consent) { c.Terms.Posture = vault.PostureInStead }, "given", "person", vault.BasisMandate},
	} {
		consent := someConsent()
		c.edit(&consent)
		r := consent.Record()
		if r.Event != c.event || r.Entity != c.entity || r.Basis != c.basis {
			t.Errorf("%s by %s on %s, want %s by %s on %s", r.Event, r.Entity, r.Basis, c.event, c.entity, c.basis)
		}
	}
}
