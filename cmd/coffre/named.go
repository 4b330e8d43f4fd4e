package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/coffre-fort/coffre/cmd/internal/client"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// named says of fields that the service does not accept which options they are, and
// what may stand there: whoever types knows no other names, and has no list at hand.
func named(cmd *cobra.Command, err error) error {
	e, ok := errors.AsType[*client.Error](err)
	if !ok || len(e.Fields) == 0 || e.Class != client.ClassUsage {
		return err
	}
	told := *e
	told.Fields = slices.Clone(e.Fields)
	for i, f := range told.Fields {
		told.Fields[i].Rule = ruled(cmd, f)
	}
	// Around it may stand which file it was, and what became of the others.
	said := strings.TrimSuffix(e.Naming(func(field string) string { return field }), ".")
	before, after, found := strings.Cut(e.Sentence, said)
	told.Sentence = told.Naming(func(field string) string { return optionOf(cmd, field) })
	if found {
		told.Sentence = before + strings.TrimSuffix(told.Sentence, ".") + after
	}
	return &told
}

// optionOf is what somebody typed for a field of the API.
func optionOf(cmd *cobra.Command, field string) string {
	word := strings.ReplaceAll(field[strings.LastIndex(field, ".")+1:], "_", "-")
	short := strings.TrimSuffix(strings.TrimSuffix(word, "-time"), "-date")
	first, _, _ := strings.Cut(word, "-")
	for _, option := range []string{word, short, short + "s", strings.TrimSuffix(word, "s"), word[strings.LastIndex(word, "-")+1:], first} {
		if cmd.Flags().Lookup(option) != nil {
			return "--" + option
		}
	}
	if part, known := parts[word]; known {
		return part
	}
	return field
}

// parts are what people call the fields that are no options.
var parts = map[string]string{
	"sheet": "le numéro de la feuille", "pin": "le PIN", "code": "le code", "session": "le numéro de la séance",
	"document": "l'ID du papier", "drawer": "le tiroir", "purpose": "la démarche", "agent": "l'agent", "leader": "l'agent",
	"title": "le titre", "proof": "ce qui prouve qui est là (--code-file, --pin-file)", "password": "le mot de passe",
}

// iso is a date as the service writes it.
var iso = regexp.MustCompile(`\b(\d{4})-(\d{2})-(\d{2})\b`)

// ruled is the rule of a field for somebody at a keyboard: dates as they type them,
// and the codes that they cannot know by heart.
func ruled(cmd *cobra.Command, f client.Field) string {
	switch catalogue, err := papers.Load(); {
	case err != nil:
		return f.Rule
	case f.Rule == string(texts.RuleDrawer):
		return f.Rule + " : " + strings.Join(drawersOf(catalogue), ", ")
	case f.Rule == string(texts.RuleKind):
		typed := ""
		if flag := cmd.Flags().Lookup("kind"); flag != nil {
			typed = strings.Trim(flag.Value.String(), "[]")
		}
		return f.Rule + ", par exemple " + strings.Join(kindsLike(catalogue, typed), ", ")
	default:
		return iso.ReplaceAllString(f.Rule, "$3/$2/$1")
	}
}

func drawersOf(c *papers.Catalogue) (codes []string) {
	for _, d := range c.Drawers() {
		codes = append(codes, string(d.Code))
	}
	return codes
}

// likely is how many kinds are proposed: what can be read on two lines.
const likely = 8

// kindsLike are the kinds that begin like what was typed, the longest beginning first.
func kindsLike(c *papers.Catalogue, typed string) (codes []string) {
	for _, d := range c.Drawers() {
		for _, k := range c.Kinds(d.Code) {
			codes = append(codes, string(k.Code))
		}
	}
	slices.SortStableFunc(codes, func(x, y string) int { return common(y, typed) - common(x, typed) })
	return codes[:min(likely, len(codes))]
}

// common is how many bytes two words have in common, from the first on.
func common(x, y string) (n int) {
	for n < min(len(x), len(y)) && x[n] == y[n] {
		n++
	}
	return n
}
