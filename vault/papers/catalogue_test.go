package papers_test

import (
	"errors"
	"flag"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// wanted is the list the catalogue was made from, drawer by drawer, in the
// order in which drawers are shown.
var wanted = []struct {
	drawer papers.Drawer
	kinds  []papers.Kind
}{
	{"identite", []papers.Kind{
		"cni", "passeport", "permis-conduire", "livret-famille", "acte-naissance", "acte-mariage", "acte-deces",
		"jugement-divorce", "jugement-adoption", "jugement-tutelle", "pacs", "carte-electorale", "photo-identite",
		"attestation-perte-vol", "acte-nationalite", "contrat-mariage", "livret-militaire", "justificatif-france-identite",
	}},
	{"logement", []papers.Kind{
		"bail", "etat-des-lieux", "quittance-loyer", "attestation-bon-paiement", "attestation-hebergement",
		"identite-hebergeant", "domicile-hebergeant", "election-domicile", "facture-energie", "facture-eau",
		"facture-internet", "facture-mobile", "assurance-habitation", "taxe-fonciere", "taxe-habitation",
		"declaration-insalubrite", "demande-logement-social", "attestation-loyer", "revision-loyer", "inventaire-meuble",
		"titre-propriete", "charges-copropriete", "travaux-gros-oeuvre", "travaux-petits", "ramonage", "entretien-chaudiere",
		"retour-box", "facture-appareil",
	}},
	{"ressources", []papers.Kind{
		"bulletin-paie", "attestation-caf", "attestation-france-travail", "releve-retraite", "pension",
		"pension-alimentaire", "attestation-non-activite", "indemnites-journalieres", "versement-apl", "notification-pension",
	}},
	{"impots", []papers.Kind{"avis-imposition", "declaration-revenus", "echeancier-impots", "taxe", "attestation-fiscale"}},
	{"banque", []papers.Kind{
		"rib", "releve-bancaire", "offre-pret", "tableau-amortissement", "dossier-surendettement", "cheque", "talon-cheque",
		"ticket-carte", "contrat-assurance", "quittance-assurance", "assurance-vie",
	}},
	{"sante", []papers.Kind{
		"carte-vitale", "attestation-droits", "mutuelle", "ordonnance", "certificat-medical", "vaccination",
		"notification-mdph", "certificat-grossesse", "attestation-css", "remboursement-sante", "ordonnance-lunettes",
		"carnet-sante", "groupe-sanguin", "examen-medical", "facture-hopital", "facture-clinique", "dossier-dommages",
	}},
	{"famille", []papers.Kind{
		"certificat-scolarite", "assurance-scolaire", "bulletin-scolaire", "diplome", "bourse", "cantine", "asf-aripa", "foyer",
	}},
	{"emploi", []papers.Kind{
		"contrat-travail", "certificat-travail", "attestation-employeur", "solde-tout-compte", "cv", "projet-emploi",
		"releve-carriere", "note-frais", "emploi-domicile-paie", "emploi-domicile-contrat", "emploi-domicile-charges",
		"emploi-domicile-horaires", "emploi-domicile-impots",
	}},
	{"vehicule", []papers.Kind{
		"carte-grise", "assurance-auto", "contravention", "cession-vehicule", "facture-vehicule", "releve-assurance-auto",
		"certificat-examen-permis",
	}},
	{"justice", []papers.Kind{"decision-justice", "convocation", "aide-juridictionnelle", "recepisse-plainte"}},
	{"sejour", []papers.Kind{"titre-sejour", "recepisse-sejour", "visa", "attestation-accueil", "ofpra"}},
	{"personnel", []papers.Kind{"photo", "lettre", "souvenir", "bilan-numerique", "suivi-declaration", "suivi-actualisation", "suivi-courrier", "suivi-cheque-energie"}},
	{"identifiants", []papers.Kind{"memo-identifiant", "note", "contact"}},
	{papers.Unsorted, nil},
}

// catalogueDir is set by TestAChangedRowIsCaught, which runs the other tests on
// files that it changed.
var catalogueDir = flag.String("catalogue", "", "read the catalogue from this folder, not from the program")

var loaded = sync.OnceValues(func() (*papers.Catalogue, error) {
	if *catalogueDir != "" {
		return papers.LoadFrom(os.DirFS(*catalogueDir))
	}
	return papers.Load()
})

func load(t *testing.T) *papers.Catalogue {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryDrawerHoldsItsKinds(t *testing.T) {
	t.Parallel()
	c := load(t)
	drawers := c.Drawers()
	if len(drawers) != len(wanted) {
		t.Fatalf("%d drawers, want %d", len(drawers), len(wanted))
	}
	for i, want := range wanted {
		if drawers[i].Code != want.drawer {
			t.Errorf("drawer %d is %q, want %q", i, drawers[i].Code, want.drawer)
		}
		var got []papers.Kind
		for _, k := range c.Kinds(want.drawer) {
			got = append(got, k.Code)
		}
		if !slices.Equal(got, want.kinds) {
			t.Errorf("drawer %q holds\n%q, want\n%q", want.drawer, got, want.kinds)
		}
	}
}

func TestAKindGoesToItsDrawer(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, row := range wanted {
		for _, kind := range row.kinds {
			if got, err := c.Drawer(kind); err != nil || got != row.drawer {
				t.Errorf("Drawer(%q) = %q, %v; want %q", kind, got, err, row.drawer)
			}
		}
	}
}

func TestAPaperWithoutKindIsToBeSorted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*papers.Catalogue{"loaded": load(t), "nil": nil} {
		if got, err := c.Drawer(""); err != nil || got != papers.Unsorted {
			t.Errorf("%s: Drawer(\"\") = %q, %v; want %q", name, got, err, papers.Unsorted)
		}
	}
}

func TestWhatTheCatalogueDoesNotHaveIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*papers.Catalogue{"loaded": load(t), "nil": nil} {
		if _, err := c.Drawer("licorne"); !errors.Is(err, papers.ErrUnknown) {
			t.Errorf("%s: Drawer: %v, want ErrUnknown", name, err)
		}
		if _, err := c.KindInfo(""); !errors.Is(err, papers.ErrUnknown) {
			t.Errorf("%s: KindInfo: %v, want ErrUnknown", name, err)
		}
		if _, err := c.DrawerInfo("etranger"); !errors.Is(err, papers.ErrUnknown) {
			t.Errorf("%s: DrawerInfo: %v, want ErrUnknown", name, err)
		}
		if got := c.Kinds("etranger"); len(got) != 0 {
			t.Errorf("%s: Kinds: %d, want none", name, len(got))
		}
	}
}

// What a caller does with a list cannot reach the next caller.
func TestAListIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	c := load(t)
	c.Drawers()[0].Label = "autre"
	if got := c.Drawers()[0].Label; got != "Identité" {
		t.Errorf("label is %q after a caller changed its own list", got)
	}
}
