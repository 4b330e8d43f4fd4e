package texts

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/coffre-fort/coffre/vault"
)

// accords are consents of every shape, by the name of the file that keeps what
// the version said of them.
func accords() map[string]Accord {
	plain := Accord{
		Agent: "Ana Fictive", Structure: "CCAS de Ville-Fictive", Function: vault.FunctionSocialWorker,
		Purpose: "Revenu de solidarité active (RSA)", Body: "CAF, MSA ou CCAS", Precise: "remplir la demande en ligne et joindre les papiers.",
		Posture: vault.PostureWith, Actions: vault.ActionSee | vault.ActionRead, Documents: 1, Kinds: []string{"RIB (IBAN)"},
		Presence: vault.PresenceNot,
		From:     time.Date(2026, 11, 16, 8, 0, 0, 0, time.UTC), Until: time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC), Language: "fr",
	}
	whole := plain
	whole.Replacement, whole.Posture, whole.Reason = vault.ReplacementSuccessor, vault.PostureInStead, "la personne a la main cassée."
	whole.Actions, whole.Documents, whole.Kinds, whole.Drawers = 31, 3, []string{"RIB (IBAN)", "Bail"}, []string{"Ressources", "Santé"}
	whole.Arrivals, whole.Presence, whole.PersonSigns = vault.ArrivalsToo, vault.PresenceNeeded, true
	train := plain
	train.Posture, train.Body, train.Documents, train.Kinds, train.Drawers = vault.PostureTrain, "", 0, nil, []string{"Identifiants"}
	beside := train
	beside.Presence, beside.From, beside.Until = vault.PresenceNeeded, time.Time{}, time.Time{}
	return map[string]Accord{"plain": plain, "whole": whole, "train": train, "beside": beside}
}

// L-70, L-71: the version names the exact words, and they are kept.
func TestTheVersionNamesTheWordsOfAConsent(t *testing.T) {
	t.Parallel()
	for name, a := range accords() {
		text, version := Consent(a)
		file := filepath.Join("testdata", version+"-"+name+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(strings.Split(string(kept), "\n"), strings.Split(text, "\n")); d != "" {
			t.Errorf("the words are no longer those of %s: raise its version, keep the old files, and run with -update\n%s", version, d)
		}
		if len(version) > vault.MaxVersionText {
			t.Errorf("the version has %d bytes", len(version))
		}
	}
}

// A côte-à-côte session has no dates: its text names none.
func TestASessionSideBySideHasNoDates(t *testing.T) {
	t.Parallel()
	text, _ := Consent(accords()["beside"])
	for _, words := range []string{"commence le", "finit le", "janvier"} {
		if strings.Contains(text, words) {
			t.Errorf("the text says %q", words)
		}
	}
	if !strings.Contains(text, "45 minutes au plus") {
		t.Error("the text does not say how long it lasts")
	}
}

// A consent says who, why, what, until when, how it is taken back, and the
// person's rights; it says when the person signs alone, and asks about tutelle.
func TestAConsentSaysWhatItMust(t *testing.T) {
	t.Parallel()
	whole, _ := Consent(accords()["whole"])
	for line, words := range map[string]string{
		"L-70": "remplir la demande en ligne", "L-71 need": "Revenu de solidarité active", "L-71 withdrawal": "retirer mon accord quand je veux",
		"L-71 rights": "Mes droits", "L-72": "Personne ne garde mes identifiants", "L-75": "la main cassée", "L-86": "Personne ne signe à ma place",
		"L-87": "tutelle ou une curatelle", "end": "Il finit le 30 novembre 2026 à minuit.", "start": "16 novembre 2026 à 9\u00a0h\u00a000",
		"count": "3 papiers", "kind": "type de papier : Bail", "drawer": "tiroir : Santé", "presence": "Je suis là", "arrivals": "y sont aussi",
		"replacement": "sa remplaçante ou son remplaçant", "who": "Ana Fictive (accompagnement social)", "where": "CCAS de Ville-Fictive",
		"mandate": "C'est un mandat",
	} {
		if !strings.Contains(whole, words) {
			t.Errorf("%s: the text does not say %q", line, words)
		}
	}
	plain, _ := Consent(accords()["plain"])
	for _, words := range []string{"remplaçant", "signe", "mandat", "mot de passe, celui", "déposer"} {
		if strings.Contains(plain, words) {
			t.Errorf("a plain consent says %q", words)
		}
	}
}

// What is typed stays where it belongs: no name, act or label makes a line, an
// item or a mark.
func TestWhatIsTypedSaysNothingElse(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{
		"{until}", "Ana\n– tiroir : Santé", "Ana\r\n\r\nMes droits", "Ana\u2028– lire tout", "Ana\x00{from}\t{precise}", "\u0085x",
	} {
		a := accords()["plain"]
		before, _ := Consent(a)
		a.Agent, a.Structure, a.Purpose, a.Body, a.Precise, a.Kinds = evil, evil, evil, evil, evil, []string{evil}
		after, _ := Consent(a)
		_, was := Outline(before)
		_, is := Outline(after)
		if len(was) != len(is) {
			t.Fatalf("%q: %d parts, want %d", evil, len(is), len(was))
		}
		for i := range was {
			if was[i].Heading != is[i].Heading || len(was[i].Lines) != len(is[i].Lines) || len(was[i].Items) != len(is[i].Items) {
				t.Errorf("%q changed %q to %+v", evil, was[i].Heading, is[i])
			}
		}
		if strings.Count(after, "30 novembre") != strings.Count(before, "30 novembre") {
			t.Errorf("%q was read as a mark", evil)
		}
	}
}

// Every language has every sentence, and each is plain.
func TestEveryLanguageIsWholeAndPlain(t *testing.T) {
	t.Parallel()
	for _, language := range Languages() {
		s := sentencesOf(language)
		if s.Language != language {
			t.Errorf("%s answers %s", language, s.Language)
		}
		whole(t, language, reflect.ValueOf(s))
		for _, n := range []int{len(s.Functions) - len(vault.Functions()), len(s.Actions) - len(vault.Actions()), len(s.Postures) - 3, len(s.Presences) - 2, len(s.Arrivals) - 2} {
			if n != 0 {
				t.Errorf("%s: a list is short or long by %d", language, n)
			}
		}
	}
	for name, a := range accords() {
		text, _ := Consent(a)
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				lintWords(t, name, strings.TrimPrefix(line, item))
			}
		}
	}
	if s := sentencesOf("FR-be"); s.Language != "fr" {
		t.Errorf("Belgian French is %s", s.Language)
	}
	if text, version := Consent(Accord{Language: "xx"}); version != french().Version || text == "" {
		t.Errorf("a language without sentences: %s", version)
	}
	if !slices.Contains(Languages(), "fr") {
		t.Error("no French")
	}
}

