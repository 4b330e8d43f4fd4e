package papers_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

const localHead = `version: 1
sources:
  arrete: {name: "Règlement de la commune", date: "2026-02-01", checked: "2026-11-21"}
rows:
`

// local puts one structure's rows of one topic over the catalogue.
func local(c *papers.Catalogue, topic papers.Topic, rows string) (*papers.Catalogue, error) {
	return c.WithLocal(map[papers.Topic][]byte{topic: []byte(localHead + rows)})
}

// Local practice differs, above all for proofs of address: six months here.
func TestAStructureSaysWhatItDoesOtherwise(t *testing.T) {
	t.Parallel()
	c := load(t)
	with, err := local(c, papers.TopicFreshness,
		`  - {code: domicile, label: "Domicile", kinds: [facture-energie, quittance-loyer], under: P6M, soon: P15D, source: arrete, evidence: V}
  - {code: carte-transport, label: "Carte de transport", kinds: [photo], valid: P2Y, soon: P15D, source: arrete, evidence: V}
`)
	if err != nil {
		t.Fatal(err)
	}
	p := papers.Paper{Kind: "facture-energie", Date: written(t, "2026-01-31")}
	for today, want := range map[string]papers.State{"2026-07-30": papers.SoonTooOld, "2026-07-31": papers.TooOld} {
		if got, err := with.Fresh(p, "fsl", papers.Me, day(t, today)); err != nil || got.State != want {
			t.Errorf("on %s: %+v, %v", today, got, err)
		}
	}
	if got, err := c.Fresh(p, "fsl", papers.Me, day(t, "2026-07-30")); err != nil || got.State != papers.TooOld {
		t.Errorf("the catalogue itself changed: %+v, %v", got, err)
	}
	var mine []string
	for _, f := range with.Freshnesses() {
		if f.Local {
			mine = append(mine, f.Code+" "+f.Source.Name)
		}
	}
	if !slices.Equal(mine, []string{"domicile Règlement de la commune", "carte-transport Règlement de la commune"}) {
		t.Errorf("local rows: %q", mine)
	}
	if n := len(with.Freshnesses()); n != len(c.Freshnesses())+1 {
		t.Errorf("%d rules", n)
	}
}

func TestEveryTopicCanBeLocal(t *testing.T) {
	t.Parallel()
	c := load(t)
	files := map[papers.Topic][]byte{
		papers.TopicKinds: []byte(strings.Replace(localHead, "rows:\n", "kinds:\n", 1) +
			`  - {code: carte-transport, drawer: identite, label: "Carte de transport", simple: "La carte du bus.", source: arrete, evidence: V}` + "\n"),
		papers.TopicPurposes: []byte(strings.Replace(localHead, "rows:\n", "purposes:\n", 1) +
			`  - {code: transport, label: "Carte de transport", simple: "Le bus à prix réduit.", body: "La commune", kinds: [carte-transport, avis-imposition], days: 31, source: arrete, evidence: V}` + "\n"),
		papers.TopicIssuers:   []byte(localHead + `  - {code: bus, label: "la boutique du bus", kinds: [carte-transport], source: arrete, evidence: V}` + "\n"),
		papers.TopicRetention: []byte(localHead + `  - {code: transport, label: "Transport", kinds: [carte-transport], until: [{event: expiry, keep: P0D}], source: arrete, evidence: V}` + "\n"),
		papers.TopicPacks: []byte(localHead + `  - code: transport
    pieces:
      - {code: ancienne, say: "Votre ancienne carte.", kinds: [carte-transport], who: me, if: "Si vous en avez une."}
      - {code: avis, say: "Votre avis d'imposition.", kinds: [avis-imposition], who: household}
    source: arrete
    evidence: V
`),
		papers.TopicBodies:   []byte(localHead + `  - {code: bus, label: "Bus", simple: "Le bus.", lost: "Allez à la boutique.", fields: [{code: carte, label: "Numéro de carte", masks: ["9999"]}], source: arrete, evidence: V}` + "\n"),
		papers.TopicCalendar: []byte(localHead + `  - {code: transport, label: "Carte de transport", say: "Refaites la carte chaque année.", kinds: [carte-transport], every: P1Y, tell: [person], source: arrete, evidence: V}` + "\n"),
	}
	with, err := c.WithLocal(files)
	if err != nil {
		t.Fatal(err)
	}
	slip, err := with.Bring("transport", papers.Household{}, papers.Sight{}, day(t, "2026-11-22"))
	if err != nil || len(slip.Lines) != 2 || slip.Lines[0].Ask != "la boutique du bus" || !slip.Pack.Local || !slip.Purpose.Local {
		t.Errorf("%+v, %v", slip, err)
	}
	kind, errKind := with.KindInfo("carte-transport")
	body, errBody := with.Body("bus")
	duty, errDuty := with.DutyInfo("transport")
	rule, errRule := with.Retention("carte-transport")
	if err := errors.Join(errKind, errBody, errDuty, errRule); err != nil || !kind.Local || !body.Local || !duty.Local || !rule.Local {
		t.Errorf("%v: %v %v %v %v", err, kind.Local, body.Local, duty.Local, rule.Local)
	}
	if with.Bodies()[0].Local || with.Retentions()[0].Local || with.Kinds("identite")[0].Local {
		t.Error("a row that came with the program is said to be local")
	}
}

