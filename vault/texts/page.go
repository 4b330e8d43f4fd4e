package texts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/coffre-fort/coffre/vault/papers"
)

// pageIntro is for whoever answers for a counter: it is no sentence of the
// service, and stands in no version.
const pageIntro = `# Ce que le coffre croit savoir des papiers

Cette page liste ce que le service sait des papiers : combien de temps les garder, leur âge, ce que chaque démarche demande, les échéances, les organismes. Elle est écrite par le programme lui-même (` + "`coffred papers`" + `), ligne par ligne, avec la source. Tous les temps sont des **minimums**. Le service conseille et ne jette jamais rien.

Marques : **V** lu à la source même · **S** lu dans une page qui en parle · **M** de mémoire, à vérifier avant de s'y fier. **Local** : la structure a écrit cette ligne.

## Changer une ligne chez vous

Une mairie demande un justificatif de moins de 6 mois et pas de 3 ? Écrivez un fichier du même nom que le sujet (` + "`freshness.yaml`, `retention.yaml`, `packs.yaml`, `issuers.yaml`, `bodies.yaml`, `calendar.yaml`, `purposes.yaml`, `papers.yaml`" + `) dans un dossier à vous :

` + "```yaml" + `
version: 1
sources:
  mairie:
    name: "Règlement de la mairie, guichet des identités"
    date: "2026-02-01"
    checked: "2026-11-21"
rows:
  - {code: domicile, label: "Justificatif de domicile", kinds: [facture-energie, quittance-loyer], under: P6M, soon: P15D, source: mairie, evidence: V}
` + "```" + `

Une ligne avec un code connu remplace la nôtre ; une autre s'ajoute ; aucune ne disparaît. Les durées s'écrivent P3M (3 mois), P2Y (2 ans), P15D (15 jours). Le code d'une ligne est dans la première colonne. Vérifiez avec ` + "`coffred papers --local DOSSIER`" + ` : un fichier qui se contredit est refusé, avec la ligne en cause. Les fichiers du programme, dans ` + "`vault/papers`" + `, expliquent chaque mot.
`

// PapersPage is the whole catalogue as a page (Markdown) for whoever answers for a
// counter: every row with its source, its mark and whether it is local.
func PapersPage(c *papers.Catalogue) string {
	var b strings.Builder
	b.WriteString(pageIntro)
	pageRetention(&b, c)
	pageFreshness(&b, c)
	pagePacks(&b, c)
	pageCalendar(&b, c)
	pageBodies(&b, c)
	table(&b, "Qui donne les papiers", "code", "à demander à", "papiers")
	for _, i := range c.Issuers() {
		line(&b, i.Provenance, i.Code, i.Label, kindNames(c, i.Kinds))
	}
	return b.String()
}

func pageRetention(b *strings.Builder, c *papers.Catalogue) {
	table(b, "Combien de temps garder, au minimum", "code", "papiers", "garder", "à savoir")
	for _, r := range c.Retentions() {
		line(b, r.Provenance, r.Code, r.Label, retentionText(r), noteTexts(r.Notes))
	}
}

func retentionText(r papers.RetentionInfo) string {
	switch {
	case len(r.Kinds) == 0:
		return ""
	case r.Forever:
		return "toujours"
	case len(r.Bands) > 0:
		var out []string
		for _, band := range r.Bands {
			who := "ensuite"
			if band.Under != papers.AnyAge {
				who = fmt.Sprintf("avant %d ans", band.Under)
			}
			out = append(out, who+" : "+PaperSpan(band.Keep))
		}
		return strings.Join(out, " ; ")
	}
	text := clauseTexts(r.Until)
	if r.If != "" {
		text += fmt.Sprintf(" (« %s » oui : %s)", AskText(papers.Ask{Question: r.If}), clauseTexts(r.Then))
	}
	return text
}

