package texts

import (
	"strconv"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// A Sentence is a whole sentence, or several, as it stands on a printed page or
// in a notice. Marks in braces are filled in by [Sentence.With].
type Sentence string

// A Label is a few words: the title of a page, the name of a field, the head of
// a column. It is no sentence and has no full stop.
type Label string

// With fills in marks: the name of a mark without its braces, then its value,
// and so on. Values are put on one line and never read as marks.
func (s Sentence) With(marks ...string) string {
	pairs := make([]string, 0, len(marks))
	for i := 0; i+1 < len(marks); i += 2 {
		pairs = append(pairs, "{"+marks[i]+"}", oneLine(marks[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(string(s))
}

// The code sheet, its wallet card, and the slip that activates a login.
const (
	SheetTitle    Label = "Feuille de code"
	SheetCode     Label = "Le code du coffre"
	SheetHow      Label = "Comment s'en servir"
	SheetKeep     Label = "Où la garder"
	SheetLostHead Label = "Si vous la perdez"
	SheetNumber   Label = "Numéro de la feuille"
	SheetAddress  Label = "Adresse de dépôt"
	SheetScan     Label = "Le même code, à montrer à une caméra"
	CardTitle     Label = "Carte de poche"

	SheetWhat       Sentence = "Cette feuille déverrouille votre coffre. Elle est à vous."
	SheetType       Sentence = "Tapez le code vous-même, ou montrez le carré à la caméra."
	SheetWithPIN    Sentence = "Au guichet, on vous demande aussi votre code à six chiffres."
	SheetNobody     Sentence = "Personne d'autre n'a besoin de ce code. Un agent ne vous le demande jamais par téléphone."
	SheetSafePlace  Sentence = "Gardez-la chez vous, avec vos papiers importants."
	SheetNoName     Sentence = "N'écrivez pas votre nom dessus. N'écrivez pas votre code à six chiffres dessus."
	SheetCardPlace  Sentence = "La carte de poche porte le même code. Gardez-la ailleurs que la feuille."
	SheetTellUs     Sentence = "Dites-le tout de suite au guichet. On imprime une autre feuille. Dès qu'elle ouvre, celle-ci ne sert plus."
	SheetWithout    Sentence = "Vos accords continuent sans la feuille. Les dépôts aussi."
	SheetZero       Sentence = "Le 0 est toujours un zéro. Il n'y a ni O, ni I, ni L, ni U."
	SheetForDeposit Sentence = "L'adresse de dépôt sert seulement à déposer. Elle n'ouvre rien."

	SlipTitle   Label    = "Relier votre connexion"
	SlipWhat    Sentence = "Vous pouvez ouvrir votre coffre de chez vous. Ce n'est pas obligatoire."
	SlipOpen    Sentence = "Ouvrez cette page sur un téléphone ou un ordinateur."
	SlipLogin   Sentence = "Connectez-vous."
	SlipCode    Sentence = "Tapez le code de votre feuille de code."
	SlipAgent   Sentence = "Un agent vérifie avec vous que c'est bien vous."
	SlipNoCode  Sentence = "Cette page ne porte aucun code. Elle peut être jetée."
	SlipSteps   Label    = "Ce que vous faites"
	SlipPage    Label    = "La page"
	SlipScan    Label    = "La même page, à montrer à une caméra"
	SlipSafe    Label    = "Numéro du coffre"
	SlipHelp    Label    = "Besoin d'aide"
	SlipCounter Sentence = "Venez au guichet, ou appelez-nous."
)

// The receipt of a consent: the parts of ISO/IEC TS 27560 (L-59), without
// anything that names the person (L-60).
const (
	ReceiptTitle     Label = "Reçu de mon accord"
	ReceiptRecord    Label = "Le reçu"
	ReceiptID        Label = "Numéro de l'accord"
	ReceiptSchema    Label = "Forme du reçu"
	ReceiptPerson    Label = "La personne, sans son nom"
	ReceiptPurpose   Label = "Pour quoi"
	ReceiptBasis     Label = "Ce qui le permet"
	ReceiptData      Label = "Quels papiers"
	ReceiptActions   Label = "Ce qui est permis"
	ReceiptHolder    Label = "Qui est responsable"
	ReceiptMethod    Label = "Comment l'accord a été donné"
	ReceiptStorage   Label = "Où c'est gardé"
	ReceiptRetention Label = "Combien de temps"
	ReceiptRecipient Label = "Pour qui"
	ReceiptWithdraw  Label = "Comment le retirer"
	ReceiptRights    Label = "Mes droits"
	ReceiptAt        Label = "Donné le"
	ReceiptFrom      Label = "Commence le"
	ReceiptUntil     Label = "Finit le"
	ReceiptState     Label = "Où en est l'accord"
	ReceiptBy        Label = "Enregistré par"
	ReceiptText      Label = "Version du texte"
	ReceiptDigest    Label = "Empreinte de l'accord"
	ReceiptCheck     Label = "Vérifier ce reçu"

	ReceiptSomebody   Label    = "Une structure"
	ReceiptNoName     Sentence = "Ce reçu ne porte pas mon nom."
	ReceiptBasisText  Sentence = "Mon autorisation, selon l'article L.103 du code des postes. La structure dit elle-même sa base selon le RGPD."
	ReceiptKeptHere   Sentence = "Dans mon coffre, fermé à clé."
	ReceiptKeptLong   Sentence = "Cinq ans après la fin de l'accord, comme preuve. Ses clés sont détruites à la fin."
	ReceiptWithdrawBy Sentence = "Je le dis à un agent de la structure. Ou je le retire dans mon coffre. C'est tout de suite."
	ReceiptMyRights   Sentence = "Je peux lire, corriger, reprendre ou effacer. Je peux aussi me plaindre à la CNIL."
	ReceiptService    Sentence = "Le coffre-fort numérique."
)

// The mandate and its withdrawal slip.
const (
	MandateTitle     Label = "Mandat"
	MandateParties   Label = "Entre"
	MandatePerson    Label = "La personne"
	MandateAgent     Label = "L'agent"
	MandateStructure Label = "La structure"
	MandateSigns     Label = "Signatures"
	MandateWitness   Label = "Témoin ou interprète"
	MandateGuardian  Label = "Tuteur, tutrice, curateur ou curatrice"
	MandateDate      Label = "Date"
	MandateSignature Label = "Signature"
	MandateCheck     Label = "Vérifier ce mandat"
	MandateNumber    Label = "Numéro"

	MandateTwo     Sentence = "Fait en deux exemplaires, un pour chacun."
	MandateLaw     Sentence = "C'est un mandat écrit, selon l'article 1984 du code civil."
	MandateScan    Sentence = "Cette page dit si l'accord est encore en cours. Elle ne montre aucun nom."
	MandateMark    Sentence = "Elle montre aussi les 16 premiers caractères de l'empreinte. Comparez-les avec ce papier."
	MandateSource  Sentence = "La liste des papiers vient de : {source}. Vérifiez-la avec l'organisme."
	ProtectionNo   Sentence = "La personne dit qu'elle n'a ni tutelle ni curatelle."
	ProtectionHelp Sentence = "La personne dit qu'elle a une curatelle. Elle a répondu avec la personne qui l'aide."
	ProtectionRep  Sentence = "La personne dit qu'elle a une tutelle. Son tuteur ou sa tutrice est d'accord aussi."

	WithdrawTitle  Label    = "Je retire mon accord"
	WithdrawWhat   Sentence = "Je coche et je signe. Je donne ce papier à un agent, ou je l'envoie par la poste."
	WithdrawSpoken Sentence = "Je peux aussi le dire, sans papier. C'est tout de suite, et je ne dis pas pourquoi."
	WithdrawBox    Label    = "Je retire mon accord, à partir de maintenant"
	WithdrawNumber Label    = "Numéro pour l'agent"
	WithdrawAgent  Sentence = "L'agent retrouve mon accord avec ce numéro. Il ne voit aucun de mes papiers."
	WithdrawScan   Label    = "Le même numéro, à montrer à une caméra"
)

// The côte-à-côte summary, the journal extract, the departure report, the letter
// of the 48 hours.
const (
	SummaryTitle     Label    = "Ce que nous avons fait ensemble"
	SummaryWhen      Sentence = "Nous avons travaillé ensemble le {day}, de {from} à {until}."
	SummaryFor       Label    = "Pour quoi"
	SummaryHow       Label    = "Comment"
	SummaryWith      Label    = "Avec"
	SummaryOpened    Label    = "Papiers ouverts"
	SummaryDeposited Label    = "Papiers déposés"
	SummaryAfter     Label    = "Et maintenant"
	SummaryClosed    Sentence = "Tout est refermé. Cet agent ne peut plus ouvrir vos papiers sans vous."
	SummaryComeBack  Sentence = "Cet agent peut revenir à ces papiers, pour cette démarche, jusqu'au {until}. Vous pouvez dire stop quand vous voulez."
	SummaryKeeps     Sentence = "Personne ne garde vos identifiants ni vos mots de passe."
	SummaryNext      Label    = "Ce qui reste à faire"

	// ComeBack is the one question at the end of a côte-à-côte session.
	ComeBack Sentence = "Cet agent peut-il revenir à ces papiers, pour cette démarche, sans vous, jusqu'au {until} ? C'est oui ou non."

	ChangeTitle    Label    = "Mes mots de passe à changer"
	ChangeWhy      Sentence = "Ces mots de passe, d'autres que vous les ont vus, ou peuvent les voir. Changez-les sur le site de chaque organisme, puis dans votre coffre."
	ChangeNone     Sentence = "Personne d'autre que vous n'a vu un de vos mots de passe."
	ChangeTable    Label    = "Les mots de passe à changer"
	ChangeBody     Label    = "Organisme"
	ChangeLogin    Label    = "Identifiant"
	ChangeSeen     Label    = "Vu par"
	ChangeDone     Label    = "Changé le"
	ChangeCounter  Sentence = "Au guichet : {who}."
	ChangeNotebook Sentence = "Il était dans un cahier."
	ChangeLost     Sentence = "Il est sur une copie perdue."
	ChangeLocked   Label    = "Un mémo de votre coffre"
	ChangeNoSecret Sentence = "Aucun mot de passe n'est écrit sur cette feuille. Vous pouvez la garder ou la jeter."
	ChangeKitTitle Label    = "Mes feuilles de secours"
	ChangeKit      Sentence = "Vos trois feuilles de secours ne servent plus. Jetez-les."
	ChangeKitWhy   Sentence = "La personne qui a mené l'atelier les avait sur son écran."
	ChangeKitAgain Sentence = "Vous pouvez en faire imprimer trois autres, au guichet ou chez vous."

	JournalTitle    Label    = "Qui a vu mes papiers"
	JournalFrom     Sentence = "Du {from} au {until}."
	JournalAll      Sentence = "Chaque accès est écrit, et chaque essai aussi. Personne ne peut effacer une ligne."
	JournalOlder    Sentence = "Lignes plus anciennes, à imprimer à part : {count}."
	JournalMore     Sentence = "Et d'autres : {count}."
	JournalNone     Sentence = "Personne n'a rien fait dans ce coffre pendant cette période."
	JournalTable    Label    = "Ce qui s'est passé"
	JournalWhen     Label    = "Quand"
	JournalWho      Label    = "Qui"
	JournalWhat     Label    = "Quoi"
	JournalWhich    Label    = "Quel papier"
	JournalWhy      Label    = "Pour quoi"
	JournalPresent  Label    = "J'étais là"
	JournalYes      Label    = "oui"
	JournalOne      Label    = "un papier"
	JournalPapers   Sentence = "Nombre de papiers : {count}."
	JournalCheck    Label    = "Vérifier ce journal"
	JournalPosition Sentence = "Lignes {first} à {last} du journal du service. N'importe qui peut vérifier qu'aucune ligne ne manque."

	DepartureTitle    Label    = "Bilan de départ"
	DepartureOf       Label    = "Agent"
	DepartureWhat     Sentence = "Ce bilan donne des personnes et des nombres, jamais un titre de papier."
	DepartureUse      Sentence = "Il sert à prévenir les personnes. Il ne sert pas à juger un travail."
	DeparturePeople   Label    = "Les personnes"
	DepartureSafe     Label    = "Personne"
	DepartureOpenings Label    = "Papiers ouverts"
	DepartureReveals  Label    = "Mots de passe vus"
	DepartureConsents Label    = "Accords"
	DepartureTotals   Label    = "En tout"
	DepartureEnded    Label    = "Accords terminés"
	DepartureReplaced Label    = "Accords qui attendent un remplaçant"
	DepartureNoName   Sentence = "Personne qui ne figure pas dans la liste."
	DepartureNobody   Sentence = "Cet agent n'a eu accès à aucun coffre."

	LetterTitle  Label    = "Une demande attend 48 heures"
	LetterWhat   Sentence = "Quelqu'un demande une chose importante sur votre coffre. Votre structure a un seul agent. Alors la demande attend 48 heures."
	LetterAsked  Label    = "Ce qui est demandé"
	LetterWho    Label    = "Qui le demande"
	LetterWhen   Label    = "Demandé le"
	LetterNot    Label    = "Pas avant le"
	LetterYes    Sentence = "Si c'est bien vous, vous n'avez rien à faire."
	LetterNo     Sentence = "Si ce n'est pas vous, venez ou appelez avant cette date. Tout sera arrêté."
	LetterDo     Label    = "Ce que vous pouvez faire"
	LetterFreeze Sentence = "Vous pouvez aussi faire geler votre coffre tout de suite."

	// The letter about two recovery sheets that were shown.
	KitLetterTitle  Label    = "Deux feuilles de secours ont été montrées"
	KitLetterWhat   Sentence = "Quelqu'un a montré deux de vos feuilles de secours. Votre coffre pourra s'ouvrir après un délai. Rien n'est encore ouvert."
	KitLetterWhen   Label    = "Montrées le"
	KitLetterWho    Label    = "Sur quel écran"
	KitLetterOwn    Label    = "le vôtre, avec votre connexion"
	KitLetterDue    Label    = "Le coffre peut s'ouvrir à partir du"
	KitLetterUntil  Label    = "Et jusqu'au"
	KitLetterYes    Sentence = "Si c'est bien vous, revenez après le {due}, avec deux feuilles."
	KitLetterNo     Sentence = "Si ce n'est pas vous, venez ou appelez avant le {due}. Tout sera arrêté."
	KitLetterFreeze Sentence = "Vous pouvez aussi faire geler votre coffre. Alors ces feuilles ne servent plus."

	// The address that a partner or a helper deposits at, and the service
	// information.
	AddressTitle Label    = "Adresse de dépôt"
	AddressFor   Label    = "Pour"
	AddressCode  Label    = "L'adresse"
	AddressScan  Label    = "La même adresse, à montrer à une caméra"
	AddressWhat  Sentence = "Ce papier permet de déposer dans mon coffre. Il n'ouvre rien, et ne montre rien."
	AddressGive  Sentence = "Je le donne à la personne qui dépose pour moi."
	AddressClose Sentence = "Je peux fermer cette adresse quand je veux."

	InformationTitle   Label = "Ce qu'il faut savoir sur le coffre"
	InformationVersion Label = "Version du texte"
	InformationDigest  Label = "Empreinte du texte"

	PageStructure Label = "Structure"
	PageDated     Label = "Imprimé le"
	PageGoesOn    Label = "(suite)"
	PageNeutral   Label = "Document personnel"
	PageAddress   Label = "Adresse à recopier"
)

// EndReason says why an agreement or a request ended, to the person.
func EndReason(r vault.EndReason) Sentence {
	switch r {
	case vault.EndedByDate:
		return "La date de fin est passée."
	case vault.EndedWithdrawn:
		return "Cet accord a été retiré."
	case vault.EndedRefused:
		return "Cette demande a été refusée."
	case vault.EndedDeparture:
		return "L'agent a quitté son poste."
	case vault.EndedHandover:
		return "Le coffre a été remis à la personne."
	case vault.EndedErasure:
		return "Le coffre a été effacé."
	case vault.EndedFreeze:
		return "Le coffre a été gelé."
	case vault.EndedShutOut:
		return "L'agent ou sa structure a été écarté du coffre."
	case vault.EndedRenewed:
		return "Un autre accord continue celui-ci."
	case vault.EndedExpired:
		return "Personne n'a répondu à cette demande."
	case vault.EndedKeyLost:
		return "Le service a perdu la clé de cet accord. Vous pouvez le donner à nouveau."
	case vault.EndedCycle:
		return "Les ateliers sont finis pour la personne, ou une autre personne les anime."
	default:
		return "Cet accord est terminé."
	}
}

// MethodName says how an agreement was expressed.
func MethodName(m vault.Method) Sentence {
	switch m {
	case vault.MethodSession:
		return "Par la personne, dans son coffre."
	case vault.MethodCounter:
		return "Par la personne, au guichet."
	case vault.MethodOral:
		return "De vive voix, devant une personne qui est nommée."
	case vault.MethodPictogram:
		return "Avec des images, devant une personne qui est nommée."
	default:
		return "Pas encore donné."
	}
}

// ProtectionAnswer is what the person answered about tutelle or curatelle (L-87).
func ProtectionAnswer(p vault.Protection) Sentence {
	switch p {
	case vault.ProtectionNone:
		return ProtectionNo
	case vault.ProtectionAssisted:
		return ProtectionHelp
	case vault.ProtectionRepresented:
		return ProtectionRep
	default:
		return "La question n'a pas encore de réponse."
	}
}

// ConsentStateName says where an agreement is in its life.
func ConsentStateName(s vault.ConsentState) Label {
	switch s {
	case vault.ConsentAsked:
		return "demandé"
	case vault.ConsentLive:
		return "en cours"
	case vault.ConsentEnded:
		return "terminé"
	default:
		return "inconnu"
	}
}

// PostureName says how the agent helps, in the agent's words (L-69).
func PostureName(p vault.Posture) Label {
	switch p {
	case vault.PostureTrain:
		return "je forme"
	case vault.PostureWith:
		return "j'accompagne"
	case vault.PostureInStead:
		return "je fais"
	default:
		return "autrement"
	}
}

// ActionName is one action of an agreement, as the person reads it.
func ActionName(a vault.Action) Label {
	if name, ok := french().Actions[a]; ok {
		return Label(name)
	}
	return "autre chose"
}

// Who says who did what a line of a journal tells, to the person whose safe it
// is: an agent by name, function and structure, as far as they are known.
func Who(l vault.Line) string {
	parts := []string{}
	switch l.Actor {
	case vault.ActorOwner:
		return "Vous"
	case vault.ActorVisit:
		return "Vous, au guichet"
	case vault.ActorService:
		return "Le service"
	case vault.ActorPartner:
		if l.AgentName != "" {
			return oneLine(l.AgentName) + ", organisme partenaire"
		}
		return "Un organisme partenaire"
	case vault.ActorStranger:
		return "Une autre personne"
	case vault.ActorAgent:
		if l.AgentName != "" {
			parts = append(parts, oneLine(l.AgentName))
		}
		if l.Function != 0 {
			parts = append(parts, FunctionName(l.Function))
		}
		if l.Structure != "" {
			parts = append(parts, oneLine(l.Structure))
		}
	}
	if len(parts) == 0 {
		return "Un agent"
	}
	return strings.Join(parts, ", ")
}

// Deed says what a line of a journal tells, without who.
func Deed(act vault.Act, how vault.Outcome) string {
	w, ok := wordings[act]
	if !ok {
		w = wording{"fait autre chose", "faire autre chose"}
	}
	did := capital(w.did)
	switch how {
	case vault.OutcomeDone:
		return did + "."
	case vault.OutcomeRefused:
		return "Essayé " + de(w.do) + ". Refusé."
	case vault.OutcomeFailed:
		return "Essayé " + de(w.do) + ". Cela n'a pas marché."
	case vault.OutcomeOpen:
		return "Commencé à " + w.do + "."
	case vault.OutcomeUnknown:
		fallthrough
	default:
		return "Essayé " + de(w.do) + ". Nous ne savons pas si cela a marché."
	}
}

// Act is what somebody asks for, without who.
func Act(a vault.Act) string {
	if w, ok := wordings[a]; ok {
		return capital(w.do)
	}
	return "Faire autre chose"
}

func capital(s string) string {
	for i, r := range s {
		if i == 0 {
			return strings.ToUpper(string(r)) + s[len(string(r)):]
		}
	}
	return s
}

// Clock writes an hour as people say it, in zone; nil is metropolitan France.
func Clock(t time.Time, zone *time.Location) string {
	if zone == nil {
		zone = Metropolitan()
	}
	t = t.In(zone)
	return strconv.Itoa(t.Hour()) + "\u00a0h\u00a0" + t.Format("04")
}
