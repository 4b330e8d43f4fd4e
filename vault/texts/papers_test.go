package texts

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/coffre-fort/coffre/vault/papers"
)

// catalogueTexts is every French text of the catalogue, by where it stands.
func catalogueTexts(t *testing.T, c *papers.Catalogue) map[string]string {
	t.Helper()
	all := map[string]string{}
	add := func(at string, texts ...string) {
		for i, s := range texts {
			if s != "" {
				all[at+" "+string(rune('a'+i))] = s
			}
		}
	}
	notes := func(at string, in []papers.Note) {
		for i, n := range in {
			add(at+" note "+string(rune('a'+i)), n.Say)
		}
	}
	for _, d := range c.Drawers() {
		add("drawer "+string(d.Code), d.Label, d.Simple)
		for _, k := range c.Kinds(d.Code) {
			add("kind "+string(k.Code), k.Label, k.Simple)
		}
	}
	for _, p := range c.Purposes() {
		add("purpose "+string(p.Code), p.Label, p.Simple)
	}
	for _, i := range c.Issuers() {
		add("issuer "+i.Code, i.Label)
	}
	for _, r := range c.Retentions() {
		add("retention "+r.Code, r.Label)
		notes("retention "+r.Code, r.Notes)
	}
	for _, f := range c.Freshnesses() {
		add("freshness "+f.Code, f.Label)
		notes("freshness "+f.Code, f.Notes)
	}
	for _, p := range c.Packs() {
		for _, piece := range p.Pieces {
			add("pack "+string(p.Purpose)+" "+piece.Code, piece.Say, piece.If, piece.ChildIf, piece.Ask)
		}
		notes("pack "+string(p.Purpose), p.Notes)
	}
	for _, b := range c.Bodies() {
		add("body "+string(b.Code), b.Label, b.Simple, b.Lost)
		for _, f := range b.Fields {
			add("field "+string(b.Code)+" "+f.Code, f.Label, f.Say)
		}
		notes("body "+string(b.Code), b.Traps)
	}
	for _, d := range c.Duties() {
		add("duty "+string(d.Code), d.Label, d.Say)
	}
	return all
}

// What the catalogue says to people is as plain as the rest.
func TestTheCatalogueIsPlainFrench(t *testing.T) {
	t.Parallel()
	c, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	for at, text := range catalogueTexts(t, c) {
		for _, s := range sentenceEnd.Split(strings.TrimSuffix(text, "."), -1) {
			lintWords(t, at, s)
		}
	}
}

func TestEveryAnswerOfTheCatalogueHasItsWords(t *testing.T) {
	t.Parallel()
	for _, e := range papers.Events() {
		if AskText(papers.Ask{Event: e}) == "" {
			t.Errorf("event %s", e)
		}
	}
	for _, q := range papers.Questions() {
		if AskText(papers.Ask{Question: q}) == "" {
			t.Errorf("question %s", q)
		}
	}
	var said []string
	for i := range 6 {
		said = append(said, string(StateName(papers.State(i))), string(WarningText(papers.Warning(i+1))))
	}
	for i := range 8 {
		said = append(said, string(WeaknessText(papers.Weakness(i+1))))
	}
	for i := range 3 {
		said = append(said, string(PhaseName(papers.Phase(i+1))))
	}
	for i := range 5 {
		said = append(said, VerdictText(papers.Advice{Verdict: papers.Verdict(i)}))
	}
	slices.Sort(said)
	if len(slices.Compact(slices.Clone(said))) != len(said) || said[0] == "" {
		t.Errorf("two say the same, or nothing: %q", said)
	}
	if AskText(papers.Ask{}) != "" || AskText(papers.Ask{Birth: true}) != AskBirth || WarningText(0) != "" || WeaknessText(0) != "" {
		t.Error("nothing asked, and something said")
	}
}

