package papers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault/papers"
)

func bodyLines(b papers.BodyInfo) []string {
	head := fmt.Sprintf("%s %s | %s", b.Code, b.Evidence, b.Label)
	if b.Phone != "" {
		head += fmt.Sprintf(" | %s (%s)", b.Phone, b.PhoneEvidence)
	}
	out := []string{head}
	for _, f := range b.Fields {
		line := "  " + f.Code
		if f.Secret {
			line += " secret"
		}
		if f.Never {
			line += " never"
		}
		if len(f.Masks) > 0 {
			line += " " + strings.Join(f.Masks, "/")
		}
		if f.UpTo > 0 {
			line += fmt.Sprintf(" up to %d", f.UpTo)
		}
		if f.First != "" {
			line += " first " + f.First
		}
		if f.Provisional != "" {
			line += " provisional " + f.Provisional
		}
		if f.Key != "" {
			line += " key " + string(f.Key)
		}
		line += " | " + f.Label
		if f.Say != "" {
			line += " | " + f.Say
		}
		out = append(out, line)
	}
	for _, n := range b.Traps {
		out = append(out, "  trap: "+n.Say)
	}
	return append(out, "  lost: "+b.Lost)
}

// Each body with what to write down, its traps and what to do when it is lost.
func TestEveryBodyIsTheOneThatWasFound(t *testing.T) {
	t.Parallel()
	var got []string
	for _, b := range load(t).Bodies() {
		got = append(got, bodyLines(b)...)
	}
	heldBy(t, "bodies.txt", got)
}

// The mailbox opens the others, so its memo is proposed first.
func TestTheMailboxIsFirst(t *testing.T) {
	t.Parallel()
	c := load(t)
	if got := c.Bodies()[0].Code; got != "messagerie" {
		t.Errorf("%s is first", got)
	}
	if _, err := c.Body("licorne"); !errors.Is(err, papers.ErrUnknown) {
		t.Errorf("%v", err)
	}
	caf, err := c.Body("caf")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := caf.Field("licorne"); !errors.Is(err, papers.ErrUnknown) {
		t.Errorf("%v", err)
	}
}

// What a rule says of what was typed: it warns, and never refuses.
func TestEveryFieldRule(t *testing.T) {
	t.Parallel()
	c := load(t)
	type warnings = []papers.Warning
	for _, row := range []struct {
		body  papers.Body
		field string
		value string
		want  warnings
	}{
		{"caf", "identifiant", "2 69 05 49 588 157", nil},
		{"caf", "identifiant", "2 69 05 2A 588 157", nil},
		{"caf", "identifiant", "7 69 05 49 588 157", warnings{papers.WarnProvisional}},
		{"caf", "identifiant", "8690549588157", warnings{papers.WarnProvisional}},
		{"caf", "identifiant", "1234567", warnings{papers.WarnLength}}, // the other number
		{"caf", "dossier", "1234567", nil},
		{"caf", "dossier", "1234567 A", warnings{papers.WarnLength}}, // that was France Travail's
		{"caf", "dossier", "123456", warnings{papers.WarnLength}},
		{"caf", "code-telephone", "12345678", nil},
		{"caf", "code-telephone", "1234567", warnings{papers.WarnLength}},
		{"caf", "mot-de-passe", "n'importe quoi", nil},
		{"france-travail", "identifiant", "12345678901", nil},
		{"france-travail", "identifiant", "1234567x", nil},
		{"france-travail", "identifiant", "12345678", warnings{papers.WarnForm}},
		{"france-travail", "identifiant", "1234567890", warnings{papers.WarnLength}},
		{"ameli", "identifiant", "2690549588157", nil},
		{"ameli", "identifiant", "7690549588157", nil}, // no source says that Ameli refuses it
		{"ameli", "identifiant", "269054958815780", warnings{papers.WarnLength}},
		{"impots", "numero-fiscal", "30 12 345 678 901", nil},
		{"impots", "numero-fiscal", "0123456789012", nil},
		{"impots", "numero-fiscal", "4012345678901", warnings{papers.WarnFirst}},
		{"impots", "numero-fiscal", "301234567890", warnings{papers.WarnLength}},
		{"impots", "acces", "1234567", nil},
		{"impots", "acces", "12345678", warnings{papers.WarnLength}},
		{"msa", "identifiant", "269054958815", warnings{papers.WarnLength}},
		{"assurance-retraite", "identifiant", "26905495881", warnings{papers.WarnLength}},
		{"agirc-arrco", "identifiant", "2690549588157", nil},
		{"france-identite", "code-pin", "1", warnings{papers.WarnNever}},
		{"banque", "code-carte", "1234", warnings{papers.WarnNever}},
		{"banque", "code-carte", " ", nil},
		{"banque", "iban", "FR76 3000 6000 0112 3456 7890 189", nil},
		{"banque", "iban", "fr14 2004 1010 0505 0001 3M02 606", nil},
		{"banque", "iban", "FR76 3000 6000 0112 3456 7890 188", warnings{papers.WarnKey}},
		{"banque", "iban", "FR76 3000 6000 0112 3456 7890 18", warnings{papers.WarnLength}},
		{"banque", "iban", "1R76 3000 6000 0112 3456 7890 189", warnings{papers.WarnForm}},
		{"prefecture", "numero-etranger", "1234567890", nil},
		{"prefecture", "numero-etranger", "123456789", warnings{papers.WarnLength}},
		{"energie", "pdl", "12345678901234", nil},
		{"energie", "pdl", "1234567890123", warnings{papers.WarnLength}},
		{"energie", "pdl", "1234567890123A", warnings{papers.WarnForm}},
		{"telephone", "ligne", "06.12.34.56.78", nil},
		{"telephone", "ligne", "16 12 34 56 78", warnings{papers.WarnFirst}},
		{"telephone", "puk", "1234567", warnings{papers.WarnLength}},
		{"ecole", "ine", "1234567890A", nil},
		{"ecole", "ine", "1234567890", warnings{papers.WarnLength}},
		{"ccas", "telephone", "0491000000", nil},
		{"documents", "cni", "123456789012", nil},
		{"documents", "cni", "1234567890123", warnings{papers.WarnLength}},
		{"documents", "passeport", "12AB34567", nil},
		{"documents", "passeport", "12AB3456", warnings{papers.WarnLength}},
		{"documents", "titre-sejour", "A123456789", nil},
		{"documents", "titre-sejour", "A12345678", warnings{papers.WarnLength}},
		{"documents", "permis", "123456789012345", nil},
		{"documents", "permis", "1234567890123456", warnings{papers.WarnLength}},
		{"documents", "vitale", "2 69 05 49 588 157 80", nil},
		{"documents", "vitale", "2 69 05 49 588 157 81", warnings{papers.WarnKey}},
		{"documents", "vitale", "2 69 05 49 588 157", warnings{papers.WarnLength}},
		{"documents", "carte-grise", "2009 AB 12345", nil},
		{"documents", "carte-grise", "2009 A1 12345", warnings{papers.WarnForm}},
		{"mdph", "dossier", "ce qui est écrit", nil},
		{"logement-social", "nur", "ce qui est écrit", nil},
	} {
		b, err := c.Body(row.body)
		if err != nil {
			t.Fatal(err)
		}
		f, err := b.Field(row.field)
		if err != nil {
			t.Fatalf("%s %s: %v", row.body, row.field, err)
		}
		if got := f.Look(row.value); !slices.Equal(got, row.want) {
			t.Errorf("%s %s %q: %v, want %v", row.body, row.field, row.value, got, row.want)
		}
	}
}

