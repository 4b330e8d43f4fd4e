package papers_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/coffre-fort/coffre/vault/papers"
)

// aged is every rule on an age, for a paper of the 31st of March 2024: when it is
// soon too old, and the last day on which it is accepted. The days are written
// here by hand, not read from the catalogue.
var aged = []struct {
	kind       papers.Kind
	use        papers.Purpose
	of         papers.Role
	soon, last string
}{
	{"cni", "rsa", papers.Me, "2033-12-31", "2034-03-31"}, // ten years, ninety days before
	{"passeport", "ame", papers.Me, "2033-12-31", "2034-03-31"},
	{"passeport", "ame", papers.Child, "2028-12-31", "2029-03-31"}, // five for a minor
	{"photo-identite", "cni", papers.Me, "2024-08-30", "2024-09-29"},
	{"acte-naissance", "cni", papers.Me, "2024-06-14", "2024-06-29"},
	{"facture-energie", "cni", papers.Me, "2025-02-28", "2025-03-30"}, // under one year
	{"facture-mobile", "cni", papers.Me, "2025-02-28", "2025-03-30"},
	{"facture-internet", "cni", papers.Me, "2025-02-28", "2025-03-30"},
	{"facture-eau", "cni", papers.Me, "2025-02-28", "2025-03-30"},
	{"quittance-loyer", "cni", papers.Me, "2025-02-28", "2025-03-30"},
	{"avis-imposition", "cni", papers.Me, "2025-02-28", "2025-03-30"},
	{"taxe-habitation", "cni", papers.Me, "2025-02-28", "2025-03-30"},
	{"assurance-habitation", "cni", papers.Me, "2025-02-28", "2025-03-30"},
	{"attestation-caf", "cni", papers.Me, "2025-02-28", "2025-03-30"},
	{"domicile-hebergeant", "cni", papers.Me, "2025-02-28", "2025-03-30"},
	{"facture-energie", "fsl", papers.Me, "2024-06-14", "2024-06-29"}, // under three months
	{"quittance-loyer", "aah", papers.Me, "2024-06-14", "2024-06-29"},
	{"domicile-hebergeant", "aah", papers.Me, "2024-06-14", "2024-06-29"},
	{"attestation-caf", "fsl", papers.Me, "2024-06-14", "2024-06-29"},
	{"attestation-hebergement", "aah", papers.Me, "2024-06-14", "2024-06-29"},
	{"election-domicile", "domiciliation", papers.Me, "2025-01-30", "2025-03-31"}, // one year
	{"demande-logement-social", "logement-social", papers.Me, "2025-01-30", "2025-03-31"},
	{"certificat-scolarite", "ars", papers.Me, "2025-03-01", "2025-03-31"},
	{"certificat-medical", "aah", papers.Me, "2025-01-29", "2025-03-30"},
	{"certificat-medical", "aeeh", papers.Me, "2025-01-29", "2025-03-30"},
	{"attestation-css", "css", papers.Me, "2024-11-30", "2025-03-31"}, // the last four months
	{"quittance-loyer", "aide-juridictionnelle", papers.Me, "2024-08-30", "2024-09-29"},
}

func TestEveryAgeIsHeldToTheDay(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, row := range aged {
		p := papers.Paper{Kind: row.kind, Date: written(t, "2024-03-31")}
		soon, last := day(t, row.soon), day(t, row.last)
		for _, at := range []struct {
			today papers.Day
			want  papers.State
		}{
			{soon.Back(papers.Days(1)), papers.OK}, {soon, papers.SoonTooOld}, {last, papers.SoonTooOld},
		} {
			if got, err := c.Fresh(p, row.use, row.of, at.today); err != nil || got.State != at.want || got.Until != last || got.RenewFrom != soon {
				t.Errorf("%s for %s on %s: %+v, %v; want %d", row.kind, row.use, at.today, got, err, at.want)
			}
		}
		after := last.Add(papers.Days(1))
		want := papers.TooOld
		if row.kind == "cni" || row.of == papers.Child {
			want = papers.Doubtful // some cards of adults are good for 15 years, and a child grows up
		}
		if got, err := c.Fresh(p, row.use, row.of, after); err != nil || got.State != want {
			t.Errorf("%s for %s on %s: %+v, %v; want %d", row.kind, row.use, after, got, err, want)
		}
		if got, err := c.Fresh(papers.Paper{Kind: row.kind}, row.use, row.of, last); err != nil || got.State != papers.Doubtful {
			t.Errorf("%s without a date: %+v, %v", row.kind, got, err)
		}
	}
}

