package rpc

import (
	"context"
	"strings"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// What was typed is compared with the catalogue here, where it came in: it goes to
// no keeper, no record and no log, and no answer holds it.

// A typedMemo is what is to be looked at.
type typedMemo struct {
	body     papers.Body
	login    string
	values   map[string]string // by the code of their field
	near     []string          // what may stand in a password
	password papers.Password
	typed    bool // a password was
	guard    papers.Guard
}

func parseCheckMemo(req *coffrev1.CheckMemoRequest) (typedMemo, error) {
	var f fields
	m := f.memo("memo", req.GetMemo())
	secret := f.memoSecret("secret", req.GetSecret())
	t := typedMemo{
		body: papers.Body(m.Body), login: m.Login, values: map[string]string{},
		near:     []string{m.Login, m.Name, m.Body},
		password: papers.NewPassword(string(secret.Reveal())), typed: !secret.IsZero(),
		guard: guardWords.parse(&f, "guard", req.GetGuard()),
	}
	if at := strings.IndexByte(m.Login, '@'); at > 0 {
		t.near = append(t.near, m.Login[:at])
	}
	for _, n := range m.Numbers {
		t.values[n.Name] = n.Value
	}
	for _, o := range f.otherSecrets("others", req.GetOthers()) {
		t.values[o.Label] = string(o.Secret.Reveal())
	}
	return t, f.err()
}

// CheckMemo warns and never refuses: what a real paper says is right.
func (s *memoService) CheckMemo(_ context.Context, req *coffrev1.CheckMemoRequest) (*coffrev1.CheckMemoResponse, error) {
	t, err := parseCheckMemo(req)
	if err != nil {
		return nil, err
	}
	answer := coffrev1.CheckMemoResponse_builder{}
	for _, found := range s.kinds.LookAt(t.body, t.login, t.values) {
		answer.Warnings = append(answer.Warnings, coffrev1.FieldWarning_builder{
			Field: &found.Field.Code, Label: &found.Field.Label,
			Warning: new(found.Warning.String()), Sentence: new(string(texts.WarningText(found.Warning))),
		}.Build())
	}
	if t.typed {
		answer.Strength = strength(papers.Rate(t.password, t.guard, t.near...))
	}
	return answer.Build(), nil
}

func strength(r papers.Strength) *coffrev1.PasswordStrength {
	b := coffrev1.PasswordStrength_builder{Bits: new(count(r.Bits)), Enough: &r.Enough}
	for _, why := range r.Why {
		b.Weaknesses = append(b.Weaknesses, why.String())
		b.Sentences = append(b.Sentences, string(texts.WeaknessText(why)))
	}
	if r.Enough && len(r.Why) == 0 {
		b.Sentences = []string{string(texts.PasswordStrong)}
	}
	return b.Build()
}

// NewPassword makes a password; it is in no record.
func (s *memoService) NewPassword(_ context.Context, req *coffrev1.NewPasswordRequest) (*coffrev1.NewPasswordResponse, error) {
	var f fields
	recipe, guard := recipeWords.parse(&f, "recipe", req.GetRecipe()), guardWords.parse(&f, "guard", req.GetGuard())
	if err := f.err(); err != nil {
		return nil, err
	}
	p, err := papers.Generate(recipe, guard)
	if err != nil {
		return nil, err
	}
	return coffrev1.NewPasswordResponse_builder{Password: new(p.Reveal())}.Build(), nil
}