// 2 69 05 49 588 157 has the key 80; Corsica counts as 19 and 18.
func TestTheKeyOfASocialSecurityNumber(t *testing.T) {
	t.Parallel()
	for text, key := range map[string]int{
		"2 69 05 49 588 157": 80,
		"1 80 01 2A 001 001": 97 - 1800119001001%97,
		"1 80 01 2B 001 001": 97 - 1800118001001%97,
		"1 80 01 2b 001 001": 97 - 1800118001001%97,
	} {
		n, err := papers.ParseNIR(text)
		if err != nil || n.Key() != key || !n.Fits() {
			t.Errorf("%q: key %d, %v; want %d", text, n.Key(), err, key)
		}
		with, err := papers.ParseNIR(fmt.Sprintf("%s %02d", text, key))
		if err != nil || !with.Fits() || with.Key() != key {
			t.Errorf("%q with its key: %v", text, err)
		}
		if wrong, err := papers.ParseNIR(fmt.Sprintf("%s %02d", text, key%97+1)); err != nil || wrong.Fits() {
			t.Errorf("%q with another key: %v", text, err)
		}
	}
	if (papers.NIR{}).Fits() || (papers.NIR{}).Key() != 0 {
		t.Error("the zero NIR is a number")
	}
}

// L-40: a social security number shows nowhere, not even in the refusal of one.
func TestANumberIsNeverShown(t *testing.T) {
	t.Parallel()
	n, err := papers.ParseNIR("2 69 05 49 588 157 80")
	if err != nil || n.Reveal() != "269054958815780" {
		t.Fatalf("%q, %v", n.Reveal(), err)
	}
	p := papers.NewPassword("2690549secret")
	shown := fmt.Sprint(n, p, []any{n, p}) + fmt.Sprintf("%v %+v %#v %s %q %x %d %v %x", n, n, n, n, n, n, n, p, p)
	text, err := json.Marshal(map[string]any{"nir": n, "password": p})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "nir", n, "password", p)
	for _, out := range []string{shown, string(text), log.String(), n.String(), n.GoString(), p.String(), p.GoString()} {
		if strings.Contains(out, "2690549") || strings.Contains(out, "323639") {
			t.Errorf("shown: %s", out)
		}
	}
	for _, bad := range []string{"", "2690549", "2 69 05 49 588 15X", "2 69 05 4A 588 157", "269054958815780123", "é690549588157"} {
		if _, err := papers.ParseNIR(bad); !errors.Is(err, papers.ErrNIR) || strings.Contains(err.Error(), "2690549") || strings.Contains(err.Error(), "69") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzLook(f *testing.F) {
	c, err := papers.Load()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"FR7630006000011234567890189", "2 69 05 49 588 157 80", "1234567A", "é", "\xff", "\xe2\x80\xa8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, b := range c.Bodies() {
			for _, field := range b.Fields {
				if got := field.Look(s); len(got) > 2 {
					t.Fatalf("%s %s: %v", b.Code, field.Code, got)
				}
			}
		}
		n, err := papers.ParseNIR(s)
		if again, errAgain := papers.ParseNIR(n.Reveal()); err == nil && (errAgain != nil || again.Reveal() != n.Reveal() || n.Key() < 1 || n.Key() > 97) {
			t.Fatalf("%q: %v, key %d", s, errAgain, n.Key())
		}
	})
}
