package prints_test

import (
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/prints"
)

// An identifier to copy is set in the letters that differ, 0 from O and 1 from l, in a
// table too; an address is broken after its @, and who knows a password is a sentence.
func TestAnIdentifierToChangeIsReadWithoutAMistake(t *testing.T) {
	t.Parallel()
	by := []vault.Exposure{{AgentName: "Ana Fictive", Structure: "CCAS"}, {AgentName: "Omar Fictif", Structure: "Maison"}}
	p := ToChange{Letterhead: head(names(), vault.DiscretionNormal), Memos: []MemoToChange{
		{Name: "CAF", Login: "fatima.fictive@courriel.example", By: by, Notebook: true, Lost: true},
	}}
	b := document(t, p)
	if fonts := tool(t, b, "pdffonts", "-"); !strings.Contains(fonts, "atkinson") {
		t.Errorf("the identifier is in other letters: %s", fonts)
	}
	if said := tool(t, b, "pdftotext", "-raw", "-", "-"); !strings.Contains(said, "fatima.fictive@\n") || !strings.Contains(said, "courriel.example") {
		t.Errorf("the address is broken elsewhere: %s", said)
	}
	page := made(t, p)
	for _, must := range []string{
		`<td class="exact">fatima.fictive@courriel.example</td>`,
		"<td>Ana Fictive, CCAS ; Omar Fictif, Maison. Il était dans un cahier. Il est sur une copie perdue.</td>",
	} {
		if !strings.Contains(page, must) {
			t.Errorf("not %q in %s", must, page)
		}
	}
}

// Whoever prints a code sheet gets one sheet: no card with the key to a safe stays on
// the printer.
func TestACodeSheetIsOneSheet(t *testing.T) {
	t.Parallel()
	for name, nature := range map[string]vault.Nature{"real": 0, "training": vault.NatureTraining} {
		n := names()
		n.structure = "Centre communal d'action sociale de Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"
		p, is := all(t, n, vault.DiscretionNormal)["code-sheet"].(CodeSheet)
		p.Nature = nature
		if got := len(pictures(t, document(t, p))); !is || got != 1 {
			t.Errorf("%s: %d sheets", name, got)
		}
	}
}
