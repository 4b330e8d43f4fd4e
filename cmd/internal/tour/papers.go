package tour

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"io"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

// The small files lie in testdata, made by generate.go (go test -run
// TestFilesAreGenerated -update); the large one is made when it is needed.
//
//go:embed testdata/attestation-caf.pdf
var attestation []byte

//go:embed testdata/photo-carte.jpg
var photo []byte

// A paper is one document of the tour: what goes in, and what came of it.
type paper struct {
	name    string // of the file
	title   string
	kind    string
	date    string
	content []byte
	drawer  string // where it must lie

	id string // once it is in
}

func (p *paper) description() *coffrev1.Description {
	d := coffrev1.Description_builder{FileName: &p.name, Title: &p.title}
	if p.kind != "" {
		d.Kind = &p.kind
	}
	if p.date != "" {
		d.DocumentDate = &p.date
	}
	return d.Build()
}

func (p *paper) upload() client.Upload {
	return client.Upload{
		Name: p.name, Description: p.description(), Size: int64(len(p.content)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p.content)), nil },
	}
}

func (p *paper) digest() []byte {
	sum := sha256.Sum256(p.content)
	return sum[:]
}

// Words about somebody who does not exist. They stand in the contents, in the
// titles and in the file names, and are looked for afterwards.
const (
	personName  = "Personne Fictive Un"
	personMail  = "personne.fictive.un@exemple.invalid"
	nameInFile  = "personne-fictive-un"
	caseNumber  = "dossier 0000-FICTIF-7351"
	noteContent = "Le rendez-vous fictif avec la CAF est le 31 du mois prochain.\nNe pas oublier le " + caseNumber + ".\n"
)

// The papers, by their place in the story.
const (
	paperPDF = iota
	paperPhoto
	paperScan
	paperLease
	paperNote
	counterPapers = paperLease // those before it go in at the counter
)

func makePapers() ([]*paper, error) {
	scan, err := makeScan(7, personName+", "+caseNumber)
	if err != nil {
		return nil, err
	}
	lease := makePDF([][]string{
		{"BAIL FICTIF", "Locataire : " + personName, "Courriel : " + personMail},
		{"Deuxieme page du bail fictif", caseNumber},
	}, photo)
	return []*paper{
		{name: "attestation-caf-" + nameInFile + ".pdf", title: "Attestation CAF de " + personName, kind: "attestation-caf", date: "2026-10-01", drawer: "ressources", content: attestation},
		{name: "IMG_7351-" + nameInFile + ".jpg", title: "Photo de la carte fictive 7351", kind: "cni", drawer: "identite", content: photo},
		{name: "numerisation-" + nameInFile + ".png", title: "Papier fictif à trier 7351", drawer: "a-trier", content: scan},
		{name: "bail-" + nameInFile + ".pdf", title: "Bail fictif du 7351 rue Inventée", kind: "bail", date: "2025-09", drawer: "logement", content: lease},
		{name: "note-" + nameInFile + ".txt", title: "Note fictive du 7351", kind: "note", drawer: "identifiants", content: []byte(noteContent)},
	}, nil
}

// guestPapers are those of the second person: four, none of them twice.
func guestPapers(name string) ([]*paper, error) {
	bill, err := makeScan(8, name+", facture fictive")
	if err != nil {
		return nil, err
	}
	lease := makePDF([][]string{{"BAIL FICTIF", "Locataire : " + name}}, photo)
	caf := makePDF([][]string{{"ATTESTATION FICTIVE", "Allocataire : " + name}}, photo)
	card := makePDF([][]string{{"CARTE FICTIVE", "Nom : " + name}}, photo)
	return []*paper{
		{name: "caf-8351.pdf", title: "Attestation CAF fictive 8351", kind: "attestation-caf", date: "2026-10-02", drawer: "ressources", content: caf},
		{name: "carte-8351.pdf", title: "Carte fictive 8351", kind: "cni", drawer: "identite", content: card},
		{name: "facture-8351.png", title: "Facture fictive 8351", kind: "facture-eau", drawer: "logement", content: bill},
		{name: "bail-8351.pdf", title: "Bail fictif du 8351 rue Inventée", kind: "bail", drawer: "logement", content: lease},
	}, nil
}
