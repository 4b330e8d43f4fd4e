package rpc

import (
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/texts"
)

// code reads the code of a code sheet.
func (f *fields) code(field, typed string) seal.Code {
	c, err := seal.ParseCode(typed)
	if err != nil {
		f.refuse(field, texts.RuleCode)
	}
	return c
}

// announced reads the digest that ends a document.
func (u *uploads) announced() (seal.Digest, error) {
	b, err := u.digest()
	return seal.Digest(b), err
}
