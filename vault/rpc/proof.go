package rpc

import (
	"regexp"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// pin reads a PIN that is compared.
func (f *fields) pin(field, typed string) vault.PIN {
	return parsed(f, field, typed, texts.RulePIN, vault.ParsePIN)
}

// newPIN reads a PIN that is chosen: what anybody would try first is refused.
func (f *fields) newPIN(field, typed string) vault.PIN {
	p, err := vault.ParsePIN(typed)
	if err != nil || p.Easy() {
		f.refuse(field, texts.RuleNewPIN)
	}
	return p
}

// proof reads what a person typed or showed; nothing is the zero proof.
func (f *fields) proof(p *coffrev1.Proof) (proof vault.Proof) {
	if s := p.GetCode(); s != "" {
		proof.Code = f.code("proof.code", s)
	}
	if s := p.GetPin(); s != "" {
		proof.PIN = f.pin("proof.pin", s)
	}
	return proof
}

// typed is proof for a request that is nothing without one.
func (f *fields) typed(p *coffrev1.Proof) vault.Proof {
	if p.GetCode() == "" && p.GetPin() == "" {
		f.refuse("proof", texts.RuleProof)
	}
	return f.proof(p)
}

// languageForm is a language, a script and a region, each in its one spelling.
var languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$`)

// language reads a language in the form of BCP 47 ("fr", "zh-Hant", "pt-BR",
// "ar-001"), without what speaks of variants and extensions.
func (f *fields) language(field, s string) string {
	if !languageForm.MatchString(s) {
		f.refuse(field, texts.RuleLanguage)
	}
	return s
}
