package keeper

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
)

// Every row that is found by a MAC under the key of pseudonyms is found by the one
// FORMAT.md says: names are searched by whole words, together with a birth date.
func TestMACVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/macs.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]string
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	k := vectorKeeper(t, readVectors(t))
	var id [16]byte
	for i := range id {
		id[i] = byte(i)
	}
	entry := vault.RegisterEntry{Name: "D'EXEMPLE Éloïse", Birth: "1980-01-00", Language: "fr"}
	rows := k.registerRows(id, serviceRecord{home: id, entry: entry})
	if len(rows) != 3 {
		t.Fatalf("%d rows for three words", len(rows))
	}
	opened := k.openedRow(id, id)
	tag, helper, visit := k.structureTag(id), k.helperKey(id), k.pseudonym("visit/"+vault.SafeID(id).String(), auth.UserID{})
	got := map[string]string{
		"structure": hex.EncodeToString(tag[:]), "helper": hex.EncodeToString(helper[:]),
		"opened": hex.EncodeToString(opened), "address": hex.EncodeToString(k.addressKey(id)), "visit": hex.EncodeToString(visit[:]),
		"register d": hex.EncodeToString(rows[0]), "register eloise": hex.EncodeToString(rows[1]), "register exemple": hex.EncodeToString(rows[2]),
	}
	for name, value := range got {
		if want[name] != value {
			t.Errorf("%s is %s, the vector %s", name, value, want[name])
		}
	}
	if len(want) != len(got) {
		t.Errorf("%d vectors, %d are looked at", len(want), len(got))
	}
}
