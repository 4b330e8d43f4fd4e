package main

import (
	"bytes"
	"io"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

// An invented paper is one of somebody who does not exist. Some are too old, two
// are the same, one is in no drawer yet: there is something to sort, to file and
// to throw away.
type invented struct{ title, kind, date, text string }

func inventedPapers() []invented {
	return []invented{
		{"Carte d'identité de Zélie Fictive", "cni", "2019-05-14", "CARTE D'IDENTITÉ\nNom : FICTIVE\nPrénom : Zélie\nNée le 03/09/1981 à Ville-Exemple"},
		{"Quittance de loyer de janvier", "quittance-loyer", "2026-01-31", "QUITTANCE DE LOYER\nJanvier 2026\nReçu de Zélie FICTIVE : 412,00 euros"},
		{"Quittance de loyer de février", "quittance-loyer", "2026-02-28", "QUITTANCE DE LOYER\nFévrier 2026\nReçu de Zélie FICTIVE : 412,00 euros"},
		{"Facture d'électricité ancienne", "facture-energie", "2018-03-02", "FACTURE D'ÉLECTRICITÉ\nMars 2018\nÀ payer : 61,20 euros"},
		{"Papier reçu par la poste", "", "", "Madame FICTIVE,\nvotre rendez-vous est le 12 mars à 9 h 30."},
		{"Papier reçu par la poste (copie)", "", "", "Madame FICTIVE,\nvotre rendez-vous est le 12 mars à 9 h 30."},
	}
}

// upload says what it is on the paper too: a copy of it that leaves the safe is
// taken for nobody's.
func (p invented) upload() client.Upload {
	body := []byte(vault.TrainingMark + " – papier d'exercice : cette personne n'existe pas\n\n" + p.text + "\n\n" + vault.TrainingMark + "\n")
	d := coffrev1.Description_builder{Title: new(p.title), FileName: new(p.title + ".txt")}
	if p.kind != "" {
		d.Kind, d.DocumentDate = &p.kind, &p.date
	}
	return client.Upload{
		Name: p.title, Description: d.Build(), Size: int64(len(body)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil },
	}
}

// inventedMemos are accounts of nobody, with secrets that open nothing.
func inventedMemos() []*coffrev1.NewMemo {
	memo := func(body, login, secret string) *coffrev1.NewMemo {
		return coffrev1.NewMemo_builder{
			Memo: coffrev1.Memo_builder{Body: &body, Login: &login, Hint: new("mot de passe d'exercice")}.Build(), Secret: &secret,
		}.Build()
	}
	return []*coffrev1.NewMemo{
		memo("messagerie", "zelie.fictive@exemple.invalid", "Exercice-fictif-1"),
		memo("caf", "0000000", "Exercice-fictif-2"),
	}
}
