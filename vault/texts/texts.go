package texts

import (
	"slices"
	"strconv"
	"strings"

	"github.com/coffre-fort/coffre/vault"
)

// Version names these sentences as a whole. It changes with any of them; what
// each version said is kept in testdata.
const Version = "fr-1"

// Published reports whether version names sentences that a service has shown: these
// ones, or those of an earlier release.
func Published(version string) bool { return slices.Contains([]string{Version}, version) }

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
	SheetGone      Problem = "Cette feuille est déjà faite, et son code ne peut plus être redit. Rien n'est perdu dans le coffre. Venez au guichet pour une autre feuille."
	TooSlow        Problem = "L'opération a duré trop longtemps. Rien n'est perdu. Recommencez depuis le début."
	PageOver       Problem = "Cette page n'est plus valable. Rien n'est perdu. Recommencez à la première page."
	NotUnderstood  Problem = "Le service ne comprend pas cette demande. Rien n'a changé. Corrigez ce qui est indiqué, puis recommencez."
	Stopped        Problem = "L'opération a été arrêtée. Rien n'est perdu. Recommencez quand vous voulez."
	Frozen         Problem = "Le coffre est gelé. Les papiers sont en sécurité. Venez au guichet pour le rouvrir."
	PersonAbsent   Problem = "Cet accord demande que la personne soit là. Rien n'a changé. Demandez-lui de montrer sa présence."
	NotYet         Problem = "Cet accord n'a pas encore commencé. Rien n'a changé. Attendez la date de début."
	AccordOver     Problem = "Cet accord est terminé. Vous n'avez plus accès à ces papiers. Parlez-en avec la personne."
	SecondFactor   Problem = "Votre connexion n'a pas eu de seconde preuve. Rien n'a changé. Connectez-vous avec la seconde preuve."
	StepUp         Problem = "Cette action demande une preuve récente que c'est vous. Rien n'a changé. Montrez-la, puis recommencez."
	Suspended      Problem = "Vos droits d'agent sont suspendus. Rien n'est perdu. Parlez-en au responsable des accès."
	WrongPIN       Problem = "Ce n'est pas le bon code à six chiffres. Rien n'est perdu. Recommencez sans vous presser."
	PINBlocked     Problem = "Le code à six chiffres est bloqué. Vos papiers sont en sécurité. Choisissez-en un autre au guichet."
	NeedsSheet     Problem = "Ces papiers s'ouvrent avec la feuille de code. Ils sont en sécurité. Revenez avec la feuille de code."
	TextChanged    Problem = "Le texte n'est plus celui qui a été montré. Rien n'a changé. Relisez le texte, puis répondez."
	LastManager    Problem = "C'est le dernier responsable des accès. Rien n'a changé. Nommez d'abord un autre responsable."
	OtherApprover  Problem = "Vous ne pouvez pas être le second agent ici. Rien n'a changé. Demandez à un autre collègue."
	AwaitsApproval Problem = "Cette demande attend un second agent, ou un délai. Rien n'a changé. Recommencez quand c'est fait."
	HealthHosting  Problem = "Ce coffre ne prend pas ce papier de santé. Rien n'est perdu. Gardez le papier chez vous. Vous pouvez écrire une note qui dit où il est."
	Viewed         Problem = "Ce mot de passe a déjà été montré, ou la demande est trop ancienne. Rien n'est perdu. Demandez-le à nouveau, en disant pourquoi."
	IsMemo         Problem = "Un mémo ne se lit pas comme un papier. Rien n'est perdu. Demandez à voir le mot de passe d'un mémo, et lisez les papiers."
	KitWaiting     Problem = "Les feuilles de secours ouvrent après un délai. Le coffre reste fermé jusque-là. Revenez après la date donnée."
	KitNotBegun    Problem = "Aucune ouverture par les feuilles de secours n'attend. Rien n'a changé. Montrez deux feuilles pour commencer."
	KitBefore      Problem = "Cette personne a des feuilles de secours. Deux feuilles sur trois suffisent. Dites si elle ne peut pas les apporter."
	Discreet       Problem = "Ce coffre est discret, et ce papier porte des noms. Rien n'est imprimé. Choisissez le reçu."
	TakesPart      Problem = "La personne suit déjà un autre cycle d'ateliers. Elle le quitte d'abord, si elle veut."
	RelayTaken     Problem = "Quelqu'un d'autre s'en occupe, ou c'est déjà fini. Rien n'a changé. Regardez la liste des relais."
	SafeFull       Problem = "Ce coffre est plein : rien n'a été déposé. Détruisez des papiers qui ne servent plus, ou demandez de la place au service."
	NotTaken       Problem = "Ce coffre ne peut pas prendre ce papier. Rien n'a été déposé. Rendez le papier à la personne, et dites-le-lui."
	LimitReached   Problem = "Vous avez ouvert ou cherché beaucoup en peu de temps. Rien n'est perdu. Attendez un peu, puis recommencez."
	Unexpected     Problem = "Quelque chose n'a pas marché. Rien n'est perdu. Recommencez, puis prévenez le responsable du service si cela continue."
)

