package papers_test

import (
	"slices"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

// The mailbox is the first memo proposed, because it opens the others (papers.md
// §3.6); a body with a memo is not proposed again, nor one with nothing to write.
func TestTheMailboxIsProposedFirst(t *testing.T) {
	t.Parallel()
	c := load(t)
	all := c.Propose()
	if len(all) == 0 || all[0].Code != "messagerie" || all[1].Code != "caf" {
		t.Fatalf("proposed: %d bodies", len(all))
	}
	var codes []papers.Body
	for _, b := range all {
		codes = append(codes, b.Code)
	}
	if slices.Contains(codes, "tous") || slices.Contains(codes, "france-identite") {
		t.Error("a body with nothing to write down is proposed")
	}
	left := c.Propose("messagerie", "caf", "nulle-part", "")
	if len(left) != len(all)-2 || left[0].Code == "messagerie" {
		t.Errorf("with two memos written: %d bodies of %d", len(left), len(all))
	}
	if none := c.Propose(codes...); len(none) != 0 {
		t.Errorf("with all written: %d bodies", len(none))
	}
}

// What one logs in with is looked at by the first field of a body, other values by
// their own; a body that is not in the catalogue has no rules.
func TestAMemoIsLookedAtByTheFieldsOfItsBody(t *testing.T) {
	t.Parallel()
	c := load(t)
	for name, w := range map[string]struct {
		body   papers.Body
		login  string
		values map[string]string
		want   []string
	}{
		"a good login":         {body: "caf", login: "2690549588157"},
		"a provisional login":  {body: "caf", login: "7690549588158", want: []string{"identifiant provisional"}},
		"a login and a number": {body: "caf", login: "12", values: map[string]string{"dossier": "12"}, want: []string{"identifiant length", "dossier length"}},
		"the first field":      {body: "impots", values: map[string]string{"numero-fiscal": "9234567890123"}, want: []string{"numero-fiscal first"}},
		"what is never kept":   {body: "banque", values: map[string]string{"code-carte": "1234"}, want: []string{"code-carte never"}},
		"a body of one's own":  {body: "mon-club", login: "x"},
	} {
		var got []string
		for _, f := range c.LookAt(w.body, w.login, w.values) {
			got = append(got, f.Field.Code+" "+f.Warning.String())
		}
		if !slices.Equal(got, w.want) {
			t.Errorf("%s: %v, want %v", name, got, w.want)
		}
	}
}

// Each warning and each weakness has a code of its own.
func TestWarningsHaveCodes(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for w := range papers.WarnKey + 1 {
		seen[w.String()] = true
	}
	for w := papers.TooShort; w <= papers.NearBy; w++ {
		seen[w.String()] = true
	}
	if want := int(papers.WarnKey) + int(papers.NearBy) + 1; len(seen) != want || papers.Warning(99).String() != "none" || papers.Weakness(99).String() != "none" {
		t.Errorf("%d codes, want %d", len(seen), want)
	}
}