func TestASlipIsSaidInPlainFrench(t *testing.T) {
	t.Parallel()
	c, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) papers.Day {
		d, err := papers.ParseDay(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	paul, err := papers.NewHousehold(papers.Member{Whose: "Paul\nMartin", Role: papers.Partner})
	if err != nil {
		t.Fatal(err)
	}
	see := papers.Sight{Kinds: c.EveryKind(), Papers: []papers.Paper{
		{Kind: "titre-sejour", Expires: at("2027-01-31")},
		{Kind: "bulletin-paie", Date: papers.On(at("2026-10-31"))}, {Kind: "bulletin-paie", Date: papers.On(at("2026-08-31"))},
		{Kind: "avis-imposition", Date: papers.On(at("2026-08-01"))},
	}}
	slip, err := c.Bring("rsa", paul, see, at("2026-11-22"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range slip.Lines {
		got = append(got, strings.Join(BringLine(l), " · "))
	}
	want := []string{
		"Pour vous · Votre carte d'identité ou votre titre de séjour. · Bientôt trop vieux · Demandez le nouveau entre le 30 septembre 2026 et le 30 novembre 2026. · Il est accepté jusqu'au 31 janvier 2027. · À demander à : la préfecture",
		"Pour vous · Votre RIB. · Il manque · À demander à : votre banque",
		"Pour vous · Les papiers de vos revenus des 3 derniers mois. · Il manque · Mois qui manquent : septembre 2026 · À demander à : l'employeur ou l'organisme qui paie",
		"Pour Paul Martin · Les papiers de vos revenus des 3 derniers mois. · Il manque · Mois qui manquent : octobre 2026, septembre 2026, août 2026 · À demander à : l'employeur ou l'organisme qui paie",
		"Pour vous · Votre dernier avis d'imposition. · Vous l'avez · Il est accepté jusqu'au 31 août 2027.",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for text, want := range map[string]string{"P1Y8D": "1 an et 8 jours", "P3M": "3 mois", "P2Y1M": "2 ans et 1 mois", "P1D": "1 jour", "P0D": ""} {
		span, err := papers.ParseSpan(text)
		if got := PaperSpan(span); err != nil || got != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

func TestThePageSaysTimesAsPeopleDo(t *testing.T) {
	t.Parallel()
	c, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	got := map[papers.Duty]string{}
	for _, d := range c.Duties() {
		got[d.Code] = dutyText(d)
	}
	for duty, want := range map[papers.Duty]string{
		"domiciliation": "tous les ans", "actualisation": "tous les mois", "courrier": "tous les 3 mois",
		"declaration-revenus": "chaque année, du 1er avril au 30 juin", "titre-sejour": "de 4 mois à 2 mois avant la fin",
	} {
		if got[duty] != want {
			t.Errorf("%s: %q, want %q", duty, got[duty], want)
		}
	}
	day, errDay := papers.ParseSpan("P1D")
	year, errYear := papers.ParseSpan("P1Y8D")
	if everyText(day) != "tous les jours" || everyText(year) != "tous les 1 an et 8 jours" || everyText(papers.Span{}) != "" || errDay != nil || errYear != nil {
		t.Errorf("%q, %q, %q", everyText(day), everyText(year), everyText(papers.Span{}))
	}
	ages := map[string]string{}
	for _, f := range c.Freshnesses() {
		ages[f.Code] = freshnessText(f)
	}
	if got, want := ages["avis"], "revenus d'il y a 1 an, le suivant à partir du 1er septembre"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The page in deploy/docs is the catalogue's, and what it tells to write works.
func TestThePageOfPapersIsTheCatalogues(t *testing.T) {
	t.Parallel()
	c, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	page := PapersPage(c)
	const name = "../../deploy/docs/papers.md"
	if *update {
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(page, "\n")); d != "" {
		t.Errorf("deploy/docs/papers.md is no longer the catalogue's: run with -update\n%s", d)
	}
	_, rest, _ := strings.Cut(page, "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	with, err := c.WithLocal(map[papers.Topic][]byte{papers.TopicFreshness: []byte(example)})
	if err != nil {
		t.Fatal(err)
	}
	if local := PapersPage(with); strings.Count(local, "V, **local** |") != 1 || strings.Contains(page, "**local** |") {
		t.Error("the page does not say which row is local")
	}
}