func TestSomeOlderCardsLastFifteenYears(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, row := range []struct {
		p     papers.Paper
		of    papers.Role
		today string
		want  papers.State
	}{
		{papers.Paper{Kind: "cni", Date: written(t, "2010-03-31")}, papers.Me, "2025-03-31", papers.Doubtful},
		{papers.Paper{Kind: "cni", Date: written(t, "2010-03-31")}, papers.Me, "2025-04-01", papers.TooOld},
		{papers.Paper{Kind: "passeport", Date: written(t, "2010-03-31")}, papers.Child, "2020-03-31", papers.Doubtful},
		{papers.Paper{Kind: "passeport", Date: written(t, "2010-03-31")}, papers.Child, "2020-04-01", papers.TooOld},
		{papers.Paper{Kind: "passeport", Date: written(t, "2010-03-31")}, papers.Me, "2020-04-01", papers.TooOld},
	} {
		if got, err := c.Fresh(row.p, "rsa", row.of, day(t, row.today)); err != nil || got.State != row.want {
			t.Errorf("%s on %s: %+v, %v; want %d", row.p.Kind, row.today, got, err, row.want)
		}
	}
}

// The end that a paper names goes before one that is counted.
func TestAPaperIsGoodThroughTheEndItNames(t *testing.T) {
	t.Parallel()
	c := load(t)
	end := day(t, "2026-06-30")
	for _, row := range []struct {
		kind     papers.Kind
		soon, by string
	}{
		{"cni", "2026-04-01", ""}, {"passeport", "2026-04-01", ""}, {"permis-conduire", "2026-04-01", ""}, {"mutuelle", "2026-04-01", ""},
		{"justificatif-france-identite", "2026-06-23", ""},
		{"titre-sejour", "2026-02-28", "2026-04-30"}, // renewed four to two months before
		{"attestation-css", "2026-02-28", ""},
	} {
		p := papers.Paper{Kind: row.kind, Expires: end}
		soon := day(t, row.soon)
		for _, at := range []struct {
			today papers.Day
			want  papers.State
		}{
			{soon.Back(papers.Days(1)), papers.OK}, {soon, papers.SoonTooOld}, {end, papers.SoonTooOld}, {end.Add(papers.Days(1)), papers.TooOld},
		} {
			got, err := c.Fresh(p, "rsa", papers.Me, at.today)
			if err != nil || got.State != at.want || got.Until != end || got.RenewFrom != soon {
				t.Errorf("%s on %s: %+v, %v; want %d", row.kind, at.today, got, err, at.want)
			}
			if row.by != "" && got.RenewBy != day(t, row.by) || row.by == "" && !got.RenewBy.IsZero() {
				t.Errorf("%s: renewed by %s, want %q", row.kind, got.RenewBy, row.by)
			}
		}
	}
	young := papers.Paper{Kind: "attestation-hebergement", Date: written(t, "2026-06-01"), Expires: end}
	if got, err := c.Fresh(young, "aah", papers.Me, end.Add(papers.Days(1))); err != nil || got.State != papers.TooOld {
		t.Errorf("young, and ended: %+v, %v", got, err)
	}
}

// A date without day counts from its first day: never too young.
func TestAVagueDateCountsAsTheOldestItCanBe(t *testing.T) {
	t.Parallel()
	c := load(t)
	p := papers.Paper{Kind: "photo-identite", Date: written(t, "2026-01")}
	if got, err := c.Fresh(p, "cni", papers.Me, day(t, "2026-06-30")); err != nil || got.State != papers.SoonTooOld || got.Until != day(t, "2026-06-30") {
		t.Errorf("%+v, %v", got, err)
	}
}