// Each refusal changes one thing in rows that are good.
func TestALocalFileThatContradictsItselfIsRefused(t *testing.T) {
	t.Parallel()
	c := load(t)
	good := map[papers.Topic]string{
		papers.TopicIssuers:   `  - {code: x, label: "la mairie", kinds: [photo], source: arrete, evidence: V}` + "\n",
		papers.TopicRetention: `  - {code: x, label: "X", kinds: [photo], until: [{event: date, keep: P1Y}], notes: [{say: "Oui.", keep: P1Y}], source: arrete, evidence: V}` + "\n",
		papers.TopicFreshness: `  - {code: x, label: "X", kinds: [photo], uses: [rsa], under: P1Y, soon: P1M, source: arrete, evidence: V}` + "\n",
		papers.TopicPacks:     `  - {code: ppa, pieces: [{code: tout, say: "Tout.", kinds: [cni, titre-sejour, rib, bulletin-paie], who: me}], source: arrete, evidence: V}` + "\n",
		papers.TopicBodies:    `  - {code: x, label: "X", simple: "X.", lost: "Y.", fields: [{code: a, label: "A", masks: ["9A*"]}], source: arrete, evidence: V}` + "\n",
		papers.TopicCalendar:  `  - {code: x, label: "X", say: "X.", every: P1Y, tell: [person], source: arrete, evidence: V}` + "\n",
	}
	for topic, rows := range good {
		if _, err := local(c, topic, rows); err != nil {
			t.Fatalf("%s: %v", topic, err)
		}
		for name, change := range map[string][2]string{
			"unknown field": {"source:", "couleur: bleu, source:"}, "no such source": {"source: arrete", "source: livre"},
			"no evidence": {"evidence: V", `evidence: ""`}, "bad code": {"code: ", "code: É"}, "twice": {rows, rows + rows},
			"second document": {rows, rows + "---\n"},
		} {
			refused(t, c, topic, name, strings.Replace(rows, change[0], change[1], 1), rows)
		}
	}
	for _, row := range []struct {
		topic        papers.Topic
		name         string
		before, with string
	}{
		{papers.TopicIssuers, "kind of another row", "[photo]", "[rib]"},
		{papers.TopicIssuers, "no such kind", "[photo]", "[licorne]"},
		{papers.TopicIssuers, "kind twice", "[photo]", "[photo, photo]"},
		{papers.TopicIssuers, "no label", `"la mairie"`, `""`},
		{papers.TopicRetention, "kind of another row", "[photo]", "[bail]"},
		{papers.TopicRetention, "no such kind", "[photo]", "[licorne]"},
		{papers.TopicRetention, "no kind and no note", `[photo], until: [{event: date, keep: P1Y}], notes: [{say: "Oui.", keep: P1Y}]`, "[], forever: true"},
		{papers.TopicRetention, "no rule", "until: [{event: date, keep: P1Y}], ", ""},
		{papers.TopicRetention, "two rules", "until:", "forever: true, until:"},
		{papers.TopicRetention, "unknown event", "event: date", "event: pluie"},
		{papers.TopicRetention, "bad length", "keep: P1Y}], notes", "keep: 1 an}], notes"},
		{papers.TopicRetention, "question without answer", "notes:", "if: relief, notes:"},
		{papers.TopicRetention, "answer without question", "notes:", "then: [{event: date, keep: P2Y}], notes:"},
		{papers.TopicRetention, "unknown question", "notes:", "if: pluie, then: [{event: date, keep: P2Y}], notes:"},
		{papers.TopicRetention, "last band with an age", "until: [{event: date, keep: P1Y}]", "bands: [{under: 3, keep: P1Y}]"},
		{papers.TopicRetention, "bands that fall", "until: [{event: date, keep: P1Y}]", "bands: [{under: 9, keep: P1Y}, {under: 3, keep: P1Y}, {keep: P1Y}]"},
		{papers.TopicRetention, "empty note", `say: "Oui."`, `say: ""`},
		{papers.TopicFreshness, "kind and use of another row", "[photo]", "[bulletin-paie]"},
		{papers.TopicFreshness, "no such use", "[rsa]", "[licorne]"},
		{papers.TopicFreshness, "no such kind", "[photo]", "[licorne]"},
		{papers.TopicFreshness, "no kind", "[photo]", "[]"},
		{papers.TopicFreshness, "no measure", "under: P1Y, ", ""},
		{papers.TopicFreshness, "two measures", "under: P1Y", "under: P1Y, stated: true"},
		{papers.TopicFreshness, "no time", "under: P1Y", "under: P0D"},
		{papers.TopicFreshness, "no soon", "soon: P1M, ", ""},
		{papers.TopicFreshness, "child without valid", "soon:", "child: P1Y, soon:"},
		{papers.TopicFreshness, "soon for months", "under: P1Y", "months: 3"},
		{papers.TopicFreshness, "too many months", "under: P1Y, soon: P1M", "months: 25"},
		{papers.TopicFreshness, "far income", "under: P1Y, soon: P1M", "income: 4"},
		{papers.TopicFreshness, "skip without months", "soon:", "skip: 1, soon:"},
		{papers.TopicFreshness, "from without income", "soon:", `from: "09-01", soon:`},
		{papers.TopicFreshness, "from on no day", "under: P1Y, soon: P1M", `income: 1, from: "02-29"`},
		{papers.TopicPacks, "no such démarche", "code: ppa", "code: licorne"},
		{papers.TopicPacks, "asks less than its démarche", ", bulletin-paie]", "]"},
		{papers.TopicPacks, "asks more than its démarche", "rib,", "rib, cv,"},
		{papers.TopicPacks, "no such kind", "rib,", "rib, licorne,"},
		{papers.TopicPacks, "nobody's", "who: me", "who: chat"},
		{papers.TopicPacks, "no piece", `{code: tout, say: "Tout.", kinds: [cni, titre-sejour, rib, bulletin-paie], who: me}`, ""},
		{papers.TopicPacks, "no paper, and nobody to ask", "who: me}", `who: me}, {code: b, say: "B.", who: me, picture: numero}`},
		{papers.TopicPacks, "no paper, and no picture", "who: me}", `who: me}, {code: b, say: "B.", who: me, ask: "moi"}`},
		{papers.TopicPacks, "a paper with another picture", "who: me}", `who: me, picture: numero}`},
		{papers.TopicPacks, "three sides", "who: me}", `who: me, sides: 3}`},
		{papers.TopicPacks, "piece twice", "who: me}", `who: me}, {code: tout, say: "B.", who: me, ask: "moi", picture: numero}`},
		{papers.TopicBodies, "unknown mask", "9A*", "9a*"},
		{papers.TopicBodies, "no mask", "9A*", ""},
		{papers.TopicBodies, "mask and length", "masks:", "up-to: 3, masks:"},
		{papers.TopicBodies, "never, with a form", "masks:", "never: true, masks:"},
		{papers.TopicBodies, "unknown key", "masks:", "key: luhn, masks:"},
		{papers.TopicBodies, "telephone without evidence", "lost:", `phone: "32 30", lost:`},
		{papers.TopicBodies, "nothing to do when lost", `lost: "Y."`, `lost: ""`},
		{papers.TopicBodies, "field twice", "{code: a,", `{code: a, label: "B"}, {code: a,`},
		{papers.TopicCalendar, "no rhythm", "every: P1Y, ", ""},
		{papers.TopicCalendar, "two rhythms", "every:", "before: P1M, every:"},
		{papers.TopicCalendar, "opens without closing", "every: P1Y", `opens: "04-01"`},
		{papers.TopicCalendar, "closes first", "every: P1Y", `opens: "04-01", closes: "03-01"`},
		{papers.TopicCalendar, "late without end", "every:", "late: P1M, every:"},
		{papers.TopicCalendar, "tells nobody", "[person]", "[]"},
		{papers.TopicCalendar, "tells a stranger", "[person]", "[voisin]"},
		{papers.TopicCalendar, "no such kind", "every:", "kinds: [licorne], every:"},
		{papers.TopicCalendar, "no such démarche", "every:", "purposes: [licorne], every:"},
	} {
		refused(t, c, row.topic, row.name, strings.Replace(good[row.topic], row.before, row.with, 1), good[row.topic])
	}
}

