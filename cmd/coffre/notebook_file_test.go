package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
)

const notebookText = "Nom;Naissance;Organisme;Identifiant;Secret;autre:code-telephone\n" +
	"FICTIVE Anne;03/09/1981;caf;1990575123456;\"Mira;belle-41\";12345678\n" +
	"FICTIVE Anne;03/09/1981;caf;autre;Giroflee-77;\n" +
	"FICTIF Jean;00/00/1970;impots;;Tonnerre-20;\n"

// A table is read with whatever parts its columns, and each line keeps its number.
func TestANotebookIsReadAsTyped(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"semicolons": notebookText,
		"tabs":       strings.NewReplacer("\"Mira;belle-41\"", "Mira;belle-41", ";", "\t").Replace(notebookText),
		"a mark":     "\ufeff" + notebookText,
	} {
		lines, err := parseNotebook([]byte(text))
		if err != nil || len(lines) != 3 {
			t.Fatalf("%s: %d lines, %v", name, len(lines), err)
		}
		for i, l := range lines {
			if l.line != i+2 {
				t.Errorf("%s: line %d is called %d", name, i+2, l.line)
			}
		}
		memo := lines[0].memo()
		if memo.GetMemo().GetLogin() != "1990575123456" || !memo.GetMemo().GetFromNotebook() || len(memo.GetOthers()) != 1 || len(lines[1].memo().GetOthers()) != 0 {
			t.Errorf("%s: the first line says something else", name)
		}
		if shown := fmt.Sprintf("%v %+v %#v", lines[0], lines[0], &lines[0]); strings.Contains(shown, "FICTIVE") || strings.Contains(shown, "Mira") {
			t.Errorf("%s: a line prints %s", name, shown)
		}
	}
}

// What cannot be a notebook is refused with a line number, and nothing else of it.
func TestANotebookThatCannotBeIsRefused(t *testing.T) {
	t.Parallel()
	said := regexp.MustCompile(`^not a notebook: (line \d+|column \d+|columns|more than 1 MiB, or not UTF-8)$`)
	for name, text := range map[string]string{
		"nothing":           "",
		"no columns":        "FICTIVE Anne;Mirabelle-41\n",
		"unknown column":    notebookText[:12] + ";mirabelle\nx;y;z\n",
		"twice":             "nom;naissance;nom;organisme\n",
		"nobody":            "nom;organisme;secret\nx;y;z\n",
		"no body":           "adresse;secret\nx;y\n",
		"an empty other":    "adresse;organisme;autre:\nx;y;z\n",
		"a short line":      "adresse;organisme;secret\nMirabelle-41\n",
		"a quote":           "adresse;organisme\nx;\"Mirabelle-41\n",
		"a quote at first":  "adresse;organisme\n\"Mirabelle-41;x\n",
		"a name with one":   "nom;naissance;organisme\nFICTIVE \"Anne\";03/09/1981;caf\n",
		"not text":          "adresse;organisme\nx;\xff\n",
		"too long":          "adresse;organisme\n" + strings.Repeat("x;y\n", 1<<19),
		"too many lines":    "adresse;organisme\n" + strings.Repeat("x;y\n", maxNotebookLines+1),
		"columns in no row": "\n",
	} {
		_, err := parseNotebook([]byte(text))
		if !errors.Is(err, errNotebook) || !said.MatchString(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The request of a line is the same when the file is done again, another for each
// account of a person, and says nothing of what opens it.
func TestARequestFollowsFromWhoseLineItIs(t *testing.T) {
	t.Parallel()
	book := vault.NewNotebookID()
	first, err := parseNotebook([]byte(notebookText))
	if err != nil {
		t.Fatal(err)
	}
	again, err := parseNotebook([]byte(strings.NewReplacer("1990575123456", "2990575123456", "Giroflee-77", "Autre-99").Replace(notebookText)))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[vault.RequestID]bool{}
	for i := range first {
		id := first[i].request(book)
		if id != again[i].request(book) {
			t.Errorf("line %d: the request follows from the login or the secret", i)
		}
		if id == first[i].request(vault.NewNotebookID()) {
			t.Errorf("line %d: the request is that of another notebook", i)
		}
		seen[id] = true
	}
	if len(seen) != len(first) {
		t.Errorf("%d requests for %d lines", len(seen), len(first))
	}
}

func FuzzParseNotebook(f *testing.F) {
	f.Add([]byte(notebookText))
	f.Add([]byte("adresse,organisme\nx,y\n"))
	f.Add([]byte("adresse,organisme\nx\"x,y\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		lines, err := parseNotebook(raw)
		if err != nil {
			if !errors.Is(err, errNotebook) || len(err.Error()) > 60 {
				t.Errorf("the error says more: %v", err)
			}
			return
		}
		for _, l := range lines {
			if l.line < 2 || l.memo() == nil {
				t.Errorf("a line is called %d", l.line)
			}
		}
	})
}
