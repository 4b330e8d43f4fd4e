package keeper

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// What FORMAT.md says of the code on a page is what the code does.
func TestPageVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/page.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Pepper  string `json:"pepper"`
		Key     string `json:"key"`
		Consent string `json:"consent"`
		Code    string `json:"code"`
		Row     string `json:"row"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	pepper, err := hex.DecodeString(v.Pepper)
	if err != nil {
		t.Fatal(err)
	}
	k := &Keeper{}
	if k.pages, err = derive(seal.NewSecret(pepper), forPages); err != nil || hex.EncodeToString(k.pages) != v.Key {
		t.Errorf("key is %x: %v", k.pages, err)
	}
	if k.pseudonyms, err = derive(seal.NewSecret(pepper), forPseudonyms); err != nil {
		t.Fatal(err)
	}
	id, err := vault.ParseConsentID(v.Consent)
	if err != nil {
		t.Fatal(err)
	}
	code := k.pageCode(id)
	if code.String() != v.Code {
		t.Errorf("code is %v", code)
	}
	if got := hex.EncodeToString(k.pageRow(code)); got != v.Row {
		t.Errorf("row is %s", got)
	}
}
