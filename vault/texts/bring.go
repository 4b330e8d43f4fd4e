package texts

import (
	"strconv"
	"strings"

	"github.com/coffre-fort/coffre/vault/papers"
)

// What may become of a paper. Every time is the least there is.
const (
	KeepNoRule  Sentence = "Personne ne dit combien de temps garder ce papier. C'est vous qui choisissez."
	KeepIt      Sentence = "Gardez ce papier."
	KeepTill    Sentence = "Gardez ce papier jusqu'au {day} au minimum."
	KeepOver    Sentence = "Le temps minimum est passé. Vous pouvez jeter ce papier, si vous voulez."
	KeepUnknown Sentence = "Répondez d'abord à une question."
	KeepSource  Sentence = "C'est ce que dit {source}. Nous avons vérifié le {day}."
	KeepMemory  Sentence = "Vérifiez avec l'organisme. Cette règle est écrite de mémoire."
)

// What has to be asked before anybody says how long a paper is kept.
const (
	AskDate            Label = "De quand est ce papier ?"
	AskExpiry          Label = "Jusqu'à quand dure la garantie, ou ce papier ?"
	AskContractEnd     Label = "Le contrat est fini ? Quand ?"
	AskCompensationEnd Label = "L'assurance a fini de payer pour l'accident ? Depuis quand ?"
	AskLastInstalment  Label = "Le prêt est fini de payer ? Quand ?"
	AskRetirementPaid  Label = "Votre retraite est déjà payée ? Depuis quand ?"
	AskBenefitPaid     Label = "Le chômage est payé ? Depuis quand ?"
	AskStatement       Label = "Le relevé de compte est arrivé ? Quand ?"
	AskLicence         Label = "Le permis est arrivé ? Quand ?"
	AskDepositReturned Label = "Le propriétaire a rendu la caution ? Quand ?"
	AskVehicleGone     Label = "Le véhicule n'est plus à vous ? Depuis quand ?"
	AskRelief          Label = "Les impôts ont baissé ou supprimé cette taxe ?"
	AskResold          Label = "Quelqu'un a acheté le véhicule ?"
	AskBirth           Label = "Quelle est la date de naissance de cette personne ?"
)

// What is said of a piece on the slip "Que dois-je ramener ?".
const (
	BringToBring   Label    = "À apporter"
	BringOK        Label    = "Vous l'avez"
	BringSoon      Label    = "Bientôt trop vieux"
	BringTooOld    Label    = "Trop vieux"
	BringMissing   Label    = "Il manque"
	BringDoubtful  Label    = "Regardez la date"
	BringAsk       Label    = "À demander à"
	BringMonths    Label    = "Mois qui manquent"
	BringForYou    Label    = "Pour vous"
	BringForMember Label    = "Pour"
	BringUntil     Sentence = "Il est accepté jusqu'au {day}."
	BringRenew     Sentence = "Demandez le nouveau entre le {from} et le {by}."
	BringRenewFrom Sentence = "Demandez le nouveau à partir du {from}."
	BringGeneral   Sentence = "Cette liste est la même pour tous. Nous n'avons pas regardé vos papiers."
	BringLocal     Sentence = "Votre structure a écrit cette liste le {day}."
	OriginalAt     Sentence = "L'original est ici : {place}."
	BringStranger  Sentence = "Nous ne savons pas à qui est un de ces papiers. Dites-le-nous."
)

// What is said of a date that comes.
const (
	DueAhead   Label = "Plus tard"
	DueNow     Label = "À faire maintenant"
	DueOverdue Label = "En retard"
)

// VerdictText says in French what may become of a paper.
func VerdictText(a papers.Advice) string {
	switch a.Verdict {
	case papers.Keep:
		return string(KeepIt)
	case papers.KeepUntil:
		return KeepTill.With("day", PaperDay(a.Until))
	case papers.MayGo:
		return string(KeepOver)
	case papers.AskFirst:
		return string(KeepUnknown)
	case papers.NoRule:
		fallthrough
	default:
		return string(KeepNoRule)
	}
}