// A Notice is one paragraph of the service information: what somebody is told
// before they have a safe (L-11, L-12, L-13, L-31).
type Notice string

// The service information, in the order in which it is read.
const (
	// What it is, and on which conditions (R.55-1).
	WhatItIs    Notice = "Ce coffre garde vos papiers, sans les changer. Il est à vous et ne coûte rien. Il n'est pas obligatoire."
	WhatYouNeed Notice = "Vous n'avez pas besoin de téléphone ni d'adresse électronique. Un agent ouvre le coffre avec vous au guichet."
	YouCanSayNo Notice = "Vous pouvez dire non. On vous aide autrement, et vos droits restent les mêmes."
	YourSheet   Notice = "Une feuille de code déverrouille votre coffre. Gardez-la comme une clé. Personne d'autre n'en a de copie."
	SheetLost   Notice = "Vous pouvez la perdre. Le guichet vous aide alors, avec deux agents et un tiers."
	SpareSheets Notice = "Vous pouvez aussi faire imprimer trois feuilles de secours. Deux ouvrent le coffre, après un délai. Ce délai est une règle que nous suivons, pas une serrure."
	YourPIN     Notice = "Vous pouvez choisir un code à six chiffres. Il ouvre seulement les tiroirs que vous confiez au service."
	WhoMayRead  Notice = "Personne ne lit vos papiers sans votre accord. Vous choisissez qui, quoi, pourquoi et jusqu'à quand."
	TakeItBack  Notice = "Vous pouvez retirer un accord quand vous voulez. Un mot au guichet suffit, et c'est tout de suite."
	AfterTheEnd Notice = "Un accord retiré ne se rouvre pas. D'anciennes sauvegardes restent lisibles avec nos clés pendant 30 jours au plus."
	InDanger    Notice = "En danger, vous pouvez geler le coffre. Tout s'arrête, sauf les dépôts."
	DiscreetWay Notice = "Vous pouvez demander un coffre discret. Il n'est dans aucune liste, et nous n'envoyons rien."
	WhoLooked   Notice = "Un journal écrit chaque accès et chaque essai, avec sa date. Vous pouvez le lire et le faire vérifier."
	HowLongKept Notice = "Le journal est gardé {time}. Quand vous effacez le coffre, vos lignes deviennent illisibles."
	OurUpkeep   Notice = "Quand nous réparons ou changeons le service, le journal le dit aussi."

	// Which techniques (R.55-1), and what they do not stop.
	HowItIsKept  Notice = "Chaque papier est fermé avec sa propre clé, dans un format ouvert nommé age. Sans clé, il ne se lit pas."
	WhatWeSee    Notice = "Le service voit un papier au moment où vous l'ouvrez ou le déposez."
	WhatWeCannot Notice = "Quelqu'un qui prend la main sur nos machines en marche voit ce qui passe. Il ne voit pas ce qui reste verrouillé."
	WhoHoldsKeys Notice = "Un tiers garde une clé de secours. Avec une clé du service, elle ouvre un coffre dont la feuille est perdue."
	TwoHolders   Notice = "Ces deux clés ne sont jamais chez la même personne. Ensemble, elles ouvrent tout. Vous pouvez refuser cette clé de secours."
	WhereItIs    Notice = "Le guichet vous dit où les machines se trouvent, et qui s'en occupe."

	// Privacy, guarantees, and the five promises of the law (L.103).
	YourData      Notice = "Nous utilisons vos données seulement pour garder vos papiers et noter qui les voit. Nous ne vendons rien."
	YourRights    Notice = "Vous pouvez voir, corriger, reprendre et effacer. Le guichet vous dit à qui écrire. Vous pouvez aussi écrire à la CNIL."
	TakeAway      Notice = "Vous pouvez reprendre tous vos papiers, autant de fois que vous voulez. Vous pouvez aussi tout effacer."
	OurPromise    Notice = "La loi protège votre coffre, à l'article L.103 du code des postes. Voici nos cinq promesses."
	PromiseWhole  Notice = "Un : nous gardons vos papiers entiers, et nous prouvons d'où ils viennent."
	PromiseTraced Notice = "Deux : nous notons tout ce qui est fait, et vous pouvez le lire."
	PromiseWho    Notice = "Trois : nous vérifions qui se connecte."
	PromiseAlone  Notice = "Quatre : vous seul décidez qui a accès. Nous aussi, nous avons besoin de votre accord."
	PromiseOut    Notice = "Cinq : vous pouvez tout reprendre, dans un format ouvert."
	NotCertified  Notice = "Ce service n'a pas de certificat de l'État. Ce certificat n'est pas obligatoire."
	WhenItChanges Notice = "Si ce texte change, nous vous le disons. Le guichet garde chaque version."
)

