package keeper

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// vectors are the stored forms of FORMAT.md, one of each.
type vectors struct {
	Pepper    string            `json:"pepper"`     // hexadecimal
	Derived   map[string]string `json:"derived"`    // use → key, hexadecimal
	Depositor string            `json:"depositor"`  // of the owner below, in the safe below
	OwnerRow  string            `json:"owner_row"`  // key of the owner bucket
	Service   json.RawMessage   `json:"service"`    // plaintext of a service record
	Detail    json.RawMessage   `json:"detail"`     // plaintext of a detail
	DetailRaw []byte            `json:"detail_raw"` // sealed under the service's key, as the intent to read
	Receipt   string            `json:"receipt"`    // text

	ReceiptAtAddress string `json:"receipt_at_address"`

	Signed   []byte `json:"signed"`    // the receipt, signed
	SignedBy string `json:"signed_by"` // public half
	GuessRow string `json:"guess_row"` // of three failures, before 1790000000
	Anchor   string `json:"anchor"`    // name of the checkpoint over 31337 leaves
	Leaves   string `json:"leaves"`    // name of the copy of leaves 0 to 1024
}

const (
	vectorSafe = "mfrggzdfmztwq2lknnwg23tpoa"
	vectorDoc  = "nfrggzdfmztwq2lknnwg23tpoa"

	vectorAddress = "ofrggzdfmztwq2lknnwg23tpoa"
	vectorsPath   = "testdata/vectors.json"
)

// readVectors reads the vectors.
func readVectors(t testing.TB) vectors {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(vectorsPath))
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func vectorKeeper(t testing.TB, v vectors) *Keeper {
	t.Helper()
	pepper, err := hex.DecodeString(v.Pepper)
	if err != nil {
		t.Fatal(err)
	}
	k := &Keeper{}
	if k.pseudonyms, err = derive(seal.NewSecret(pepper), forPseudonyms); err != nil {
		t.Fatal(err)
	}
	key, err := derive(seal.NewSecret(pepper), forJournal)
	if err != nil {
		t.Fatal(err)
	}
	if k.journal, err = seal.ParseJournalKey(seal.NewSecret(key)); err != nil {
		t.Fatal(err)
	}
	return k
}

// What FORMAT.md says is what the code does, byte for byte.
func TestFormatVectors(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	k := vectorKeeper(t, v)
	owner, err := auth.NewUserID("https://issuer.example", "personne-fictive")
	if err != nil {
		t.Fatal(err)
	}
	safe, err := vault.ParseSafeID(vectorSafe)
	if err != nil {
		t.Fatal(err)
	}
	pepper, _ := hex.DecodeString(v.Pepper) // read above
	for _, use := range []string{forState, forJournal, forPseudonyms} {
		key, err := derive(seal.NewSecret(pepper), use)
		if err != nil || hex.EncodeToString(key) != v.Derived[use] {
			t.Errorf("%s is %x, %v", use, key, err)
		}
	}
	d, p := k.depositor(safe, owner), k.pseudonym("owner", owner)
	for name, c := range map[string][2]string{
		"depositor": {hex.EncodeToString(d[:]), v.Depositor},
		"owner row": {hex.EncodeToString(append(p[:], safe[:]...)), v.OwnerRow},
		"guess row": {hex.EncodeToString(guesses{3, 1790000000}.row()), v.GuessRow},
		"anchor":    {string(anchorKey(31337)), v.Anchor},
		"leaves":    {string(batchKey(leavesPrefix, 0, 1024)), v.Leaves},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is %s, the vector %s", name, c[0], c[1])
		}
	}
	record, err := parseService(v.Service)
	if err != nil || record.owner != owner || len(record.entrust) != 1 {
		t.Fatalf("service record: %v", err)
	}
	if taken, over := record.relays[0], record.relays[1]; taken.state != vault.RelayTaken || taken.purpose != "rsa" ||
		taken.holder() != taken.to || over.state != vault.RelayEnded || over.why != vault.EndedRefused ||
		over.function != vault.FunctionReception || !over.rang || record.noRelays.Unix() != 1790000300 {
		t.Errorf("relays %+v, %v", record.relays, record.noRelays)
	}
	if p := record.passport; p.number != "K7QM-94HT" || p.live() != 1 || p.copies[1].memos[1].discloses != vault.DiscloseSecret || len(p.copies[1].memos[1].others) != 2 ||
		p.copies[0].lost.Unix() != 1790000700 {
		t.Errorf("digital passport %+v", p)
	}
	again, err := record.marshal()
	if err != nil || string(again) != string(v.Service) {
		t.Errorf("service record is written as %s, %v", again, err)
	}
	n, err := openDetail(k.journal, v.DetailRaw, vault.ActRead, audit.StageIntent)
	if err != nil {
		t.Fatalf("detail: %v", err)
	}
	if plain, err := json.Marshal(n); err != nil || string(plain) != string(v.Detail) {
		t.Errorf("detail is written as %s, %v", plain, err)
	}
	if _, err := openDetail(k.journal, v.DetailRaw, vault.ActRead, audit.StageOutcome); err == nil {
		t.Error("a detail opened at another stage")
	}
	if _, err := openDetail(k.journal, v.DetailRaw, vault.ActList, audit.StageIntent); err == nil {
		t.Error("a detail opened for another act")
	}
	by, err := seal.ParseVerifyKey(v.SignedBy)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := seal.VerifySigned(v.Signed, seal.SignedReceipt, by)
	if err != nil || string(signed.Payload()) != v.Receipt {
		t.Errorf("receipt: %v", err)
	}
}