func clauseTexts(in []papers.Clause) string {
	after := map[papers.Event]string{
		papers.EventDate: "la date du papier", papers.EventYearEnd: "la fin de l'année du papier", papers.EventExpiry: "la fin écrite dessus",
		papers.EventContractEnd: "la fin du contrat", papers.EventCompensationEnd: "la fin des paiements pour l'accident",
		papers.EventLastInstalment: "le dernier remboursement",
		papers.EventRetirementPaid: "le paiement de la retraite", papers.EventBenefitPaid: "le paiement du chômage",
		papers.EventStatement: "le relevé de compte", papers.EventLicence: "l'arrivée du permis",
		papers.EventDepositReturned: "le retour de la caution", papers.EventVehicleGone: "le départ du véhicule",
	}
	var out []string
	for _, c := range in {
		if c.Keep.IsZero() {
			out = append(out, strings.Replace("jusqu'à "+after[c.Event], "à le ", "au ", 1))
			continue
		}
		out = append(out, PaperSpan(c.Keep)+" après "+after[c.Event])
	}
	return strings.Join(out, ", et ")
}

func pageFreshness(b *strings.Builder, c *papers.Catalogue) {
	table(b, "Quel âge un papier peut avoir", "code", "règle", "papiers", "démarches", "âge", "à savoir")
	for _, f := range c.Freshnesses() {
		line(b, f.Provenance, f.Code, f.Label, kindNames(c, f.Kinds), purposeNames(c, f.Uses, "toutes les autres"), freshnessText(f), noteTexts(f.Notes))
	}
}

func freshnessText(f papers.FreshnessInfo) string {
	var out string
	switch f.Measure {
	case papers.MeasureUnder:
		out = "moins de " + PaperSpan(f.Span)
	case papers.MeasureValid:
		out = "valable " + PaperSpan(f.Span)
		if !f.Child.IsZero() {
			out += ", enfant " + PaperSpan(f.Child)
		}
		if !f.Perhaps.IsZero() {
			out += ", parfois " + PaperSpan(f.Perhaps)
		}
	case papers.MeasureStated:
		out = "jusqu'à la fin écrite dessus"
	case papers.MeasureMonths:
		out = fmt.Sprintf("les %d derniers mois", f.N)
		switch {
		case f.Skip == 1:
			out = fmt.Sprintf("les %d mois avant le mois dernier", f.N)
		case f.Skip > 1:
			out += fmt.Sprintf(", sans compter les %d plus récents", f.Skip)
		}
	case papers.MeasureIncome:
		out = "revenus d'il y a " + PaperSpan(papers.Months(12*f.N))
		if !f.From.IsZero() {
			out += ", le suivant à partir du " + yearDay(f.From)
		}
	}
	if !f.Soon.IsZero() {
		out += " ; bientôt trop vieux " + PaperSpan(f.Soon) + " avant"
	}
	if !f.SoonEnd.IsZero() {
		out += ", à refaire au plus tard " + PaperSpan(f.SoonEnd) + " avant"
	}
	return out
}

func pagePacks(b *strings.Builder, c *papers.Catalogue) {
	table(b, "Ce que chaque démarche demande", "code", "démarche", "organisme", "formulaire", "revient", "pièces", "à savoir")
	for _, p := range c.Packs() {
		info, err := c.Purpose(p.Purpose)
		if err != nil { // a catalogue has a démarche for each pack
			continue
		}
		var pieces []string
		for _, piece := range p.Pieces {
			pieces = append(pieces, pieceText(piece))
		}
		line(b, p.Provenance, string(p.Purpose), info.Label, info.Body, strings.Join(p.Forms, ", "), everyText(p.Every), strings.Join(pieces, "<br>"), noteTexts(p.Notes))
	}
}

func pieceText(p papers.PieceInfo) string {
	text := p.Say
	switch p.Who {
	case papers.WhoEach:
		text += " Pour chaque personne du foyer."
	case papers.WhoChildren:
		text += " Pour chaque enfant."
	case papers.WhoMe, papers.WhoHousehold:
	}
	if p.If != "" {
		text += " *" + p.If + "*"
	}
	return text
}

