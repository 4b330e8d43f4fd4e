package main

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

// reads is what a program of poppler-utils or zbar-tools says of a document;
// without it the test is skipped, but not where everything has to be there.
func reads(t *testing.T, document []byte, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(name + " is not here")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Stdin = bytes.NewReader(document)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(out)
}

// checkPassports holds the digital passports of a tour against what was asked of
// them: a camera reads the address of the copy, a screen reader the names in order,
// the fonts are there, and a secret only where it was chosen.
func checkPassports(t *testing.T, prints, public string) {
	t.Helper()
	seen := map[string]bool{}
	for _, form := range []string{"livret", "pliee", "carte"} {
		pdf := only(t, filepath.Join(prints, "passeport-"+form+"-*.pdf"))
		if len(pdf) > 300<<10 {
			t.Errorf("%s: %d bytes", form, len(pdf))
		}
		if info := reads(t, pdf, "pdfinfo", "-"); !strings.Contains(info, "Tagged:          yes") {
			t.Errorf("%s: %s", form, info)
		}
		fonts := strings.Split(strings.TrimSpace(reads(t, pdf, "pdffonts", "-")), "\n")[2:]
		for _, line := range fonts {
			if f := strings.Fields(line); len(f) < 7 || f[4] != "yes" || f[6] != "yes" {
				t.Errorf("%s: a font that is not embedded, or without its characters: %s", form, line)
			}
		}
		address := strings.TrimSpace(reads(t, []byte(reads(t, pdf, "pdftoppm", "-r", "150", "-gray", "-f", "1", "-l", "1", "-")), "zbarimg", "--quiet", "--raw", "-"))
		id, led := strings.CutPrefix(address, public+"/d/")
		if _, err := vault.ParseAddressID(id); err != nil || !led || seen[id] {
			t.Errorf("%s: a camera reads %q", form, address)
		}
		seen[id] = true
		said := reads(t, pdf, "pdfinfo", "-struct-text", "-")
		flat := strings.NewReplacer("\n", "", `"`, "", " ", "").Replace(said)
		at := 0
		for _, text := range []string{"Monpasseportnumérique", "Éloïse-ZoéFictiveÇa-Huit", id, "Boîtemail", "Tonnerre-Fictif-4620", "CAF", "lafleurdujardinfictif2290", "Impôts", "3017750264817", "Perdu"} {
			next := strings.Index(flat[at:], text)
			if next < 0 {
				t.Fatalf("%s: %q is not there in its order:\n%s", form, text, said)
			}
			at += next
		}
		for _, text := range []string{"Giroflee-Fictive-5931", "Mirabelle-Fictive-3817", "Noisetier-Fictif-9043"} {
			if strings.Contains(flat, text) {
				t.Errorf("%s: a secret that nobody chose is on paper", form)
			}
		}
	}
}

// publicURL is where people reach a development server.
func publicURL(address string) string { return (&url.URL{Scheme: "https", Host: address}).String() }
