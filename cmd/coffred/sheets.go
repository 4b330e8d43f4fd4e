package main

import (
	"fmt"

	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// The sheets are for people who may never have seen a command line: what it is,
// who keeps it, what to do with it.

const sheetHead = `%s%s

Service :     %s
Fabriquée le  %s

`

func (f *founding) head(title string) string {
	mark := ""
	if f.realm == chain.RealmDev {
		mark = "DEV : DONNÉES FICTIVES, SANS VALEUR\n\n"
	}
	return fmt.Sprintf(sheetHead, mark, title, f.genesis().Fingerprint(), f.now.Format("02/01/2006"))
}

func (f *founding) sheetA() []byte {
	return f.sheet("CLÉ DE SECOURS A", `Ce que c'est. Si la clé maîtresse du service est perdue, cette clé ouvre ce que la
clé maîtresse ouvrait, sauf les accords en cours. Avec une copie des données, elle ouvre
donc ce que les personnes ont confié au service. Seule, elle n'ouvre aucun papier verrouillé.
Avec la clé de secours B, elle ouvre les coffres de ceux qui ont accepté la B :
jamais les deux au même endroit, jamais chez la même personne.

Qui la garde. Une personne ou un organisme qui n'exploite pas le service et ne
garde pas la clé B : par exemple un notaire, ou le coffre-fort de la mairie.

Quoi faire. Imprimez cette feuille, mettez-la sous enveloppe scellée, faites
signer un reçu, puis effacez ce fichier. Elle sert à remplacer une clé maîtresse
perdue (coffred master restore) ou à reprendre les papiers avec l'outil age, en
présence de deux responsables (deploy/docs/operations.md).`, f.escrowA)
}

func (f *founding) sheetB() []byte {
	return f.sheet("CLÉ DE SECOURS B", `Ce que c'est. Cette clé aide une personne qui a perdu sa feuille de code, si elle
ne l'a pas refusé. Seule, elle n'ouvre aucun papier. Avec la clé maîtresse ou la
clé de secours A, elle ouvre les coffres de ceux qui l'ont acceptée.

Qui la garde. Quelqu'un qui n'exploite pas le service et ne garde pas la clé A :
par exemple le délégué à la protection des données, ou une association.

Quoi faire. Imprimez cette feuille, mettez-la sous enveloppe scellée, faites
signer un reçu, puis effacez ce fichier. Chaque usage est demandé par la personne
et inscrit à son journal (deploy/docs/operations.md).`, f.escrowB)
}

func (f *founding) sheet(title, words string, key *seal.Identity) []byte {
	return append(append([]byte(f.head(title)+words+"\n\nLa clé, à recopier ou à scanner en entier :\n\n"), key.Text().Reveal()...), '\n')
}

func (f *founding) keyCard() []byte {
	return []byte(f.head("CARTE DE LA CLÉ DU SERVICE") + fmt.Sprintf(`Ce que c'est. L'empreinte de la première clé de signature du service. Elle n'est
pas secrète. Elle dit si des données viennent bien de ce service.

Qui la garde. La personne qui exploite le service et, à part, la direction.

Quoi faire. Imprimez-la et gardez-la loin des machines. Quand on reconstruit
l'état du service, on recopie l'empreinte de cette carte : c'est elle qui fait
foi, jamais un écran.

Empreinte :   %s

Clé :         %s

coffred rebuild --config coffred.yaml --key-card %s
`, f.genesis().Fingerprint(), f.genesis(), f.genesis().Fingerprint()))
}
