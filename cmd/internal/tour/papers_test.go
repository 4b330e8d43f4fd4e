package tour

import (
	"bytes"
	"flag"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata again")

// The committed files are what the generator makes. When an encoder of another
// Go release writes other bytes, -update writes them again.
func TestFilesAreGenerated(t *testing.T) {
	t.Parallel()
	picture, err := makePhoto(7351, personName+", "+caseNumber)
	if err != nil {
		t.Fatal(err)
	}
	pdf := makePDF([][]string{
		{"ATTESTATION DE PAIEMENT FICTIVE", "Allocataire : " + personName, "Courriel : " + personMail, caseNumber},
		{"Detail des droits fictifs", "RSA fictif : 0,00 EUR", "APL fictive : 0,00 EUR"},
		{"Troisieme page", "Ce document n'a aucune valeur : personne de ce nom n'existe."},
	}, picture)
	for name, want := range map[string][]byte{"photo-carte.jpg": picture, "attestation-caf.pdf": pdf} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		have, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(have, want) {
			t.Errorf("%s is not what the generator makes: go test -run %s -update", name, t.Name())
		}
	}
}

func TestPapersAreRealFiles(t *testing.T) {
	t.Parallel()
	papers, err := makePapers()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{paperPhoto, paperScan} {
		if _, _, err := image.Decode(bytes.NewReader(papers[n].content)); err != nil {
			t.Errorf("%s: %v", papers[n].name, err)
		}
	}
	for n, pages := range map[int]int{paperPDF: 3, paperLease: 2} {
		body := string(papers[n].content)
		if got := strings.Count(body, "/Type /Page "); got != pages || !strings.HasPrefix(body, "%PDF-1.4") || !strings.HasSuffix(body, "%%EOF\n") {
			t.Errorf("%s: %d pages, want %d", papers[n].name, got, pages)
		}
	}
	if size := len(papers[paperScan].content); size <= 4<<20 {
		t.Errorf("scan of %d bytes fits in one segment", size)
	}
}
