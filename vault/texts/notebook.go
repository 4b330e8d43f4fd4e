package texts

// The statement that an office notebook was destroyed. It counts lines and names
// nobody but who signs.
const (
	DestroyedTitle    Label    = "Constat de destruction d'un cahier"
	DestroyedWhat     Sentence = "Un cahier du bureau a été détruit le {day}. Des mots de passe y étaient écrits."
	DestroyedCounts   Sentence = "Ce papier compte les lignes. Il ne nomme aucune personne aidée."
	DestroyedMoved    Label    = "Lignes mises dans des coffres"
	DestroyedLeft     Label    = "Lignes rendues à la personne, ou barrées"
	DestroyedPlace    Label    = "Où et comment"
	DestroyedNumber   Label    = "Numéro du cahier"
	DestroyedSIRET    Label    = "SIRET"
	DestroyedSaid     Label    = "Deux agents signent"
	DestroyedBoth     Sentence = "Nous avons vu ce cahier détruit, en entier."
	DestroyedNoCopy   Sentence = "Nous ne gardons ni copie, ni photo, ni fichier."
	DestroyedBy       Label    = "L'agent qui l'a détruit"
	DestroyedSeenBy   Label    = "L'agent qui l'a vu détruit"
	DestroyedNext     Label    = "Et après"
	DestroyedChange   Sentence = "Chaque personne lit dans son coffre quels mots de passe changer."
	DestroyedKeep     Sentence = "La structure garde ce papier. Le responsable des accès le voit dans sa liste."
	DestroyedRecorded Sentence = "Les deux agents l'ont aussi signé dans le service, le {when}."
)