// Information is the service information of a service that keeps its trail for
// so many months (L-19): its paragraphs, parted by an empty line. [Version] names
// it.
func Information(months int) string {
	all := [...]Notice{
		WhatItIs, WhatYouNeed, YouCanSayNo, YourSheet, SheetLost, SpareSheets, YourPIN, WhoMayRead, TakeItBack, AfterTheEnd, InDanger,
		DiscreetWay, WhoLooked, HowLongKept, OurUpkeep, HowItIsKept, WhatWeSee, WhatWeCannot, WhoHoldsKeys, TwoHolders,
		WhereItIs, YourData, YourRights, TakeAway, OurPromise, PromiseWhole, PromiseTraced, PromiseWho, PromiseAlone,
		PromiseOut, NotCertified, WhenItChanges,
	}
	var b strings.Builder
	for i, n := range all {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(Sentence(n).With("time", duration(months)))
	}
	return b.String()
}

// duration says months as people do.
func duration(months int) string {
	switch years := months / 12; {
	case months%12 != 0 || months == 0:
		return strconv.Itoa(months) + " mois"
	case years == 1:
		return "1 an"
	default:
		return strconv.Itoa(years) + " ans"
	}
}

// A Rule says what a field of a request must be. It never holds a value.
type Rule string

// The rules.
const (
	RuleID           Rule = "26 lettres minuscules ou chiffres, comme donnés par le service"
	RulePageSize     Rule = "zéro ou plus"
	RuleSize         Rule = "la taille exacte, en octets"
	RuleOffset       Rule = "zéro ou plus"
	RuleCode         Rule = "les 20 caractères de la feuille de code"
	RuleTitle        Rule = "de 1 à 200 caractères"
	RuleTitleMax     Rule = "200 caractères au plus, sur une ligne"
	RuleFileName     Rule = "un nom de fichier sans dossier, de 255 octets au plus"
	RuleWhose        Rule = "100 caractères au plus, sur une ligne"
	RulePlace        Rule = "200 caractères au plus, sur une ligne"
	RuleKind         Rule = "un type de papier de la liste"
	RuleDrawer       Rule = "un tiroir de la liste"
	RuleDate         Rule = "une date comme 2026-11-22, 2026-11 ou 2026"
	RuleDay          Rule = "une date comme 2026-11-22"
	RuleDescription  Rule = "ce que vous savez du papier"
	RuleVersion      Rule = "la version du texte qui a été montré, 64 octets au plus"
	RuleOwner        Rule = "l'adresse et le numéro de connexion de la personne, ou aucun des deux"
	RuleToken        Rule = "la réponse de la page de connexion, 16 Kio au plus"
	RuleKey          Rule = "32 octets"
	RuleSalt         Rule = "16 octets"
	RuleSeat         Rule = "un lieu de la liste"
	RuleDigest       Rule = "32 octets, après le contenu"
	RuleHeader       Rule = "une seule fois, avant le contenu"
	RuleChunk        Rule = "de 1 octet à 256 Kio, après l'en-tête"
	RulePart         Rule = "un en-tête, puis le contenu, puis l'empreinte, puis rien"
	RuleSameSafe     Rule = "le même coffre pour tout le lot"
	RuleLetter       Rule = "une demande qui attend, ou un coffre, pas les deux"
	RuleBatch        Rule = "100 documents au plus"
	RuleTree         Rule = "une taille de journal, de 1 à la taille actuelle"
	RuleLeaf         Rule = "de 1 à 1000 lignes du journal, avant la taille indiquée"
	RuleOlder        Rule = "de 1 à la taille la plus récente"
	RuleMembers      Rule = "30 personnes au plus, chacune avec son nom et son lien avec vous"
	RuleBirthYear    Rule = "une année de naissance comme 2015"
	RuleAnswers      Rule = "une réponse pour un papier, et pas deux qui se contredisent"
	RuleChoice       Rule = "un choix de la liste"
	RuleName         Rule = "un nom de 1 à 100 caractères, sur une ligne"
	RuleBirth        Rule = "la date écrite sur le papier, comme 1980-02-29, avec 00 où elle manque"
	RuleLanguage     Rule = "une langue, comme fr, ps ou pt-BR"
	RuleLogin        Rule = "l'adresse et le numéro de connexion"
	RuleFunction     Rule = "une fonction de la liste"
	RuleFunctions    Rule = "une fonction de la liste ou plusieurs, chacune une fois"
	RuleSuccessor    Rule = "un autre agent"
	RuleInstant      Rule = "une date et une heure, à la seconde"
	RuleAfter        Rule = "après le premier instant"
	RuleWithdraw     Rule = "un coffre et un accord, ou le numéro du papier, et un seul des deux"
	RuleUntil        Rule = "après le début, et 365 jours plus tard au plus"
	RuleNoSpan       Rule = "ni début ni fin : la séance a les siens"
	RulePIN          Rule = "six chiffres"
	RuleNewPIN       Rule = "six chiffres, qui ne sont ni les mêmes ni à la suite"
	RuleProof        Rule = "la feuille de code, ou le code à six chiffres"
	RuleSheetOrPhone Rule = "la feuille de code ou le téléphone, et un seul des deux"
	RuleWhichSafe    Rule = "le coffre ou une adresse de dépôt, et un seul des deux"
	RuleOneLogin     Rule = "l'attestation signée d'un programme partenaire, seule, 4 Kio au plus"
	RulePartnerKey   Rule = "une clé publique Ed25519 ou P-256, au format SubjectPublicKeyInfo"
	RuleSIRET        Rule = "les 14 chiffres du SIRET, clé comprise"
	RulePhone        Rule = "la clé que le téléphone garde"
	RuleNumber       Rule = "les deux chiffres montrés sur l'écran de l'agent"
	RulePassword     Rule = "de 1 à 256 octets"
	RuleSearch       Rule = "un nom avec une date de naissance, ou une adresse de dépôt"
	RuleWho          Rule = "un agent ou une structure, et un seul des deux"
	RuleDiscreet     Rule = "rien : un coffre discret n'est dans aucune liste"
	RuleTerms        Rule = "ce que dit l'accord"
	RulePurpose      Rule = "une démarche de la liste"
	RulePrecise      Rule = "les actes précis, de 1 à 300 caractères, sur une ligne"
	RuleReason       Rule = "pourquoi « je fais », 500 caractères au plus, et rien autrement"
	RuleActions      Rule = "une action de la liste ou plusieurs, chacune une fois"
	RuleScope        Rule = "de 1 à 200 papiers, types et tiroirs, mais jamais tous les tiroirs"
	RuleDocuments    Rule = "de 1 à 200 papiers, chacun une fois"
	RuleGiving       Rule = "comment la personne a donné son accord"
	RuleShown        Rule = "l'empreinte du texte montré, 32 octets"
	RuleAskOrOffer   Rule = "une demande ou un accord proposé, et un seul des deux"
	RuleMemoBody     Rule = "l'organisme : son code, ou un nom de 100 caractères au plus"
	RuleMemoCode     Rule = "un code : des lettres minuscules, des chiffres et des tirets"
	RuleMemoLogin    Rule = "320 octets au plus, sur une ligne"
	RuleMemoNumbers  Rule = "8 numéros au plus"
	RuleMemoNumber   Rule = "48 caractères au plus, sur une ligne"
	RuleMemoSecret   Rule = "256 octets au plus, sur une ligne"
	RuleMemos        Rule = "de 1 à 100 mémos"
	RuleCopiedMemos  Rule = "de 1 à 60 mémos, chacun une fois"
	RuleCopy         Rule = "le numéro d'une copie, à partir de 1"
	RuleWhy          Rule = "pourquoi, en 500 caractères au plus"
	RuleRelayText    Rule = "ce qui est à faire, de 1 à 500 caractères"
	RuleRelayDue     Rule = "une date à venir, 182 jours plus tard au plus"
	RuleRelayAlarm   Rule = "une date à venir, au plus tard le jour prévu"
	RuleRelayTo      Rule = "un collègue ou une fonction qui peut aider, et un seul des deux"
	RuleNoCycle      Rule = "rien : une séance côte à côte finit toute seule"
	RulePlan         Rule = "ce qui est prévu"
	RuleCycleLabel   Rule = "le nom du cycle, de 1 à 100 caractères, sur une ligne"
	RuleCyclePlace   Rule = "un lieu de 200 caractères au plus, sur une ligne"
	RuleCycleDays    Rule = "un premier et un dernier jour, 182 jours au plus, les séances entre les deux"
	RuleSessions     Rule = "de 1 à 12 séances, et toujours les mêmes"
	RuleTheme        Rule = "le thème de chaque séance, et toujours le même"
	RuleSession      Rule = "le numéro d'une séance du cycle"
	RuleNotHeld      Rule = "une séance qui a déjà eu lieu"
	RuleAttendance   Rule = "invité, venu, absent ou rattrapé, dans un ordre possible"
	RuleElsewhere    Rule = "un autre cycle de la structure, où une séance du même thème a eu lieu"
	RuleProgress     Rule = "des nombres de 0 à 9999"
	RuleSteps        Rule = "des étapes de la liste, chacune une fois"
	RuleLeader       Rule = "un agent en poste de la structure, qui peut animer des ateliers"
	RuleComeBack     Rule = "une date de fin, ou aucun accord"
	RuleMemoOthers   Rule = "3 autres secrets au plus"
	RuleMemoOther    Rule = "64 octets au plus, sur une ligne"

	RuleNotebookLines Rule = "un nombre de lignes, 10 000 au plus"
	RuleNotebookDay   Rule = "un jour AAAA-MM-JJ"
	RuleNotebookPlace Rule = "où et comment, en 200 caractères au plus"
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
	vault.ActNewMaster:       {"changé de clé maîtresse", "changer de clé maîtresse"},
	vault.ActRotate:          {"mis toutes les clés sous sa nouvelle clé maîtresse", "mettre toutes les clés sous sa nouvelle clé maîtresse"},
	vault.ActConfirmClock:    {"confirmé que son horloge est à l'heure", "confirmer que son horloge est à l'heure"},
	vault.ActDestroyMaster:   {"détruit son ancienne clé maîtresse", "détruire son ancienne clé maîtresse"},
	vault.ActRestoreMaster:   {"repris ses clés avec la clé de secours A", "reprendre ses clés avec la clé de secours A"},
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
	vault.ActReveal:          {"vu un mot de passe", "voir un mot de passe"},
	vault.ActExport:          {"pris une copie de tout ce coffre", "prendre une copie de tout ce coffre"},
	vault.ActErase:           {"effacé ce coffre", "effacer ce coffre"},
	vault.ActChangeMemo:      {"changé un mémo", "changer un mémo"},
	vault.ActToChange:        {"lu la liste des mots de passe à changer", "lire la liste des mots de passe à changer"},

	vault.ActAddStructure:    {"ajouté une structure", "ajouter une structure"},
	vault.ActEnrol:           {"inscrit un agent", "inscrire un agent"},
	vault.ActChangeAgent:     {"changé la fiche d'un agent", "changer la fiche d'un agent"},
	vault.ActEndAgent:        {"mis fin aux droits d'un agent", "mettre fin aux droits d'un agent"},
	vault.ActAssignSuccessor: {"nommé un remplaçant", "nommer un remplaçant"},
	vault.ActListAgents:      {"lu la liste des agents", "lire la liste des agents"},
	vault.ActDepartureReport: {"lu le bilan d'un départ", "lire le bilan d'un départ"},
	vault.ActSuspend:         {"suspendu les droits d'un agent", "suspendre les droits d'un agent"},
	vault.ActAskApproval:     {"demandé l'avis d'un second agent", "demander l'avis d'un second agent"},
	vault.ActApprove:         {"dit oui comme second agent", "dire oui comme second agent"},
	vault.ActDecline:         {"dit non comme second agent", "dire non comme second agent"},
	vault.ActListApprovals:   {"lu les demandes qui attendent", "lire les demandes qui attendent"},
	vault.ActFindSafe:        {"cherché un coffre", "chercher un coffre"},
	vault.ActRegister:        {"changé la fiche qui permet de retrouver ce coffre", "changer la fiche qui permet de retrouver ce coffre"},
	vault.ActIssueAddress:    {"donné une adresse de dépôt", "donner une adresse de dépôt"},
	vault.ActRevokeAddress:   {"fermé une adresse de dépôt", "fermer une adresse de dépôt"},
	vault.ActCircle:          {"lu la liste des personnes qui aident", "lire la liste des personnes qui aident"},
	vault.ActSetReferent:     {"choisi le premier contact", "choisir le premier contact"},
	vault.ActAnomalies:       {"lu la liste de ce qui étonne", "lire la liste de ce qui étonne"},
	vault.ActSelf:            {"lu sa propre fiche", "lire sa propre fiche"},
	vault.ActStructureReport: {"lu le bilan de la structure", "lire le bilan de la structure"},

	vault.ActAskConsent:      {"demandé un accord", "demander un accord"},
	vault.ActGiveConsent:     {"enregistré un accord", "enregistrer un accord"},
	vault.ActRefuseConsent:   {"refusé une demande d'accord", "refuser une demande d'accord"},
	vault.ActWithdrawConsent: {"retiré un accord", "retirer un accord"},
	vault.ActWidenConsent:    {"ajouté des papiers à un accord", "ajouter des papiers à un accord"},
	vault.ActRenewConsent:    {"prolongé un accord", "prolonger un accord"},
	vault.ActListConsents:    {"lu la liste des accords", "lire la liste des accords"},
	vault.ActEndConsent:      {"mis fin à un accord", "mettre fin à un accord"},
	vault.ActShowConsent:     {"lu le texte d'un accord", "lire le texte d'un accord"},
	vault.ActMyConsents:      {"lu la liste des personnes à aider", "lire la liste des personnes à aider"},

	vault.ActSetPIN:          {"changé le code à six chiffres", "changer le code à six chiffres"},
	vault.ActOpenCounter:     {"ouvert une séance au guichet", "ouvrir une séance au guichet"},
	vault.ActExtendCounter:   {"prolongé une séance au guichet", "prolonger une séance au guichet"},
	vault.ActProvePresence:   {"vérifié votre présence", "vérifier votre présence"},
	vault.ActAskPresence:     {"demandé si vous étiez là", "demander si vous étiez là"},
	vault.ActGrantPresence:   {"dit que vous étiez là", "dire que vous étiez là"},
	vault.ActStartSideBySide: {"commencé un côte-à-côte", "commencer un côte-à-côte"},
	vault.ActEndSideBySide:   {"terminé un côte-à-côte", "terminer un côte-à-côte"},
	vault.ActComeBack:        {"enregistré un accord pour revenir", "enregistrer un accord pour revenir"},
	vault.ActGuess:           {"essayé un code", "essayer un code"},

	vault.ActRenewSheet:    {"imprimé une nouvelle feuille de code", "imprimer une nouvelle feuille de code"},
	vault.ActActivateLogin: {"relié une connexion à ce coffre", "relier une connexion à ce coffre"},
	vault.ActRelinkLogin:   {"remplacé la connexion de ce coffre", "remplacer la connexion de ce coffre"},
	vault.ActFreeze:        {"gelé ce coffre", "geler ce coffre"},
	vault.ActUnfreeze:      {"dégelé ce coffre", "dégeler ce coffre"},
	vault.ActShutOut:       {"écarté quelqu'un de ce coffre", "écarter quelqu'un de ce coffre"},
	vault.ActLetIn:         {"laissé revenir quelqu'un", "laisser revenir quelqu'un"},
	vault.ActSetDiscreet:   {"changé le mode discret", "changer le mode discret"},
	vault.ActAddPhone:      {"ajouté un téléphone de confiance", "ajouter un téléphone de confiance"},
	vault.ActRemoveWay:     {"enlevé un moyen d'ouvrir ce coffre", "enlever un moyen d'ouvrir ce coffre"},
	vault.ActListWays:      {"lu la liste des moyens d'ouvrir ce coffre", "lire la liste des moyens d'ouvrir ce coffre"},
	vault.ActAskRecovery:   {"signalé une feuille de code perdue", "signaler une feuille de code perdue"},
	vault.ActRecover:       {"remplacé une feuille de code perdue", "remplacer une feuille de code perdue"},
	vault.ActResetPassword: {"changé le mot de passe de la connexion", "changer le mot de passe de la connexion"},
	vault.ActView:          {"lu la fiche de ce coffre", "lire la fiche de ce coffre"},

	vault.ActPrepareHandover: {"préparé la remise de ce coffre", "préparer la remise de ce coffre"},
	vault.ActHandover:        {"remis ce coffre à la personne", "remettre ce coffre à la personne"},
	vault.ActMakeKit:         {"imprimé des feuilles de secours", "imprimer des feuilles de secours"},
	vault.ActOpenKit:         {"montré deux feuilles de secours", "montrer deux feuilles de secours"},
	vault.ActFinishKit:       {"ouvert ce coffre avec deux feuilles de secours", "ouvrir ce coffre avec deux feuilles de secours"},
	vault.ActCancelKit:       {"arrêté l'ouverture par les feuilles de secours", "arrêter l'ouverture par les feuilles de secours"},

	vault.ActRegisterPartner: {"inscrit un programme partenaire", "inscrire un programme partenaire"},
	vault.ActListPartners:    {"lu la liste des programmes partenaires", "lire la liste des programmes partenaires"},
	vault.ActPrintConsent:    {"imprimé un papier sur un accord", "imprimer un papier sur un accord"},
	vault.ActPrintJournal:    {"imprimé ce journal", "imprimer ce journal"},
	vault.ActPrintLetter:     {"imprimé la lettre d'une demande qui attend", "imprimer la lettre d'une demande qui attend"},
	vault.ActNotices:         {"lu les nouvelles du coffre", "lire les nouvelles du coffre"},
	vault.ActCheckPage:       {"vérifié un accord, avec un papier imprimé", "vérifier un accord, avec un papier imprimé"},
	vault.ActPrintPassport:   {"imprimé une copie du passeport numérique", "imprimer une copie du passeport numérique"},
	vault.ActListCopies:      {"lu la liste des copies du passeport numérique", "lire la liste des copies du passeport numérique"},
	vault.ActLoseCopy:        {"signalé une copie perdue du passeport numérique", "signaler une copie perdue du passeport numérique"},
	vault.ActInvitePerson:    {"donné un code pour créer un compte", "donner un code pour créer un compte"},
	vault.ActInviteAgent:     {"invité un agent à créer son compte", "inviter un agent à créer son compte"},
	vault.ActReissueAccount:  {"redonné un code à un agent", "redonner un code à un agent"},
	vault.ActKeepAccount:     {"enregistré un compte", "enregistrer un compte"},
	vault.ActRestoreTrail:    {"repris son journal dans sa copie : une minute peut manquer", "reprendre son journal dans sa copie"},
	vault.ActEndAccount:      {"mis fin à un compte qui ne sert plus", "mettre fin à un compte"},
	vault.ActOpenTraining:    {"ouvert ce coffre fictif", "ouvrir ce coffre fictif"},
	vault.ActListTrainings:   {"lu la liste des coffres fictifs", "lire la liste des coffres fictifs"},
	vault.ActEndTraining:     {"effacé ce coffre fictif", "effacer ce coffre fictif"},
	vault.ActBring:           {"regardé quoi ramener pour une démarche", "regarder quoi ramener pour une démarche"},
	vault.ActSort:            {"regardé quels papiers garder", "regarder quels papiers garder"},
	vault.ActDues:            {"regardé les dates à venir", "regarder les dates à venir"},
	vault.ActSendRelay:       {"passé le relais pour une démarche", "passer le relais pour une démarche"},
	vault.ActTakeRelay:       {"pris le relais pour une démarche", "prendre le relais pour une démarche"},
	vault.ActFinishRelay:     {"terminé un relais", "terminer un relais"},
	vault.ActReturnRelay:     {"rendu un relais", "rendre un relais"},
	vault.ActForbidRelays:    {"dit non à un relais", "dire non à un relais"},
	vault.ActAllowRelays:     {"permis les relais de nouveau", "permettre les relais de nouveau"},
	vault.ActListRelays:      {"lu la liste des relais", "lire la liste des relais"},
	vault.ActMyRelays:        {"lu la liste de ses relais", "lire la liste de ses relais"},
	vault.ActRelayAlarm:      {"vu que personne n'a pris un relais à temps", "vérifier si quelqu'un a pris un relais"},
	vault.ActWithdrawAll:     {"retiré plusieurs accords à la fois", "retirer plusieurs accords à la fois"},

	vault.ActOpenCycle:        {"ouvert un cycle d'ateliers", "ouvrir un cycle d'ateliers"},
	vault.ActChangeCycle:      {"changé un cycle d'ateliers", "changer un cycle d'ateliers"},
	vault.ActEndCycle:         {"effacé ce qui était noté de vos ateliers", "effacer ce qui était noté de vos ateliers"},
	vault.ActChangeLeader:     {"changé la personne qui anime un cycle d'ateliers", "changer la personne qui anime un cycle d'ateliers"},
	vault.ActListCycles:       {"lu la liste des cycles d'ateliers", "lire la liste des cycles d'ateliers"},
	vault.ActJoinCycle:        {"noté une participation à des ateliers", "noter une participation à des ateliers"},
	vault.ActLeaveCycle:       {"noté la fin d'une participation à des ateliers", "noter la fin d'une participation à des ateliers"},
	vault.ActNoteWorkshop:     {"noté ce que vous avez fait aux ateliers", "noter ce que vous avez fait aux ateliers"},
	vault.ActReadWorkshop:     {"lu le suivi des ateliers", "lire le suivi des ateliers"},
	vault.ActPrintCertificate: {"imprimé une attestation d'ateliers", "imprimer une attestation d'ateliers"},
	vault.ActDestroyNotebook:  {"signé la destruction d'un cahier du bureau", "signer la destruction d'un cahier du bureau"},
	vault.ActListNotebooks:    {"lu la liste des cahiers détruits", "lire la liste des cahiers détruits"},
	vault.ActPrintNotebook:    {"imprimé le constat de destruction d'un cahier", "imprimer le constat de destruction d'un cahier"},
}

var actors = map[vault.Actor]string{
	vault.ActorService:  "Le service a",
	vault.ActorOwner:    "Vous avez",
	vault.ActorAgent:    "Un agent a",
	vault.ActorStranger: "Une autre personne a",
	vault.ActorVisit:    "Au guichet, vous avez",
	vault.ActorPartner:  "Un organisme partenaire a",
}

// SecondAgreed follows a line when a second agent agreed to the act.
const SecondAgreed = "Un second agent a dit oui."

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
