package rpc

import (
	"net/url"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
)

// A copy names things as the catalogue does, or as the person did; the other secrets
// of a memo stand below its password, and where the person was at a workshop on the
// cover.
func TestACopyIsInTheWordsOfTheCatalogue(t *testing.T) {
	t.Parallel()
	kinds, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &passportService{kinds: kinds, portal: &url.URL{Scheme: "https", Host: "coffre.example.fr"}}
	p := vault.PassportPrint{
		Number: vault.CopyNumber{Passport: "K7QM-94HT", Copy: 1}, Address: vault.AddressID{8, 8}, Form: vault.PassportBooklet, Person: "Zélie", Cycle: "Forma'tri fictif",
		Memos: []vault.PrintedMemo{{
			Memo: vault.Memo{Body: "caf", Login: "2850799123456", Changed: "2026-11-20"}, Discloses: vault.DiscloseSecret, Secret: vault.NewSecret([]byte("Secret-CAF")),
			Others: []vault.LabelledSecret{{Label: "code-telephone", Secret: vault.NewSecret([]byte("87654321"))}, {Label: "ma question", Secret: vault.NewSecret([]byte("Médor"))}},
		}},
	}
	page, err := prints.HTML(s.page(p))
	if err != nil {
		t.Fatal(err)
	}
	rest := string(page)
	for _, next := range []string{"Forma&#39;tri fictif", "<h2", "CAF", "2 85 07 99 123 456", "Secret-CAF", "Code du téléphone</dt>", "87654321", "ma question</dt>", "Médor"} {
		_, after, found := strings.Cut(rest, next)
		if !found {
			t.Fatalf("%q is not printed, or out of its place", next)
		}
		rest = after
	}
	p.Memos[0].Discloses = vault.DiscloseHint // a mistake of whoever answers: nothing is printed
	if _, err := prints.HTML(s.page(p)); err == nil {
		t.Error("secrets that were not chosen are printed")
	}
}

// Whoever answers a lost copy says that codes stood on it beside the password.
func TestACopyTellsOfItsCodes(t *testing.T) {
	t.Parallel()
	for _, codes := range []bool{false, true} {
		got := copiedMemos([]vault.CopiedMemo{{Discloses: vault.DiscloseSecret, Codes: codes}})
		if len(got) != 1 || got[0].GetCodes() != codes {
			t.Errorf("%t: %v", codes, got)
		}
	}
}
