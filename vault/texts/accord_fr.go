package texts

import "github.com/coffre-fort/coffre/vault"

// sentences are what a consent says in one language. Marks in braces are filled
// in. Every field is needed; a test looks for one that was forgotten, and for
// words that are not plain.
type sentences struct {
	Language, Version string
	Title             string

	Who, Allow, Place, OneAgent string
	Successor                   []string
	Functions                   map[vault.Function]string

	Why, Purpose, Body, Precise string
	PersonSigns                 []string

	How      string
	Postures map[vault.Posture][]string

	May, NothingElse string
	Actions          map[vault.Action]string
	Presences        map[vault.Presence][]string

	Papers, OnePaper, SomePapers, Kind, Drawer string
	Arrivals                                   map[vault.Arrivals][]string

	When, Begins, Ends string
	Stops, Beside      []string
	Cycle              []string
	OtherLeader        string

	TakeBack   string
	Withdrawal []string

	Rights   string
	MyRights []string

	Date, First, Hour, Midnight string
	Months                      [12]string
}

// french is said by the person: *je*. It raises Version with any change; what
// each version said is kept in testdata.
func french() sentences {
	return sentences{
		Language: "fr", Version: "mon-accord-fr-1",
		Title: "Mon accord",

		Who:      "Qui",
		Allow:    "J'autorise {agent} ({function}).",
		Place:    "Sa structure : {structure}.",
		OneAgent: "Mon accord est pour cette personne, et pour personne d'autre.",
		Successor: []string{
			"Si cette personne change de poste, sa remplaçante ou son remplaçant continue.",
			"C'est la même fonction, dans la même structure, jusqu'à la même date.",
			"On me prévient, et je peux refuser.",
		},
		Functions: frenchFunctions,

		Why:     "Pour quoi",
		Purpose: "C'est pour cette démarche : {purpose}.",
		Body:    "L'organisme : {body}.",
		Precise: "Ce qui sera fait : {precise}",
		PersonSigns: []string{
			"Je signe moi-même cette demande.",
			"Personne ne signe à ma place.",
		},

		How: "Comment",
		Postures: map[vault.Posture][]string{
			vault.PostureTrain:   {"On m'apprend à faire.", "Je fais moi-même."},
			vault.PostureWith:    {"Nous faisons ensemble."},
			vault.PostureInStead: {"On fait à ma place, parce que je le demande.", "C'est un mandat.", "La raison : {reason}"},
		},

		May:         "Ce que cette personne peut faire",
		NothingElse: "Elle ne peut rien faire d'autre.",
		Actions:     frenchActions,
		Presences: map[vault.Presence][]string{
			vault.PresenceNeeded: {"Je suis là quand elle ouvre mes papiers."},
			vault.PresenceNot:    {"Elle peut ouvrir ces papiers sans moi."},
		},

		Papers:     "Quels papiers",
		OnePaper:   "1 papier que je choisis",
		SomePapers: "{count} papiers que je choisis",
		Kind:       "type de papier : ",
		Drawer:     "tiroir : ",
		Arrivals: map[vault.Arrivals][]string{
			vault.ArrivalsToday: {"Ce sont mes papiers d'aujourd'hui.", "Ceux qui arrivent plus tard n'y sont pas."},
			vault.ArrivalsToo:   {"Ceux qui arrivent plus tard y sont aussi.", "On me dit lesquels."},
		},

		When:   "Jusqu'à quand",
		Begins: "Mon accord commence le {from}.",
		Ends:   "Il finit le {until}.",
		Stops:  []string{"Après cette date, tout s'arrête tout seul."},
		Beside: []string{
			"Mon accord vaut tant que nous sommes ensemble.",
			"Cela dure 45 minutes au plus.",
			"Après, tout s'arrête tout seul.",
		},

		Cycle: []string{
			"Cet accord est pour ces ateliers : {cycle}.",
			"Il finit avec eux, au plus tard le jour de la fin.",
			"Si je quitte les ateliers avant, il finit tout de suite, et je garde mon coffre.",
		},
		OtherLeader: "Si une autre personne anime les ateliers, il finit aussi.",

		TakeBack: "Je peux dire stop",
		Withdrawal: []string{
			"Je peux retirer mon accord quand je veux, sans dire pourquoi.",
			"Je le dis à un agent de la structure, même par téléphone.",
			"Ou je le retire moi-même dans mon coffre.",
			"Cela marche tout de suite.",
			"Ce qui a déjà été lu reste connu.",
		},

		Rights: "Mes droits",
		MyRights: []string{
			"Je peux dire non.",
			"Alors on m'aide autrement, sans ouvrir mon coffre.",
			"Je peux voir qui a ouvert mes papiers, et quand.",
			"Personne ne garde mes identifiants ni mes mots de passe.",
			"On me demande si j'ai une tutelle ou une curatelle.",
			"Si j'en ai une, je réponds avec la personne qui m'aide.",
		},

		Date: "{day} {month} {year}", First: "1er", Hour: " à {hour}\u00a0h\u00a0{minute}", Midnight: " à minuit",
		Months: [12]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	}
}

var frenchActions = map[vault.Action]string{
	vault.ActionSee:      "voir que ces papiers existent",
	vault.ActionRead:     "les lire",
	vault.ActionDeposit:  "déposer des papiers",
	vault.ActionReveal:   "voir un mot de passe, celui que je choisis",
	vault.ActionDescribe: "corriger le nom ou le tiroir d'un papier",
}

var frenchFunctions = map[vault.Function]string{
	vault.FunctionSocialWorker:   "accompagnement social",
	vault.FunctionWorkshopLeader: "animation d'ateliers",
	vault.FunctionReception:      "accueil",
	vault.FunctionCivicService:   "service civique",
	vault.FunctionVolunteer:      "bénévolat",
	vault.FunctionAccessManager:  "gestion des accès",
	vault.FunctionDPO:            "protection des données",
}

// FunctionName is a function as people at the counter say it.
func FunctionName(f vault.Function) string {
	if name, ok := frenchFunctions[f]; ok {
		return name
	}
	return "autre fonction"
}