func pageCalendar(b *strings.Builder, c *papers.Catalogue) {
	table(b, "Ce qui revient", "code", "quoi", "quand", "qui est prévenu")
	for _, d := range c.Duties() {
		tell := []string{"la personne"}
		if slices.Contains(d.Tell, papers.TellStructure) {
			tell = append(tell, "la structure")
		}
		line(b, d.Provenance, string(d.Code), d.Label+". "+d.Say, dutyText(d), strings.Join(tell, " et "))
	}
}

func dutyText(d papers.DutyInfo) string {
	switch {
	case !d.Every.IsZero():
		return everyText(d.Every)
	case !d.Opens.IsZero():
		return "chaque année, du " + yearDay(d.Opens) + " au " + yearDay(d.Closes)
	case !d.Late.IsZero():
		return "de " + PaperSpan(d.Before) + " à " + PaperSpan(d.Late) + " avant la fin"
	default:
		return PaperSpan(d.Before) + " avant la fin"
	}
}

// everyText says how often something comes again: empty for no time.
func everyText(s papers.Span) string {
	switch every := PaperSpan(s); every {
	case "":
		return ""
	case "1 an":
		return "tous les ans"
	case "1 mois":
		return "tous les mois"
	case "1 jour":
		return "tous les jours"
	default:
		return "tous les " + every
	}
}

// yearDay says a day of every year: "1er avril".
func yearDay(d papers.MonthDay) string {
	const year = 2001 // any: no such day is the 29th of February
	return strings.TrimSuffix(PaperDay(d.In(year)), fmt.Sprintf(" %d", year))
}

func pageBodies(b *strings.Builder, c *papers.Catalogue) {
	table(b, "Les organismes, et ce qu'on note pour chacun", "code", "organisme", "à noter", "pièges", "si c'est perdu", "téléphone")
	for _, body := range c.Bodies() {
		var fields []string
		for _, f := range body.Fields {
			text := f.Label
			switch {
			case f.Never:
				text += " (**jamais écrit**)"
			case f.Secret:
				text += " (secret)"
			}
			fields = append(fields, text)
		}
		phone := body.Phone
		if phone != "" {
			phone += " (" + string(body.PhoneEvidence) + ")"
		}
		line(b, body.Provenance, string(body.Code), body.Label, strings.Join(fields, "<br>"), noteTexts(body.Traps), body.Lost, phone)
	}
}

// table writes the head of a table: each has the source and the mark at its end.
func table(b *strings.Builder, title string, columns ...string) {
	columns = append(columns, "source", "marque")
	fmt.Fprintf(b, "\n## %s\n\n| %s |\n|%s\n", title, strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
}

func line(b *strings.Builder, from papers.Provenance, cells ...string) {
	mark := string(from.Evidence)
	if from.Local {
		mark += ", **local**"
	}
	source := fmt.Sprintf("%s, %s, vérifié le %s", from.Source.Name, from.Source.Date.Format("02/01/2006"), from.Source.Checked.Format("02/01/2006"))
	for _, cell := range append(cells, source, mark) {
		fmt.Fprintf(b, "| %s ", strings.ReplaceAll(oneLine(cell), "|", "\\|"))
	}
	b.WriteString("|\n")
}

func noteTexts(in []papers.Note) string {
	var out []string
	for _, n := range in {
		out = append(out, n.Say)
	}
	return strings.Join(out, "<br>")
}

func kindNames(c *papers.Catalogue, in []papers.Kind) string {
	var out []string
	for _, k := range in {
		if info, err := c.KindInfo(k); err == nil {
			out = append(out, info.Label)
		}
	}
	return strings.Join(out, ", ")
}

func purposeNames(c *papers.Catalogue, in []papers.Purpose, none string) string {
	var out []string
	for _, p := range in {
		if info, err := c.Purpose(p); err == nil {
			out = append(out, info.Label)
		}
	}
	if len(out) == 0 {
		return none
	}
	return strings.Join(out, ", ")
}
