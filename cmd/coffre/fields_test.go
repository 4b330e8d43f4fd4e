package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/vault/texts"
)

// What the service does not accept is called what was typed: no other option, and no
// name of the API.
func TestAFieldIsCalledByItsOption(t *testing.T) {
	t.Parallel()
	root := newRoot(&app{})
	for _, tt := range []struct{ command, field, want string }{
		{"put", "header.description.expire_date", "--expires"},
		{"put", "header.description.document_date", "--date"},
		{"put", "header.description.original_place", "--original"},
		{"describe", "description.expire_date", "--expires"},
		{"sort", "answers.since_date", "--since"},
		{"open", "information_version", "--information"},
		{"open", "entry.birth_date", "--birth"},
		{"entrust", "agreement_version", "--agreement"},
		{"consent give", "terms.until_time", "--until"},
		{"consent give", "terms.scope.kinds", "--kind"},
		{"partners register", "public_key", "--key"},
		{"workshop attend", "session", "le numéro de la séance"},
		{"workshop open", "plan.sessions", "--session"},
		{"rename", "title", "le titre"},
		{"visit", "proof", "ce qui prouve qui est là (--code-file, --pin-file)"},
		{"ls", "page_size", "page_size"}, // nobody types it
	} {
		cmd, _, err := root.Find(strings.Fields(tt.command))
		if err != nil {
			t.Fatal(err)
		}
		told := named(cmd, &client.Error{Class: client.ClassUsage, Fields: []client.Field{{Name: tt.field, Rule: "règle"}}})
		if e, ok := errors.AsType[*client.Error](told); !ok || !strings.Contains(e.Sentence, "corrigez "+tt.want+" : règle.") {
			t.Errorf("%s, %s: %v", tt.command, tt.field, told)
		}
	}
}

// What may stand there is said in the words that somebody types.
func TestARuleSaysWhatToType(t *testing.T) {
	t.Parallel()
	root := newRoot(&app{})
	for _, tt := range []struct {
		typed, field string
		rule         texts.Rule
		says         string
	}{
		{"open", "entry.birth_date", texts.RuleBirth, "--birth : la date écrite sur le papier, comme 29/02/1980, avec 00"},
		{"put", "header.description.drawer", texts.RuleDrawer, "--drawer : un tiroir de la liste : identite, "},
		{"mv", "drawer", texts.RuleDrawer, "le tiroir : un tiroir de la liste : identite, "},
		{"put --kind factur", "header.description.kind", texts.RuleKind, "--kind : un type de papier de la liste, par exemple facture-"},
	} {
		cmd, rest, err := root.Find(strings.Fields(tt.typed))
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.ParseFlags(rest); err != nil {
			t.Fatal(err)
		}
		told := named(cmd, &client.Error{Class: client.ClassUsage, Fields: []client.Field{{Name: tt.field, Rule: string(tt.rule)}}})
		if e, ok := errors.AsType[*client.Error](told); !ok || !strings.Contains(e.Sentence, tt.says) {
			t.Errorf("%s, %s: %v", tt.typed, tt.field, told)
		}
	}
}

// Which file was refused, and what became of the others, stays in the sentence.
func TestARuleLeavesTheFileItIsAbout(t *testing.T) {
	t.Parallel()
	put, _, err := newRoot(&app{}).Find([]string{"put"})
	if err != nil {
		t.Fatal(err)
	}
	e := &client.Error{Class: client.ClassUsage, Fields: []client.Field{{Name: "header.description.document_date", Rule: "la date"}}}
	e.Sentence = "scan.pdf : " + e.Naming(func(field string) string { return field })
	told := named(put, partly(e, []client.Upload{{Name: "lettre.pdf"}, {Name: "scan.pdf"}}, 0, 2))
	want := "scan.pdf : Le service n'accepte pas cette demande : corrigez --date : la date (0 papier déposé sur 2 ; aucun de lettre.pdf à scan.pdf)."
	if got, ok := errors.AsType[*client.Error](told); !ok || got.Sentence != want {
		t.Errorf("it says %v, want %q", told, want)
	}
}

// A démarche is said to be none of the list when it is none, and not when something
// else is wrong; those of the workshops are on it.
func TestOnlyADemarcheThatIsNoneIsUnlisted(t *testing.T) {
	t.Parallel()
	refused := func(fields ...string) error {
		e := &client.Error{Class: client.ClassUsage, Sentence: "autre chose"}
		for _, name := range fields {
			e.Fields = append(e.Fields, client.Field{Name: name, Rule: "règle"})
		}
		return e
	}
	for _, tt := range []struct {
		err  error
		says string
	}{
		{refused("terms.until_time"), "autre chose"},
		{refused("text", "due_time"), "autre chose"},
		{refused("terms.until_time", "terms.purpose"), "passeport-numerique"},
		{refused("purpose"), ", tri,"},
	} {
		if e, ok := errors.AsType[*client.Error](unlisted(tt.err, purposes)); !ok || !strings.Contains(e.Sentence, tt.says) {
			t.Errorf("%v became %v", tt.err, e)
		}
	}
}

// What is no day is told of the option it was typed for.
func TestADayIsToldOfItsOption(t *testing.T) {
	t.Parallel()
	u := (&peer{}).serve(t)
	for option, typed := range map[string][]string{"--due": {"--due", "demain"}, "--alarm": {"--due", "30/11/2099", "--alarm", "demain"}} {
		code, _, problems := u.run("", append([]string{"relay", "send", "--function", "social-worker", "--purpose", "rsa", "--text", "x"}, typed...)...)
		if code != 2 || !strings.Contains(problems, "pour "+option+" :") {
			t.Errorf("%s: exit %d, %q", option, code, problems)
		}
	}
}
