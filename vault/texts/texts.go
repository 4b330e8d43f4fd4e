package texts

import (
	"strings"

	"github.com/coffre-fort/coffre/vault"
)

// Version names these sentences as a whole. It changes with any of them; what
// each version said is kept in testdata.
const Version = "fr-1"

// Locale is the language of every sentence (BCP 47).
const Locale = "fr-FR"

// A Problem is what a person reads when something did not work: what happened,
// what became of their papers, what to do.
type Problem string

// The problems.
const (
	NoSession      Problem = "Votre connexion n'est pas valable, ou elle est terminée. Rien n'est perdu. Connectez-vous de nouveau."
	LoginRefused   Problem = "La connexion n'a pas marché. Rien n'est perdu. Connectez-vous de nouveau."
	DeviceClock    Problem = "L'heure de votre appareil n'est pas juste. Rien n'est perdu. Réglez l'heure, puis recommencez."
	LoginDown      Problem = "La page de connexion ne répond pas. Rien n'est perdu. Recommencez dans quelques minutes."
	NotFound       Problem = "Nous ne trouvons pas ce que vous demandez. Rien n'a changé. Vérifiez votre choix, puis recommencez."
	NotAllowed     Problem = "Vous n'avez pas le droit de faire cela. Rien n'a changé. Parlez-en au responsable du service."
	Locked         Problem = "Le coffre est verrouillé. Vos papiers sont en sécurité. Déverrouillez le coffre avec la feuille de code."
	WrongCode      Problem = "Ce code ne déverrouille pas le coffre. Rien n'est perdu. Relisez la feuille de code, puis recommencez."
	TooManyGuesses Problem = "Le code a été essayé trop de fois. Vos papiers sont en sécurité. Attendez un peu, puis recommencez."
	TooLarge       Problem = "Ce document est trop gros. Il n'a pas été déposé. Choisissez un fichier plus petit."
	Empty          Problem = "Ce fichier est vide. Il n'a pas été déposé. Choisissez un autre fichier."
	WrongType      Problem = "Ce type de fichier n'est pas accepté. Il n'a pas été déposé. Choisissez un PDF, une photo ou un texte simple."
	Damaged        Problem = "Le document est arrivé abîmé. Il n'a pas été déposé. Envoyez-le encore une fois."
	WrongSize      Problem = "Le document n'est pas arrivé en entier. Il n'a pas été déposé. Envoyez-le encore une fois."
	Altered        Problem = "Le document gardé n'est plus celui qui a été déposé. Nous ne le montrons pas. Prévenez le responsable du service."
	Unavailable    Problem = "Le service ne peut pas répondre maintenant. Rien n'est perdu. Recommencez dans quelques minutes."
	TrailDown      Problem = "Le journal ne peut pas être écrit maintenant, alors tout attend. Rien n'est perdu. Recommencez dans quelques minutes."
	ServiceClock   Problem = "L'heure du service n'est pas sûre, alors tout attend. Rien n'est perdu. Recommencez plus tard."
	Busy           Problem = "Beaucoup de demandes arrivent en même temps. Rien n'est perdu. Recommencez dans quelques minutes."
	RequestReused  Problem = "Cette demande a déjà servi pour autre chose. Rien n'a changé. Faites une nouvelle demande."
	SheetGone      Problem = "Ce coffre est déjà ouvert, et sa feuille de code ne peut plus être imprimée. Ouvrez un autre coffre."
	TooSlow        Problem = "L'opération a duré trop longtemps. Rien n'est perdu. Recommencez depuis le début."
	PageOver       Problem = "Cette page n'est plus valable. Rien n'est perdu. Recommencez à la première page."
	NotUnderstood  Problem = "Le service ne comprend pas cette demande. Rien n'a changé. Corrigez ce qui est indiqué, puis recommencez."
	Stopped        Problem = "L'opération a été arrêtée. Rien n'est perdu. Recommencez quand vous voulez."
	Unexpected     Problem = "Quelque chose n'a pas marché. Rien n'est perdu. Recommencez, puis prévenez le responsable du service si cela continue."
)

// A Rule says what a field of a request must be. It never holds a value.
type Rule string

// The rules.
const (
	RuleID          Rule = "26 lettres minuscules ou chiffres, comme donnés par le service"
	RulePageSize    Rule = "zéro ou plus"
	RuleSize        Rule = "la taille exacte, en octets"
	RuleOffset      Rule = "zéro ou plus"
	RuleCode        Rule = "les 20 caractères de la feuille de code"
	RuleTitle       Rule = "de 1 à 200 caractères"
	RuleTitleMax    Rule = "200 caractères au plus, sur une ligne"
	RuleFileName    Rule = "un nom de fichier sans dossier, de 255 octets au plus"
	RuleWhose       Rule = "100 caractères au plus, sur une ligne"
	RulePlace       Rule = "200 caractères au plus, sur une ligne"
	RuleKind        Rule = "un type de papier de la liste"
	RuleDrawer      Rule = "un tiroir de la liste"
	RuleDate        Rule = "une date comme 2026-11-22, 2026-11 ou 2026"
	RuleDay         Rule = "une date comme 2026-11-22"
	RuleDescription Rule = "ce que vous savez du papier"
	RuleVersion     Rule = "la version du texte qui a été montré, 64 octets au plus"
	RuleOwner       Rule = "l'adresse et le numéro de connexion de la personne, ou aucun des deux"
	RuleToken       Rule = "la réponse de la page de connexion, 16 Kio au plus"
	RuleKey         Rule = "32 octets"
	RuleSalt        Rule = "16 octets"
	RuleSeat        Rule = "un lieu de la liste"
	RuleDigest      Rule = "32 octets, après le contenu"
	RuleHeader      Rule = "une seule fois, avant le contenu"
	RuleChunk       Rule = "de 1 octet à 256 Kio, après l'en-tête"
	RulePart        Rule = "un en-tête, puis le contenu, puis l'empreinte, puis rien"
	RuleSameSafe    Rule = "le même coffre pour tout le lot"
	RuleBatch       Rule = "100 documents au plus"
	RuleTree        Rule = "une taille de journal, de 1 à la taille actuelle"
	RuleLeaf        Rule = "de 1 à 1000 lignes du journal, avant la taille indiquée"
	RuleOlder       Rule = "de 1 à la taille la plus récente"
)

