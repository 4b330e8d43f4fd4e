package keeper

import (
	"fmt"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// receipt makes the service's signed word for one deposit (L-02): text that a
// person can read, in the envelope of vault/seal (FORMAT.md). It names the safe
// as the depositor did.
func (k *Keeper) receipt(act vault.BeginDeposit, doc vault.DocumentID, f seal.Facts, at time.Time) (vault.Receipt, error) {
	where := "safe " + act.Safe.String()
	if !act.Address.IsZero() {
		where = "address " + act.Address.String()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "coffre/receipt/v1\n%s\ndocument %s\nsize %d\nsha256 %s\ntime %s\n",
		where, doc, f.PlainSize, f.PlainDigest, at.Format(time.RFC3339))
	signed, err := k.secrets.Signing.Sign(seal.SignedReceipt, []byte(b.String()))
	if err != nil {
		return vault.Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	return vault.Receipt{
		Safe: act.Safe, Address: act.Address, Document: doc, Size: f.PlainSize, SHA256: f.PlainDigest, Time: at, Signed: signed.Bytes(),
	}, nil
}

// receiptJSON is a receipt as it is remembered for a retry.
type receiptJSON struct {
	Safe, Address, Document string
	Size                    int64
	SHA256                  string
	Time                    int64
	Signed                  []byte
}

func storedReceipts(all []vault.Receipt) []receiptJSON {
	out := make([]receiptJSON, len(all))
	for i, r := range all {
		out[i] = receiptJSON{idText(r.Safe), idText(r.Address), r.Document.String(), r.Size, r.SHA256.String(), r.Time.Unix(), r.Signed}
	}
	return out
}

func parseReceipts(all []receiptJSON) ([]vault.Receipt, error) {
	out := make([]vault.Receipt, len(all))
	for i, j := range all {
		var p idParser
		safe, address := parseID(&p, j.Safe, vault.ParseSafeID), parseID(&p, j.Address, vault.ParseAddressID)
		if p.err != nil {
			return nil, fmt.Errorf("receipt: %w", p.err)
		}
		if safe.IsZero() && address.IsZero() {
			return nil, fmt.Errorf("receipt for nowhere: %w", vault.ErrID)
		}
		doc, err := vault.ParseDocumentID(j.Document)
		if err != nil {
			return nil, fmt.Errorf("receipt: %w", err)
		}
		digest, err := seal.ParseDigest(j.SHA256)
		if err != nil {
			return nil, fmt.Errorf("receipt: %w", err)
		}
		out[i] = vault.Receipt{Safe: safe, Address: address, Document: doc, Size: j.Size, SHA256: digest, Time: time.Unix(j.Time, 0).UTC(), Signed: j.Signed}
	}
	return out, nil
}