// An income notice speaks of the year before it was issued.
func TestWhichIncomeNoticeIsAsked(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, row := range []struct {
		use    papers.Purpose
		issued string
		today  string
		want   papers.State
	}{
		{"rsa", "2026-08", "2026-12-31", papers.OK},
		{"rsa", "2025-08", "2026-08-31", papers.OK}, // the next is not there yet
		{"rsa", "2025-08", "2026-09-01", papers.TooOld},
		{"rsa", "2024-08", "2026-01-01", papers.TooOld},
		{"rsa", "2027", "2026-12-31", papers.Doubtful},
		{"logement-social", "2025-08", "2026-01-01", papers.OK}, // income of 2024
		{"logement-social", "2025-08", "2026-12-31", papers.OK},
		{"logement-social", "2025-08", "2027-01-01", papers.TooOld},
		{"logement-social", "2026-08", "2026-12-31", papers.Doubtful}, // income of 2025
	} {
		p := papers.Paper{Kind: "avis-imposition", Date: written(t, row.issued)}
		if got, err := c.Fresh(p, row.use, papers.Me, day(t, row.today)); err != nil || got.State != row.want {
			t.Errorf("%s, of %s on %s: %+v, %v; want %d", row.use, row.issued, row.today, got, err, row.want)
		}
	}
	if got, err := c.Fresh(papers.Paper{Kind: "avis-imposition"}, "rsa", papers.Me, day(t, "2026-01-01")); err != nil || got.State != papers.Doubtful {
		t.Errorf("without date: %+v, %v", got, err)
	}
}

// Which months are asked on the 22nd of November 2026: the first and the last of
// them, and how many.
func TestWhichMonthsAreAsked(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, row := range []struct {
		kind        papers.Kind
		use         papers.Purpose
		n           int
		first, last string
	}{
		{"bulletin-paie", "france-travail", 3, "2026-08", "2026-10"},
		{"bulletin-paie", "rsa", 3, "2026-08", "2026-10"},
		{"releve-retraite", "ppa", 3, "2026-08", "2026-10"},
		{"pension", "css", 12, "2025-10", "2026-09"},
		{"attestation-france-travail", "rsa", 3, "2026-08", "2026-10"},
		{"bulletin-paie", "ppa", 3, "2026-08", "2026-10"},
		{"bulletin-paie", "css", 12, "2025-10", "2026-09"}, // the 12 that end with the second-last
		{"attestation-france-travail", "fsl", 3, "2026-08", "2026-10"},
		{"attestation-caf", "css", 12, "2025-10", "2026-09"},
		{"releve-retraite", "aspa", 3, "2026-08", "2026-10"},
		{"pension", "asi", 3, "2026-08", "2026-10"},
		{"bulletin-paie", "aide-juridictionnelle", 6, "2026-05", "2026-10"},
		{"pension", "aide-juridictionnelle", 6, "2026-05", "2026-10"},
		{"attestation-caf", "aide-juridictionnelle", 6, "2026-05", "2026-10"}, // what it paid, month by month
	} {
		rule, err := c.Freshness(row.kind, row.use)
		months := rule.Months(day(t, "2026-11-22"))
		if err != nil || len(months) != row.n || months[0] != written(t, row.last).First() || months[row.n-1] != written(t, row.first).First() {
			t.Errorf("%s for %s: %v, %v", row.kind, row.use, months, err)
			continue
		}
		for date, want := range map[string]papers.State{
			row.first: papers.OK, row.last + "-28": papers.OK, "2024-01": papers.TooOld, "2026-11-20": papers.OK,
		} {
			p := papers.Paper{Kind: row.kind, Date: written(t, date)}
			if got, err := c.Fresh(p, row.use, papers.Me, day(t, "2026-11-22")); err != nil || got.State != want {
				t.Errorf("%s of %s for %s: %+v, %v; want %d", row.kind, date, row.use, got, err, want)
			}
		}
	}
	january, err := c.Freshness("bulletin-paie", "rsa")
	if err != nil {
		t.Fatal(err)
	}
	want := []papers.Day{day(t, "2026-12-01"), day(t, "2026-11-01"), day(t, "2026-10-01")}
	if d := cmp.Diff(want, january.Months(day(t, "2027-01-31")), cmp.Comparer(func(a, b papers.Day) bool { return a == b })); d != "" {
		t.Errorf("across the year: %s", d)
	}
}