// The text of a receipt is the one of FORMAT.md, and its signature is checked
// with the public half alone (L-02).
func TestReceiptText(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	key, err := seal.NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	k := &Keeper{secrets: Secrets{Signing: key}}
	safe, _ := vault.ParseSafeID(vectorSafe) // constants
	doc, _ := vault.ParseDocumentID(vectorDoc)
	facts := seal.Facts{PlainSize: 7, PlainDigest: seal.DigestOf([]byte("bonjour"))}
	r, err := k.receipt(vault.BeginDeposit{Safe: safe}, doc, facts, time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := seal.VerifySigned(r.Signed, seal.SignedReceipt, key.Public())
	if err != nil || string(signed.Payload()) != v.Receipt {
		t.Errorf("receipt is\n%s%v, want\n%s", signed.Payload(), err, v.Receipt)
	}
	back, err := parseReceipts(storedReceipts([]vault.Receipt{r}))
	if err != nil || back[0].SHA256 != r.SHA256 || back[0].Document != doc || !back[0].Time.Equal(r.Time) {
		t.Errorf("a remembered receipt is %v, %v", back, err)
	}
	// L-60: at an address it says the address, and not whose safe that is.
	at, _ := vault.ParseAddressID(vectorAddress)
	if r, err = k.receipt(vault.BeginDeposit{Address: at}, doc, facts, r.Time); err != nil {
		t.Fatal(err)
	}
	signed, err = seal.VerifySigned(r.Signed, seal.SignedReceipt, key.Public())
	if err != nil || string(signed.Payload()) != v.ReceiptAtAddress {
		t.Errorf("receipt is\n%s%v, want\n%s", signed.Payload(), err, v.ReceiptAtAddress)
	}
	back, err = parseReceipts(storedReceipts([]vault.Receipt{r}))
	if err != nil || back[0].Address != at || !back[0].Safe.IsZero() {
		t.Errorf("a remembered receipt is %v, %v", back, err)
	}
}

func FuzzParseService(f *testing.F) {
	f.Add([]byte(readVectors(f).Service))
	f.Add([]byte(`{"v":2,"journal":"","informed":""}`))
	f.Add([]byte(`{"v":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := parseService(b)
		if err != nil {
			return
		}
		if again, err := r.marshal(); err != nil || string(again) != string(b) {
			t.Errorf("%s became %s, %v", b, again, err)
		}
	})
}

// Whatever bytes stand in a leaf, without the key nothing opens.
func FuzzOpenDetail(f *testing.F) {
	v := readVectors(f)
	k := vectorKeeper(f, v)
	f.Add(v.DetailRaw, uint16(vault.ActRead), uint8(audit.StageIntent))
	f.Add([]byte{}, uint16(0), uint8(0))
	f.Fuzz(func(t *testing.T, raw []byte, act uint16, stage uint8) {
		_, err := openDetail(k.journal, raw, vault.Act(act), audit.Stage(stage))
		genuine := string(raw) == string(v.DetailRaw) && act == uint16(vault.ActRead) && stage == uint8(audit.StageIntent)
		if (err == nil) != genuine {
			t.Errorf("%d bytes for act %d: %v", len(raw), act, err)
		}
	})
}

func FuzzParseReceipts(f *testing.F) {
	f.Add([]byte(`[{"Safe":"` + vectorSafe + `","Document":"` + vectorDoc + `","Size":7,"SHA256":"00","Time":1,"Signed":"AA=="}]`))
	f.Add([]byte(`[{"Safe":"` + vectorSafe + `","Document":"` + vectorDoc + `","Size":7,"SHA256":"` + seal.DigestOf(nil).String() + `","Time":1,"Signed":"AA=="}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var all []receiptJSON
		if json.Unmarshal(b, &all) != nil {
			return
		}
		parsed, err := parseReceipts(all)
		if err != nil {
			return
		}
		for i, j := range storedReceipts(parsed) {
			if j.Safe != all[i].Safe || j.Document != all[i].Document || j.SHA256 != all[i].SHA256 || j.Time != all[i].Time {
				t.Errorf("receipt %d reads back as another", i)
			}
		}
	})
}
