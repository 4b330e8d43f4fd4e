package papers_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/coffre-fort/coffre/vault/papers"
)

// Every duty, by hand: what it was last done on or ends on, and when it comes.
var due = []struct {
	duty     papers.Duty
	anchor   string
	from, by string
	evidence papers.Evidence
	kinds    []papers.Kind
	tell     []papers.Told
}{
	{"declaration-trimestrielle", "2025-11-30", "2026-02-28", "2026-02-28", "S", []papers.Kind{"suivi-declaration"}, person},
	{"actualisation", "2026-01-31", "2026-02-28", "2026-02-28", "M", []papers.Kind{"suivi-actualisation"}, person},
	{"css", "2026-06-30", "2026-02-28", "2026-06-30", "S", []papers.Kind{"attestation-css"}, person},
	{"courrier", "2025-11-30", "2026-02-28", "2026-02-28", "S", []papers.Kind{"suivi-courrier"}, person},
	{"domiciliation", "2024-02-29", "2025-02-28", "2025-02-28", "S", []papers.Kind{"election-domicile"}, person},
	{"logement-social", "2024-02-29", "2025-02-28", "2025-02-28", "M", []papers.Kind{"demande-logement-social"}, person},
	{"titre-sejour", "2026-06-30", "2026-02-28", "2026-04-30", "M", []papers.Kind{"titre-sejour"}, person},
	{"pieces", "2026-06-30", "2026-04-01", "2026-06-30", "V", []papers.Kind{"cni", "passeport", "permis-conduire", "mutuelle"}, person},
	{"declaration-revenus", "", "2026-04-01", "2026-06-30", "M", nil, person},
	{"attestation-loyer", "2025-07-01", "2026-07-01", "2026-07-01", "M", []papers.Kind{"attestation-loyer"}, person},
	{"certificat-scolarite", "2025-09-02", "2026-09-02", "2026-09-02", "M", []papers.Kind{"certificat-scolarite"}, person},
	{"cheque-energie", "2025-04-10", "2026-04-10", "2026-04-10", "M", []papers.Kind{"suivi-cheque-energie"}, person},
	{"cantine", "2025-06-10", "2026-06-10", "2026-06-10", "M", []papers.Kind{"cantine"}, person},
	{"bourse", "2025-06-10", "2026-06-10", "2026-06-10", "M", []papers.Kind{"bourse"}, person},
	{"fin-mandat", "2026-03-31", "2026-03-01", "2026-03-31", "V", nil, []papers.Told{papers.TellPerson, papers.TellStructure}},
}

var person = []papers.Told{papers.TellPerson}

func TestEveryDutyComesOnItsDay(t *testing.T) {
	t.Parallel()
	c := load(t)
	for _, row := range due {
		info, err := c.DutyInfo(row.duty)
		if err != nil {
			t.Fatal(err)
		}
		var anchor papers.Day
		if row.anchor != "" {
			anchor = day(t, row.anchor)
		}
		got, err := info.Next(anchor, day(t, "2026-01-01"))
		if err != nil || got.From != day(t, row.from) || got.By != day(t, row.by) {
			t.Errorf("%s: %s to %s, %v; want %s to %s", row.duty, got.From, got.By, err, row.from, row.by)
		}
		for today, want := range map[papers.Day]papers.Phase{
			got.From.Back(papers.Days(1)): papers.Ahead, got.From: papers.Open, got.By: papers.Open, got.By.Add(papers.Days(1)): papers.Overdue,
		} {
			if phase := got.Phase(today); phase != want {
				t.Errorf("%s on %s: phase %d, want %d", row.duty, today, phase, want)
			}
		}
		if info.Evidence != row.evidence || !slices.Equal(info.Kinds, row.kinds) || !slices.Equal(info.Tell, row.tell) {
			t.Errorf("%s: %s, %q, %q", row.duty, info.Evidence, info.Kinds, info.Tell)
		}
		if _, err := info.Next(papers.Day{}, day(t, "2026-01-01")); (err == nil) != (row.anchor == "") {
			t.Errorf("%s without anchor: %v", row.duty, err)
		}
	}
	got := map[papers.Duty]string{}
	for _, d := range c.Duties() {
		if len(d.Purposes) > 0 {
			got[d.Code] = joined(d.Purposes, " ")
		}
	}
	if d := cmp.Diff(map[papers.Duty]string{
		"declaration-trimestrielle": "rsa ppa", "actualisation": "france-travail", "css": "css", "courrier": "domiciliation",
		"domiciliation": "domiciliation", "logement-social": "logement-social", "attestation-loyer": "apl", "bourse": "bourse",
	}, got); d != "" {
		t.Errorf("démarches of duties: %s", d)
	}
	if n := len(c.Duties()); n != len(due) {
		t.Errorf("%d duties, want %d", n, len(due))
	}
}

// What goes by the year comes again when its days have passed.
func TestADutyOfTheYearComesAgain(t *testing.T) {
	t.Parallel()
	info, err := load(t).DutyInfo("declaration-revenus")
	if err != nil {
		t.Fatal(err)
	}
	for today, from := range map[string]string{
		"2026-03-31": "2026-04-01", "2026-06-30": "2026-04-01", "2026-07-01": "2027-04-01", "2026-12-31": "2027-04-01",
	} {
		if got, err := info.Next(papers.Day{}, day(t, today)); err != nil || got.From != day(t, from) {
			t.Errorf("on %s: from %s, %v; want %s", today, got.From, err, from)
		}
	}
}

func TestWhatComesNextForASafe(t *testing.T) {
	t.Parallel()
	c := load(t)
	all := []papers.Paper{
		{Kind: "cni", Expires: day(t, "2027-05-01")},
		{Kind: "cni", Expires: day(t, "2020-05-01")}, // the older card is forgotten
		{Kind: "cni", Expires: day(t, "2026-12-31"), Whose: "Ana"},
		{Kind: "titre-sejour"}, // nobody said until when
		{Kind: "election-domicile", Date: written(t, "2026-02-10")},
		{Kind: "rib"},
	}
	dues, wanting, err := c.Dues(all, map[papers.Duty]papers.Day{"declaration-trimestrielle": day(t, "2026-09-05")}, day(t, "2026-11-22"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range dues {
		got = append(got, d.From.String()+" "+string(d.Duty)+" "+d.Whose)
	}
	want := []string{
		"2026-10-02 pieces Ana", "2026-12-05 declaration-trimestrielle ", "2027-01-31 pieces ", "2027-02-10 domiciliation ",
		"2027-04-01 declaration-revenus ",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(wanting) != 1 || wanting[0] != (papers.Wanting{Duty: "titre-sejour", Paper: 3}) {
		t.Errorf("%+v", wanting)
	}
	if _, _, err := c.Dues(nil, nil, papers.Day{}); !errors.Is(err, papers.ErrDay) {
		t.Errorf("%v", err)
	}
	if _, err := c.DutyInfo("licorne"); !errors.Is(err, papers.ErrUnknown) {
		t.Errorf("%v", err)
	}
}
