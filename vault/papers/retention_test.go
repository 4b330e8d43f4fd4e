package papers_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/coffre-fort/coffre/vault/papers"
)

func day(t *testing.T, s string) papers.Day {
	t.Helper()
	d, err := papers.ParseDay(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return d
}

func written(t *testing.T, s string) papers.Written {
	t.Helper()
	w, err := papers.ParseWritten(s)
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return w
}

// dated is every row of the official table that needs nothing but the paper: a
// paper of the 15th of March 2020, and the last day on which it is kept. The days
// are written here by hand, not read from the catalogue.
var dated = []struct {
	kind papers.Kind
	last string
}{
	{"quittance-assurance", "2022-03-15"},
	{"cheque", "2021-03-23"}, // one year and eight days
	{"releve-bancaire", "2025-03-15"},
	{"talon-cheque", "2025-03-15"},
	{"attestation-caf", "2025-03-15"},
	{"facture-energie", "2025-03-15"},
	{"facture-eau", "2025-03-15"},
	{"facture-internet", "2021-03-15"},
	{"facture-mobile", "2021-03-15"},
	{"retour-box", "2022-03-15"},
	{"versement-apl", "2022-03-15"},
	{"charges-copropriete", "2025-03-15"},
	{"travaux-gros-oeuvre", "2030-03-15"},
	{"travaux-petits", "2022-03-15"},
	{"ramonage", "2021-03-15"},
	{"entretien-chaudiere", "2022-03-15"},
	{"declaration-revenus", "2023-12-31"}, // three years after the year
	{"avis-imposition", "2023-12-31"},
	{"echeancier-impots", "2023-12-31"},
	{"attestation-fiscale", "2023-12-31"},
	{"solde-tout-compte", "2023-03-15"},
	{"note-frais", "2023-03-15"},
	{"attestation-france-travail", "2023-03-15"},
	{"remboursement-sante", "2022-03-15"},
	{"ordonnance", "2021-03-15"},
	{"facture-hopital", "2024-03-15"},
	{"facture-clinique", "2022-03-15"},
	{"contravention", "2023-03-15"},
	{"emploi-domicile-paie", "2025-03-15"},
	{"emploi-domicile-contrat", "2025-03-15"},
	{"emploi-domicile-charges", "2023-03-15"},
	{"emploi-domicile-horaires", "2021-03-15"},
	{"emploi-domicile-impots", "2023-03-15"},
}

func TestEveryDatedPaperIsKeptToTheDay(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, row := range dated {
		p := papers.Paper{Kind: row.kind, Date: written(t, "2020-03-15")}
		boundary(t, c, p, papers.Facts{}, row.last)
		got, err := c.Keep(papers.Paper{Kind: row.kind}, papers.Facts{}, day(t, "2020-03-15"))
		if err != nil || got.Verdict != papers.AskFirst || got.Asks != (papers.Ask{Event: papers.EventDate}) {
			t.Errorf("%s without a date: %+v, %v; want to be asked", row.kind, got, err)
		}
	}
}

// boundary holds a paper to its last day: kept the day before and that day, free
// the day after.
func boundary(t *testing.T, c *papers.Catalogue, p papers.Paper, f papers.Facts, last string) {
	t.Helper()
	end := day(t, last)
	for _, at := range []struct {
		today papers.Day
		want  papers.Verdict
	}{
		{end.Back(papers.Days(1)), papers.KeepUntil}, {end, papers.KeepUntil}, {end.Add(papers.Days(1)), papers.MayGo},
	} {
		got, err := c.Keep(p, f, at.today)
		if err != nil || got.Verdict != at.want || got.Until != end {
			t.Errorf("%s on %s: verdict %d until %s, %v; want %d until %s", p.Kind, at.today, got.Verdict, got.Until, err, at.want, end)
		}
	}
}

// told is every row that needs an event: what is asked, and the last day when it
// took place on the 31st of May 2023.
var told = []struct {
	kind  papers.Kind
	event papers.Event
	last  string
}{
	{"contrat-assurance", papers.EventContractEnd, "2025-05-31"},
	{"assurance-habitation", papers.EventContractEnd, "2025-05-31"},
	{"assurance-auto", papers.EventContractEnd, "2025-05-31"},
	{"assurance-vie", papers.EventContractEnd, "2033-05-31"}, // a contract that runs is never free to go
	{"dossier-dommages", papers.EventCompensationEnd, "2033-05-31"},
	{"offre-pret", papers.EventLastInstalment, "2025-05-31"},
	{"tableau-amortissement", papers.EventLastInstalment, "2025-05-31"},
	{"ticket-carte", papers.EventStatement, "2023-05-31"},
	{"bail", papers.EventContractEnd, "2026-05-31"},
	{"etat-des-lieux", papers.EventContractEnd, "2026-05-31"},
	{"quittance-loyer", papers.EventContractEnd, "2026-05-31"},
	{"revision-loyer", papers.EventContractEnd, "2024-05-31"},
	{"inventaire-meuble", papers.EventDepositReturned, "2023-05-31"},
	{"bulletin-paie", papers.EventRetirementPaid, "2023-05-31"},
	{"contrat-travail", papers.EventRetirementPaid, "2023-05-31"},
	{"certificat-travail", papers.EventRetirementPaid, "2023-05-31"},
	{"attestation-employeur", papers.EventBenefitPaid, "2023-05-31"},
	{"indemnites-journalieres", papers.EventRetirementPaid, "2023-05-31"},
	{"facture-appareil", papers.EventExpiry, "2023-05-31"},
}

func TestAMissingEventIsAskedNotGuessed(t *testing.T) {
	t.Parallel()
	c := load(t)
	long := day(t, "2090-01-01")
	for _, row := range told {
		p := papers.Paper{Kind: row.kind, Date: written(t, "2001")}
		got, err := c.Keep(p, papers.Facts{}, long)
		if err != nil || got.Verdict != papers.AskFirst || got.Asks != (papers.Ask{Event: row.event}) {
			t.Errorf("%s: %+v, %v; want to ask %s", row.kind, got, err, row.event)
		}
		not := papers.Facts{Events: map[papers.Event]papers.Happened{row.event: papers.NotYet()}}
		if got, err := c.Keep(p, not, long); err != nil || got.Verdict != papers.Keep {
			t.Errorf("%s while it goes on: %+v, %v", row.kind, got, err)
		}
		f := papers.Facts{Events: map[papers.Event]papers.Happened{row.event: papers.Since(day(t, "2023-05-31"))}}
		boundary(t, c, p, f, row.last)
	}
}

func TestWhatIsKeptForGood(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, kind := range []papers.Kind{
		"releve-assurance-auto", "acte-naissance", "acte-mariage", "acte-deces", "livret-famille", "jugement-divorce",
		"jugement-adoption", "jugement-tutelle", "decision-justice", "contrat-mariage", "diplome", "titre-propriete",
		"releve-retraite", "carnet-sante", "vaccination", "groupe-sanguin", "examen-medical", "livret-militaire",
	} {
		got, err := c.Keep(papers.Paper{Kind: kind, Date: written(t, "1950")}, papers.Facts{}, day(t, "2199-12-31"))
		if err != nil || got.Verdict != papers.Keep || !got.Asks.IsZero() {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
}

// A yes keeps the paper longer: it is asked only when it changes something.
func TestAQuestionIsAskedWhenItsAnswerCounts(t *testing.T) {
	t.Parallel()
	c := load(t)
	gone := map[papers.Event]papers.Happened{papers.EventVehicleGone: papers.Since(day(t, "2023-05-31"))}
	for _, row := range []struct {
		kind           papers.Kind
		question       papers.Question
		no, yes, after string
	}{
		{"taxe-fonciere", papers.QuestionRelief, "2021-12-31", "2023-12-31", "2024-01-01"},
		{"taxe-habitation", papers.QuestionRelief, "2021-12-31", "2023-12-31", "2024-01-01"},
		{"facture-vehicule", papers.QuestionResold, "2023-05-31", "2025-05-31", "2025-06-01"},
	} {
		p := papers.Paper{Kind: row.kind, Date: written(t, "2020-10-03")}
		answer := func(a papers.Answer) papers.Facts {
			return papers.Facts{Events: gone, Answers: map[papers.Question]papers.Answer{row.question: a}}
		}
		boundary(t, c, p, answer(papers.No), row.no)
		boundary(t, c, p, answer(papers.Yes), row.yes)
		open := papers.Facts{Events: gone}
		ask := papers.Ask{Question: row.question}
		for _, at := range []struct {
			today string
			want  papers.Advice
		}{
			{row.no, papers.Advice{Verdict: papers.KeepUntil, Until: day(t, row.no), Asks: ask}},
			{row.yes, papers.Advice{Verdict: papers.AskFirst, Asks: ask}},
			{row.after, papers.Advice{Verdict: papers.MayGo, Until: day(t, row.no)}},
		} {
			got, err := c.Keep(p, open, day(t, at.today))
			if err != nil || got.Verdict != at.want.Verdict || got.Until != at.want.Until || got.Asks != at.want.Asks {
				t.Errorf("%s on %s: %+v, %v; want %+v", row.kind, at.today, got, err, at.want)
			}
		}
	}
	mine := papers.Paper{Kind: "facture-vehicule"}
	if got, err := c.Keep(mine, papers.Facts{}, day(t, "2030-01-01")); err != nil || got.Asks != (papers.Ask{Event: papers.EventVehicleGone}) {
		t.Errorf("a vehicle nobody spoke of: %+v, %v", got, err)
	}
}

// Four months and until the licence came, whichever is later.
func TestTheLastOfTwoEventsCounts(t *testing.T) {
	t.Parallel()
	c := load(t)
	p := papers.Paper{Kind: "certificat-examen-permis", Date: written(t, "2024-10-31")}
	came := func(s string) papers.Facts {
		return papers.Facts{Events: map[papers.Event]papers.Happened{papers.EventLicence: papers.Since(day(t, s))}}
	}
	boundary(t, c, p, came("2024-12-01"), "2025-02-28")
	boundary(t, c, p, came("2025-04-02"), "2025-04-02")
	if got, err := c.Keep(p, papers.Facts{}, day(t, "2025-01-01")); err != nil || got.Asks != (papers.Ask{Event: papers.EventLicence}) {
		t.Errorf("%+v, %v", got, err)
	}
	late := papers.Facts{Events: map[papers.Event]papers.Happened{papers.EventLicence: papers.NotYet()}}
	if got, err := c.Keep(papers.Paper{Kind: p.Kind}, late, day(t, "2025-01-01")); err != nil || got.Verdict != papers.Keep {
		t.Errorf("without date, and no licence yet: %+v, %v", got, err)
	}
}

// Glasses: one year under 16, five until 42, three above; age on the paper's date.
func TestGlassesGoByAge(t *testing.T) {
	t.Parallel()
	c := load(t)
	p := papers.Paper{Kind: "ordonnance-lunettes", Date: written(t, "2020-03-15")}
	for born, last := range map[string]string{
		"2004-03-16": "2021-03-15", // 15
		"2004-03-15": "2025-03-15", // 16 that day
		"1977-03-16": "2025-03-15", // 42
		"1977-03-15": "2023-03-15", // 43 that day
		"1940":       "2023-03-15",
		"1977":       "2025-03-15", // 42 or 43: the longer
		"2004":       "2025-03-15", // 15 or 16: the longer
		"2020-03-15": "2021-03-15",
	} {
		boundary(t, c, p, papers.Facts{Birth: written(t, born)}, last)
	}
	if got, err := c.Keep(p, papers.Facts{}, day(t, "2020-04-01")); err != nil || got.Asks != (papers.Ask{Birth: true}) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := c.Keep(papers.Paper{Kind: p.Kind}, papers.Facts{}, day(t, "2020-04-01")); err != nil || got.Asks != (papers.Ask{Event: papers.EventDate}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// What the table says beside its times.
func TestTheNotesOfTheTable(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"banque-releve":       {"P1Y1M"},
		"famille-allocations": {"P2Y", "P5Y"},
		"logement-eau":        {"P4Y", "P2Y"},
		"travail-attestation": {"P2Y"},
		"travail-solde":       {"P10Y"},
		"sante-remboursement": {"P5Y"},
		"sante-carnet":        {"P18Y"},
		"deces":               {"P0D", "P5Y"},
	}
	got := map[string][]string{}
	for _, r := range load(t).Retentions() {
		for _, n := range r.Notes {
			got[r.Code] = append(got[r.Code], n.Keep.String())
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Every rule is held by one of the tables above, and each says how it is known.
func TestNoRuleIsUntested(t *testing.T) {
	t.Parallel()
	c := load(t)
	tested := []papers.Kind{"taxe-fonciere", "taxe-habitation", "facture-vehicule", "certificat-examen-permis", "ordonnance-lunettes"}
	for _, row := range dated {
		tested = append(tested, row.kind)
	}
	for _, row := range told {
		tested = append(tested, row.kind)
	}
	secondary := []string{"sante-hopital", "sante-clinique", "appareil"}
	for _, r := range c.Retentions() {
		for _, k := range r.Kinds {
			if r.Forever == slices.Contains(tested, k) {
				t.Errorf("%s: %s is in no table, or in the wrong one", r.Code, k)
			}
		}
		if want := slices.Contains(secondary, r.Code); (r.Evidence == papers.Secondary) != want || r.Evidence == papers.Memory {
			t.Errorf("%s: evidence %s", r.Code, r.Evidence)
		}
		if r.Local {
			t.Errorf("%s is local", r.Code)
		}
	}
	if n := len(c.Retentions()); n != 48 {
		t.Errorf("%d rules, want 48", n)
	}
}

func TestWhoAsksWithoutADayOrAKindIsToldSo(t *testing.T) {
	t.Parallel()
	c := load(t)
	if _, err := c.Keep(papers.Paper{Kind: "bail"}, papers.Facts{}, papers.Day{}); !errors.Is(err, papers.ErrDay) {
		t.Errorf("%v, want ErrDay", err)
	}
	if _, err := c.Keep(papers.Paper{Kind: "licorne"}, papers.Facts{}, day(t, "2026-01-01")); !errors.Is(err, papers.ErrUnknown) {
		t.Errorf("%v, want ErrUnknown", err)
	}
	for _, kind := range []papers.Kind{"", "photo", "cni"} {
		if got, err := c.Keep(papers.Paper{Kind: kind}, papers.Facts{}, day(t, "2026-01-01")); err != nil || got.Verdict != papers.NoRule {
			t.Errorf("%q: %+v, %v", kind, got, err)
		}
	}
}
