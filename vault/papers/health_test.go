package papers_test

import (
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// L-41, L-83: by hand, the kinds that tell of somebody's health. What opens rights
// (carte Vitale, attestation de droits, mutuelle, CSS) is none of them.
func TestKindsThatTellOfHealthAreMarked(t *testing.T) {
	t.Parallel()
	want := []papers.Kind{
		"ordonnance", "certificat-medical", "vaccination", "notification-mdph", "certificat-grossesse", "remboursement-sante",
		"ordonnance-lunettes", "carnet-sante", "groupe-sanguin", "examen-medical", "facture-hopital", "facture-clinique", "dossier-dommages",
	}
	c := load(t)
	var got []papers.Kind
	for _, code := range c.EveryKind() {
		info, err := c.KindInfo(code)
		if err != nil {
			t.Fatal(err)
		}
		if info.Health {
			got = append(got, code)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if info, err := c.KindInfo(papers.KindDiagnosis); err != nil || info.Drawer != "personnel" {
		t.Errorf("a diagnosis lies in %q: %v", info.Drawer, err)
	}
}

// A structure's own row for such a kind is one still, and another word for the
// hosting is none.
func TestNoStructureUnmarksHealth(t *testing.T) {
	t.Parallel()
	const local = `
version: 1
sources:
  ici: {name: "Notre guichet", date: "2026-01-01", checked: "2026-01-01"}
kinds:
  - {code: ordonnance, drawer: sante, label: "Ordonnance", simple: "Le papier du médecin.", source: ici, evidence: V}
`
	c, err := load(t).WithLocal(map[papers.Topic][]byte{papers.TopicKinds: []byte(local)})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := c.KindInfo("ordonnance"); err != nil || !info.Health || !info.Local {
		t.Errorf("a structure's own row: %+v, %v", info, err)
	}
	if _, err := load(t).WithLocal(map[papers.Topic][]byte{papers.TopicKinds: []byte(local + `  - {code: radio, drawer: sante, hosting: oui, label: "Radio", simple: "Une radio.", source: ici, evidence: V}
`)}); err == nil {
		t.Error("another word for the hosting")
	}
}
