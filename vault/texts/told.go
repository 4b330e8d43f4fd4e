package texts

import (
	"strconv"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// Notices to a person or to a structure.
const (
	NoticeEndsSoon    Sentence = "Un accord finit bientôt, le {until}. C'est pour : {purpose}. Vous pouvez le prolonger, ou ne rien faire."
	NoticeArrived     Sentence = "De nouveaux papiers sont dans un accord : {count}. C'est pour : {purpose}. Vous pouvez retirer cet accord."
	NoticeSuccessor   Sentence = "Votre agent est remplacé dans un accord, par {agent}. C'est pour : {purpose}. Vous pouvez refuser."
	NoticeEnded       Sentence = "Un accord est terminé. C'était pour : {purpose}."
	NoticeRelink      Sentence = "Une autre connexion va remplacer la vôtre le {until}. Si ce n'est pas vous, dites-le au guichet."
	NoticeRecovery    Sentence = "Quelqu'un a signalé que votre feuille de code est perdue. Si ce n'est pas vous, dites-le au guichet."
	NoticeWaits       Sentence = "Une demande attend jusqu'au {until} : {act}. Si ce n'est pas vous, dites-le au guichet."
	NoticeSheet       Sentence = "Votre feuille de code a servi sur l'écran d'un agent. Demandez une feuille neuve."
	NoticeHandover    Sentence = "La remise de votre coffre vous attend. Venez avec votre feuille de code."
	NoticeInformation Sentence = "Le texte d'information du service a changé. Demandez-le au guichet, ou lisez-le dans votre coffre."
	NoticeDue         Sentence = "Il y a quelque chose à faire vers le {day}. Ouvrez votre coffre pour voir quoi."
	NoticeNotebook    Sentence = "Vos mots de passe étaient dans un cahier du bureau. Il en reste à changer : {count}."
	NoticeNotebookEnd Sentence = "Ce cahier a été détruit le {day}. Deux agents l'ont signé."
	NoticeKit         Sentence = "Quelqu'un a montré deux de vos feuilles de secours. Le coffre pourra s'ouvrir le {until}. Ce délai est une règle, pas une serrure. Si ce n'est pas vous, dites non ici, ou au guichet."
	NoticeKitUsed     Sentence = "Vos feuilles de secours ont ouvert le coffre. Elles ne servent plus. Faites-en imprimer d'autres."
	NoticeSomebody    Label    = "une autre personne"
)

// Told is a notice as the person reads it; label is that of its démarche. Dates
// are read in zone; nil is metropolitan France.
func Told(n vault.Notice, label string, zone *time.Location) string {
	until := Moment(n.Until, zone)
	switch n.Kind {
	case vault.NoticeEndsSoon:
		return NoticeEndsSoon.With("until", until, "purpose", label)
	case vault.NoticeArrived:
		return NoticeArrived.With("count", strconv.Itoa(len(n.Documents)), "purpose", label)
	case vault.NoticeSuccessor:
		agent := n.Name
		if agent == "" {
			agent = string(NoticeSomebody)
		}
		return NoticeSuccessor.With("agent", agent, "purpose", label)
	case vault.NoticeEnded:
		return NoticeEnded.With("purpose", label) + " " + string(EndReason(n.Why))
	case vault.NoticeRelink:
		return NoticeRelink.With("until", until)
	case vault.NoticeRecovery:
		return string(NoticeRecovery)
	case vault.NoticeWaits:
		return NoticeWaits.With("until", until, "act", strings.ToLower(Act(n.Act)))
	case vault.NoticeSheet:
		return string(NoticeSheet)
	case vault.NoticeDue:
		return NoticeDue.With("day", Day(n.Until, zone))
	case vault.NoticeHandover:
		return string(NoticeHandover)
	case vault.NoticeKit:
		return NoticeKit.With("until", until)
	case vault.NoticeKitUsed:
		return string(NoticeKitUsed)
	case vault.NoticeInformation:
		return string(NoticeInformation)
	case vault.NoticeNotebook:
		said := NoticeNotebook.With("count", strconv.Itoa(len(n.Documents)))
		if !n.Until.IsZero() {
			said += " " + NoticeNotebookEnd.With("day", Day(n.Until, zone))
		}
		return said
	default:
		return ""
	}
}

// The public pages that a printed one leads to. Whoever holds the paper reads
// them: they name nobody, and never say why an agreement ended.
const (
	PublicTitle   Label    = "Vérifier un accord"
	PublicExists  Sentence = "Cet accord existe. Il a été donné le {given}."
	PublicRuns    Sentence = "Il est en cours. Il finit le {until}."
	PublicLater   Sentence = "Il commence le {from}. Il finit le {until}."
	PublicOver    Sentence = "Il ne vaut plus depuis le {ended}."
	PublicMark    Label    = "Empreinte à comparer"
	PublicCompare Sentence = "Comparez l'empreinte avec celle du papier. Si elle est différente, le papier n'est pas le bon."
	PublicNames   Sentence = "Cette page ne montre aucun nom. Elle ne dit jamais pourquoi un accord finit."

	PublicNothing Sentence = "Cette page ne dit rien."
	PublicMaybe   Sentence = "L'adresse est peut-être mal recopiée. Il n'y a peut-être plus rien à dire."
	PublicAgain   Sentence = "Relisez l'adresse, caractère par caractère. Sinon, demandez à la structure nommée sur le papier."

	PublicDepositTitle Label    = "Adresse de dépôt"
	PublicDepositGive  Sentence = "Donnez ce papier à la personne qui dépose pour vous."
	PublicDepositWhat  Sentence = "L'adresse sert seulement à déposer des papiers dans un coffre. Elle n'ouvre rien, et ne montre rien."
	PublicDepositWho   Sentence = "Seuls un agent ou un organisme autorisé peuvent déposer avec elle. Elle se ferme quand la personne le demande."

	PublicHomeTitle   Label    = "Coffre-fort numérique"
	PublicHome        Sentence = "Ce service garde les papiers des personnes qui le demandent. Adressez-vous au guichet."
	PublicInformation Label    = "Ce qu'il faut savoir sur le coffre"
	PublicMissing     Sentence = "Cette page n'existe pas. Relisez l'adresse, caractère par caractère."
	PublicBusy        Sentence = "Trop de demandes arrivent en même temps. Attendez une minute, puis recommencez."
	PublicDown        Sentence = "Le service ne peut pas répondre maintenant. Recommencez dans quelques minutes."
)
