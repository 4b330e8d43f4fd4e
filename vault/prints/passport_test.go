package prints_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	. "github.com/coffre-fort/coffre/vault/prints"
)

var forms = []vault.PassportForm{vault.PassportFolded, vault.PassportBooklet, vault.PassportCards}

// A password is on paper only where the person chose it, and a hint too.
func TestASecretIsPrintedOnlyWhereItWasChosen(t *testing.T) {
	t.Parallel()
	for _, form := range forms {
		for choice, want := range map[vault.Disclosure][2]bool{vault.DiscloseLogin: {false, false}, vault.DiscloseHint: {true, false}, vault.DiscloseSecret: {true, true}} {
			p := passport(t, head(names(), vault.DiscretionNormal), names(), form)
			p.Memos = []PassportMemo{{Body: "CAF", Discloses: choice, Hint: "la rue d'avant"}}
			if choice == vault.DiscloseSecret {
				p.Memos[0].Secret = written("Marqueur-7Zq")
			}
			page := made(t, p)
			said := heard(t, document(t, p))
			for i, marker := range []string{"la rue d'avant", "Marqueur-7Zq"} {
				if got := strings.Contains(said, marker); got != want[i] {
					t.Errorf("choice %d: %q on paper: %t", choice, marker, got)
				}
			}
			if strings.Contains(page, "Marqueur") != want[1] || strings.Contains(page, "rue d&#39;avant") != want[0] {
				t.Errorf("choice %d: the page says something else than the document", choice)
			}
			p.Memos[0].Secret = written("Marqueur-7Zq")
			if _, err := PDF(p); (err == nil) != (choice == vault.DiscloseSecret) {
				t.Errorf("choice %d with a secret: %v", choice, err)
			}
		}
	}
}

// Each character of a password is there, and no other: spaces too.
func TestAPasswordIsPrintedAsItIs(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"  deux  espaces ", "a", strings.Repeat("0O1lI", 12), `\(<>)%/[]{}"'&`, "éÉœ€ñŁ"} {
		p := passport(t, head(names(), vault.DiscretionNormal), names(), vault.PassportBooklet)
		p.Memos = []PassportMemo{{Body: "CAF", Discloses: vault.DiscloseSecret, Secret: written(secret)}}
		got := strings.ReplaceAll(heard(t, document(t, p)), `\"`, `"`)
		if _, after, found := strings.Cut(got, "Mot de passe"); !found || !strings.HasPrefix(after, secret+"À savoir") {
			t.Errorf("%q is printed as %q", secret, after)
		}
	}
}

// Thirty accounts with long names: more sheets, nothing left out, and still a
// file for any mailbox.
func TestADigitalPassportHasRoomForAll(t *testing.T) {
	t.Parallel()
	for _, form := range forms {
		p := passport(t, head(names(), vault.DiscretionNormal), names(), form)
		p.Person = strings.Repeat("Marie-Éléonore ", 8)
		p.Memos = nil
		for i := range 30 {
			p.Memos = append(p.Memos, PassportMemo{
				Body: fmt.Sprintf("Organisme numéro %d, au nom plus long que la page", i), Discloses: vault.DiscloseSecret, Secret: written(fmt.Sprintf("Secret-%d.", i)),
				Identifiers: []Identifier{{"Identifiant", fmt.Sprintf("prenom.nom.compose.%d@courriel.example.org", i)}, {"Autre numéro", strings.Repeat("0123456789", 6)}},
				Hint:        strings.Repeat("un indice assez long ", 5),
			})
		}
		b := document(t, p)
		said := heard(t, b)
		last := -1
		for i := range p.Memos {
			at := strings.Index(said, fmt.Sprintf("Secret-%d.", i))
			if at < last || at < 0 {
				t.Errorf("form %d: account %d is out of its place", form, i)
			}
			last = at
		}
		if len(b) > 300<<10 {
			t.Errorf("form %d: %d bytes", form, len(b))
		}
	}
}

func TestADigitalPassportNeedsAFormAndAnAddress(t *testing.T) {
	t.Parallel()
	whole := passport(t, head(names(), vault.DiscretionNormal), names(), vault.PassportFolded)
	for name, broken := range map[string]func(*Passport){
		"form": func(p *Passport) { p.Form = 0 }, "address": func(p *Passport) { p.Address = vault.AddressID{} }, "portal": func(p *Passport) { p.Portal = nil },
	} {
		p := whole
		broken(&p)
		if _, err := Make(p, FormatAny); err == nil {
			t.Errorf("without its %s", name)
		}
	}
}

// One recovery sheet says that it opens nothing; none leads anywhere.
func TestThreeRecoverySheetsDiffer(t *testing.T) {
	t.Parallel()
	h := head(names(), vault.DiscretionNormal)
	pages := map[string]bool{}
	for _, who := range []vault.KitHolder{vault.KitPerson, vault.KitRelative, vault.KitEnvelope} {
		page := made(t, kit(h, who))
		pages[page] = true
		if !strings.Contains(page, "n&#39;ouvre rien") || !strings.Contains(page, "48 heures") || strings.Contains(page, "coffre.example.fr") {
			t.Errorf("sheet %d: %s", who, page)
		}
	}
	if len(pages) != 3 {
		t.Errorf("%d sheets", len(pages))
	}
	for name, broken := range map[string]func(*RecoverySheet){
		"holder": func(s *RecoverySheet) { s.Holder = 0 }, "code": func(s *RecoverySheet) { s.Code = nil },
		"empty code": func(s *RecoverySheet) { s.Code = written("") }, "delay": func(s *RecoverySheet) { s.Delay = 0 },
	} {
		s := kit(h, vault.KitPerson)
		broken(&s)
		if _, err := HTML(s); err == nil {
			t.Errorf("a sheet without its %s", name)
		}
	}
}