// A wording is an act as it stands after "a" and after "a commencé à".
type wording struct{ did, do string }

var wordings = map[vault.Act]wording{
	vault.ActLogin:           {"ouvert une connexion", "ouvrir une connexion"},
	vault.ActLogout:          {"terminé une connexion", "terminer une connexion"},
	vault.ActUnauthenticated: {"appelé le service sans connexion valable", "appeler le service sans connexion valable"},
	vault.ActStart:           {"mis les coffres en marche", "mettre les coffres en marche"},
	vault.ActStop:            {"arrêté les coffres", "arrêter les coffres"},
	vault.ActRebuild:         {"refait ses listes", "refaire ses listes"},
	vault.ActSettle:          {"terminé une demande en attente", "terminer une demande en attente"},
	vault.ActSweep:           {"enlevé ce qui ne sert plus", "enlever ce qui ne sert plus"},
	vault.ActOpenSafe:        {"ouvert ce coffre", "ouvrir ce coffre"},
	vault.ActUnlock:          {"déverrouillé ce coffre", "déverrouiller ce coffre"},
	vault.ActLock:            {"verrouillé ce coffre", "verrouiller ce coffre"},
	vault.ActEntrust:         {"confié un tiroir au service", "confier un tiroir au service"},
	vault.ActTakeBack:        {"repris un tiroir confié au service", "reprendre un tiroir confié au service"},
	vault.ActDeposit:         {"fait un dépôt", "faire un dépôt"},
	vault.ActRead:            {"lu un papier", "lire un papier"},
	vault.ActDestroy:         {"détruit un papier", "détruire un papier"},
	vault.ActMetadata:        {"lu la fiche technique d'un papier", "lire la fiche technique d'un papier"},
	vault.ActControl:         {"contrôlé un papier sans le lire", "contrôler un papier sans le lire"},
	vault.ActJournal:         {"lu ce journal", "lire ce journal"},
	vault.ActList:            {"lu la liste des papiers", "lire la liste des papiers"},
	vault.ActCount:           {"compté les papiers", "compter les papiers"},
	vault.ActDescribe:        {"changé la fiche d'un papier", "changer la fiche d'un papier"},
	vault.ActMove:            {"changé un papier de tiroir", "changer un papier de tiroir"},
	vault.ActRename:          {"changé le nom d'un papier", "changer le nom d'un papier"},
	vault.ActCheckpoint:      {"demandé la signature du journal", "demander la signature du journal"},
	vault.ActInclusion:       {"demandé la preuve d'une ligne du journal", "demander la preuve d'une ligne du journal"},
	vault.ActConsistency:     {"demandé la preuve que le journal continue", "demander la preuve que le journal continue"},
}

var actors = map[vault.Actor]string{
	vault.ActorService:  "Le service a",
	vault.ActorOwner:    "Vous avez",
	vault.ActorAgent:    "Le guichet a",
	vault.ActorStranger: "Une autre personne a",
}

// Line says one line of a safe's journal to the person whose safe it is. What
// it does not know it says plainly: no line of a journal may stay empty.
func Line(act vault.Act, who vault.Actor, how vault.Outcome) string {
	w, ok := wordings[act]
	if !ok {
		w = wording{"fait autre chose", "faire autre chose"}
	}
	actor, ok := actors[who]
	if !ok {
		actor = "Quelqu'un a"
	}
	switch how {
	case vault.OutcomeDone:
		return actor + " " + w.did + "."
	case vault.OutcomeRefused:
		return actor + " essayé " + de(w.do) + ". Le service a refusé."
	case vault.OutcomeFailed:
		return actor + " essayé " + de(w.do) + ". Cela n'a pas marché."
	case vault.OutcomeOpen:
		return actor + " commencé à " + w.do + ". Ce n'est pas encore fini."
	case vault.OutcomeUnknown:
		fallthrough
	default:
		return actor + " essayé " + de(w.do) + ". Nous ne savons pas si cela a marché."
	}
}

// de puts "de" before a verb.
func de(verb string) string {
	if strings.IndexAny(verb, "aeiouyàâéèêîôû") == 0 {
		return "d'" + verb
	}
	return "de " + verb
}