func whole(t *testing.T, at string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		if strings.TrimSpace(v.String()) == "" {
			t.Errorf("%s: a sentence was forgotten", at)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			whole(t, at+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		if v.Len() == 0 {
			t.Errorf("%s: a list was forgotten", at)
		}
		for i := range v.Len() {
			whole(t, at, v.Index(i))
		}
	case reflect.Map:
		if v.Len() == 0 {
			t.Errorf("%s: a list was forgotten", at)
		}
		for _, key := range v.MapKeys() {
			whole(t, at, v.MapIndex(key))
		}
	default:
		t.Errorf("%s: a %s", at, v.Kind())
	}
}

// An outline loses no line.
func FuzzOutline(f *testing.F) {
	text, _ := Consent(accords()["whole"])
	f.Add(text)
	f.Add("")
	f.Add("– \n\n\n– x")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?") // halves of a letter count otherwise once they are side by side
		title, parts := Outline(text)
		var b strings.Builder
		b.WriteString(title)
		for _, p := range parts {
			b.WriteString(p.Heading + strings.Join(p.Lines, "") + strings.Join(p.Items, ""))
		}
		squeeze := func(s string) int { return len([]rune(strings.NewReplacer("\n", "", " ", "", "–", "").Replace(s))) }
		if squeeze(b.String()) < squeeze(strings.TrimSpace(text))-strings.Count(text, "\n") {
			t.Errorf("%q became %q, %+v", text, title, parts)
		}
	})
}

func TestDatesAreReadAsPeopleSayThem(t *testing.T) {
	t.Parallel()
	reunion := time.FixedZone("Réunion", 4*3600)
	for _, c := range []struct {
		at   time.Time
		zone *time.Location
		want string
	}{
		{time.Date(2026, 7, 31, 22, 0, 0, 0, time.UTC), nil, "31 juillet 2026 à minuit"},
		{time.Date(2026, 8, 1, 7, 5, 0, 0, time.UTC), nil, "1er août 2026 à 9\u00a0h\u00a005"},
		{time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC), nil, "31 décembre 2026 à minuit"},
		{time.Date(2026, 12, 31, 22, 59, 0, 0, time.UTC), nil, "31 décembre 2026 à 23\u00a0h\u00a059"},
		{time.Date(2026, 2, 28, 20, 0, 0, 0, time.UTC), reunion, "28 février 2026 à minuit"},
	} {
		if got := Moment(c.at, c.zone); got != c.want {
			t.Errorf("%v: %q, want %q", c.at, got, c.want)
		}
	}
	if got := Day(time.Date(2026, 5, 31, 22, 30, 0, 0, time.UTC), nil); got != "1er juin 2026" {
		t.Errorf("%q", got)
	}
	if got := Clock(time.Date(2026, 5, 31, 22, 5, 0, 0, time.UTC), nil); got != "0\u00a0h\u00a005" {
		t.Errorf("%q", got)
	}
}