func refused(t *testing.T, c *papers.Catalogue, topic papers.Topic, name, rows, good string) {
	t.Helper()
	if rows == good {
		t.Errorf("%s, %s: the change changes nothing", topic, name)
	}
	if with, err := local(c, topic, rows); !errors.Is(err, papers.ErrCatalogue) || with != nil {
		t.Errorf("%s, %s: %v; want ErrCatalogue", topic, name, err)
	}
}

func TestALocalFileOfNoTopicIsRefused(t *testing.T) {
	t.Parallel()
	c := load(t)
	for name, call := range map[string]func() (*papers.Catalogue, error){
		"no topic": func() (*papers.Catalogue, error) { return local(c, "cuisine", "") },
		"nobody's": func() (*papers.Catalogue, error) { return local(nil, papers.TopicIssuers, "") },
		"drawers": func() (*papers.Catalogue, error) {
			return c.WithLocal(map[papers.Topic][]byte{papers.TopicKinds: []byte(small)})
		},
		"rows in the kinds": func() (*papers.Catalogue, error) { return local(c, papers.TopicKinds, "  - {code: x}\n") },
		"other version": func() (*papers.Catalogue, error) {
			return c.WithLocal(map[papers.Topic][]byte{papers.TopicBodies: []byte("version: 2\n")})
		},
		"too many rows": func() (*papers.Catalogue, error) {
			return local(c, papers.TopicBodies, strings.Repeat("  - {code: x}\n", 1001))
		},
	} {
		if with, err := call(); !errors.Is(err, papers.ErrCatalogue) || with != nil {
			t.Errorf("%s: %v; want ErrCatalogue", name, err)
		}
	}
}

// Whatever is accepted holds together, and answers without panic.
func FuzzWithLocal(f *testing.F) {
	c, err := papers.Load()
	if err != nil {
		f.Fatal(err)
	}
	for i, topic := range papers.Topics() {
		whole, err := os.ReadFile(topic.File())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), whole)
		f.Add(uint8(i), []byte(localHead))
	}
	today, err := papers.ParseDay("2026-11-22")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, n uint8, raw []byte) {
		topic := papers.Topics()[int(n)%len(papers.Topics())]
		with, err := c.WithLocal(map[papers.Topic][]byte{topic: raw})
		if err != nil {
			if with != nil || !errors.Is(err, papers.ErrCatalogue) {
				t.Fatalf("%v, %v", with, err)
			}
			return
		}
		for _, kind := range with.EveryKind() {
			if _, err := with.Keep(papers.Paper{Kind: kind, Date: papers.On(today)}, papers.Facts{}, today); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range with.Packs() {
			if _, err := with.Bring(p.Purpose, papers.Household{}, papers.Sight{Kinds: with.EveryKind()}, today); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := with.Dues(nil, nil, today); err != nil {
			t.Fatal(err)
		}
	})
}