// AskText is the question that is missing: empty where none is.
func AskText(a papers.Ask) Label {
	if a.Birth {
		return AskBirth
	}
	switch a.Question {
	case papers.QuestionRelief:
		return AskRelief
	case papers.QuestionResold:
		return AskResold
	}
	return eventText(a.Event)
}

func eventText(e papers.Event) Label {
	switch e {
	case papers.EventDate, papers.EventYearEnd:
		return AskDate
	case papers.EventExpiry:
		return AskExpiry
	case papers.EventContractEnd:
		return AskContractEnd
	case papers.EventCompensationEnd:
		return AskCompensationEnd
	case papers.EventLastInstalment:
		return AskLastInstalment
	case papers.EventRetirementPaid:
		return AskRetirementPaid
	case papers.EventBenefitPaid:
		return AskBenefitPaid
	case papers.EventStatement:
		return AskStatement
	case papers.EventLicence:
		return AskLicence
	case papers.EventDepositReturned:
		return AskDepositReturned
	case papers.EventVehicleGone:
		return AskVehicleGone
	default:
		return ""
	}
}

// StateName says what a piece is worth.
func StateName(s papers.State) Label {
	switch s {
	case papers.OK:
		return BringOK
	case papers.SoonTooOld:
		return BringSoon
	case papers.TooOld:
		return BringTooOld
	case papers.Missing:
		return BringMissing
	case papers.Doubtful:
		return BringDoubtful
	case papers.NotLooked:
		fallthrough
	default:
		return BringToBring
	}
}

// PhaseName says where a day stands to something that has to be done.
func PhaseName(p papers.Phase) Label {
	switch p {
	case papers.Open:
		return DueNow
	case papers.Overdue:
		return DueOverdue
	case papers.Ahead:
		fallthrough
	default:
		return DueAhead
	}
}

// BringLine says one line of a slip: of whom, what, when it is asked, what it is
// worth, and whom to ask, each in a few words.
func BringLine(l papers.Line) []string {
	who := string(BringForYou)
	if l.Member.Role != papers.Me {
		who = string(BringForMember) + " " + oneLine(l.Member.Whose)
	}
	out := []string{who, l.Piece.Say}
	if l.If != "" {
		out = append(out, l.If)
	}
	out = append(out, string(StateName(l.State)))
	switch {
	case l.RenewFrom.IsZero() || l.State == papers.OK:
	case l.RenewBy.IsZero():
		out = append(out, BringRenewFrom.With("from", PaperDay(l.RenewFrom)))
	default:
		out = append(out, BringRenew.With("from", PaperDay(l.RenewFrom), "by", PaperDay(l.RenewBy)))
	}
	if !l.Until.IsZero() && (l.State == papers.OK || l.State == papers.SoonTooOld) {
		out = append(out, BringUntil.With("day", PaperDay(l.Until)))
	}
	if len(l.Lacking) > 0 {
		var months []string
		for _, m := range l.Lacking {
			months = append(months, paperMonth(m))
		}
		out = append(out, string(BringMonths)+" : "+strings.Join(months, ", "))
	}
	if l.Ask != "" {
		out = append(out, string(BringAsk)+" : "+l.Ask)
	}
	return out
}

// PaperDay writes a day of the calendar as people say it: empty for no day.
func PaperDay(d papers.Day) string {
	if d.IsZero() {
		return ""
	}
	return Day(d.Noon(), Metropolitan())
}

// paperMonth is the month of a day, as people say it.
func paperMonth(d papers.Day) string {
	_, month, _ := strings.Cut(PaperDay(d), " ")
	return month
}

// PaperSpan says a length of time: "3 mois", "1 an et 8 jours".
func PaperSpan(s papers.Span) string {
	years, months, days := s.Parts()
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{{years, "an", "ans"}, {months, "mois", "mois"}, {days, "jour", "jours"}} {
		switch {
		case p.n == 1:
			parts = append(parts, "1 "+p.one)
		case p.n > 1:
			parts = append(parts, strconv.Itoa(p.n)+" "+p.many)
		}
	}
	return strings.Join(parts, " et ")
}
