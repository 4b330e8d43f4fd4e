package rpc

import (
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// code reads the code of a code sheet.
func (f *fields) code(field, typed string) vault.Code {
	c, err := vault.ParseCode(typed)
	if err != nil {
		f.refuse(field, texts.RuleCode)
	}
	return c
}

// announced reads the digest that ends a document.
func (u *uploads) announced() (vault.Digest, error) {
	b, err := u.digest()
	return vault.Digest(b), err
}