// What stands beside the ages, and how each row is known.
func TestTheNotesAndMarksOfAges(t *testing.T) {
	t.Parallel()
	type row struct {
		Evidence papers.Evidence
		Keeps    []string
		Kinds    string
		Uses     string
	}
	const (
		home   = "facture-mobile facture-internet facture-energie quittance-loyer facture-eau"
		wages  = "bulletin-paie attestation-france-travail"
		income = "indemnites-journalieres releve-retraite pension"
	)
	want := map[string]row{
		"cni": {"S", []string{"P15Y"}, "cni", ""}, "passeport": {"S", []string{"P5Y"}, "passeport", ""},
		"permis": {"V", nil, "permis-conduire", ""}, "photo": {"S", nil, "photo-identite", ""},
		"acte-naissance": {"S", nil, "acte-naissance", ""}, "france-identite": {"S", []string{"P0D"}, "justificatif-france-identite", ""},
		"domicile-identite": {
			"S", []string{"P0D", "P0D", "P0D", "P0D", "P6M"},
			home + " avis-imposition taxe-habitation assurance-habitation attestation-caf domicile-hebergeant", "cni",
		},
		"domicile":    {"S", []string{"P0D", "P0D"}, home + " attestation-bon-paiement domicile-hebergeant attestation-caf", ""},
		"hebergement": {"S", nil, "attestation-hebergement", ""}, "domiciliation": {"S", []string{"P3M"}, "election-domicile", ""},
		"logement-social": {"M", []string{"P0D"}, "demande-logement-social", ""},
		"scolarite":       {"M", nil, "certificat-scolarite", ""},
		"certificat-mdph": {"V", nil, "certificat-medical", "aah aeeh"}, "mutuelle": {"V", nil, "mutuelle", ""},
		"css-droits": {"S", nil, "attestation-css", ""}, "bulletins": {"V", nil, "bulletin-paie", ""},
		"paiements-france-travail": {"M", nil, "attestation-france-travail", ""},
		"ressources-rsa":           {"S", nil, wages + " " + income, "rsa ppa"},
		"ressources-css":           {"S", []string{"P1Y"}, wages + " attestation-caf " + income, "css"},
		"ressources-retraite":      {"M", nil, "releve-retraite pension", "aspa asi"},
		"ressources-aj":            {"S", nil, wages + " " + income, "aide-juridictionnelle"},
		"caf-aj":                   {"S", nil, "attestation-caf", "aide-juridictionnelle"},
		"domicile-aj":              {"S", nil, "quittance-loyer facture-energie facture-eau facture-internet facture-mobile", "aide-juridictionnelle"},
		"avis":                     {"V", []string{"P0D", "P0D"}, "avis-imposition", ""},
		"avis-logement-social":     {"S", nil, "avis-imposition", "logement-social"}, "titre-sejour": {"M", nil, "titre-sejour", ""},
	}
	got := map[string]row{}
	for _, f := range load(t).Freshnesses() {
		r := row{Evidence: f.Evidence, Kinds: joined(f.Kinds, " "), Uses: joined(f.Uses, " ")}
		for _, n := range f.Notes {
			r.Keeps = append(r.Keeps, n.Keep.String())
		}
		got[f.Code] = r
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// F14807: which papers prove an address for an identity card.
func TestWhichPapersProveAnAddress(t *testing.T) {
	t.Parallel()
	want := []papers.Kind{
		"facture-mobile", "facture-internet", "facture-energie", "quittance-loyer", "facture-eau", "avis-imposition",
		"taxe-habitation", "assurance-habitation", "attestation-caf", "domicile-hebergeant",
	}
	for _, f := range load(t).Freshnesses() {
		if f.Code == "domicile-identite" && !slices.Equal(f.Kinds, want) {
			t.Errorf("%q, want %q", f.Kinds, want)
		}
	}
}

func TestAPaperWhoseAgeNobodyAsksIsGood(t *testing.T) {
	t.Parallel()
	c := load(t)
	if got, err := c.Fresh(papers.Paper{Kind: "rib", Date: written(t, "1999")}, "rsa", papers.Me, day(t, "2026-01-01")); err != nil || got.State != papers.OK {
		t.Errorf("%+v, %v", got, err)
	}
	old := papers.Paper{Kind: "carte-vitale", Expires: day(t, "2025-12-31")}
	if got, err := c.Fresh(old, "rsa", papers.Me, day(t, "2026-01-01")); err != nil || got.State != papers.TooOld {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.Fresh(papers.Paper{Kind: "rib"}, "rsa", papers.Me, papers.Day{}); !errors.Is(err, papers.ErrDay) {
		t.Errorf("%v", err)
	}
	for _, k := range []papers.Kind{"", "licorne"} {
		if _, err := c.Fresh(papers.Paper{Kind: k}, "rsa", papers.Me, day(t, "2026-01-01")); !errors.Is(err, papers.ErrUnknown) {
			t.Errorf("%q: %v", k, err)
		}
	}
}
