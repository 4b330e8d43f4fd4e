package keeper

import (
	"fmt"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// receipt makes the service's signed word for one deposit (L-02): text that a
// person can read, in the envelope of vault/seal (FORMAT.md).
func (k *Keeper) receipt(safe vault.SafeID, doc vault.DocumentID, f seal.Facts, at time.Time) (vault.Receipt, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "coffre/receipt/v1\nsafe %s\ndocument %s\nsize %d\nsha256 %s\ntime %s\n",
		safe, doc, f.PlainSize, f.PlainDigest, at.Format(time.RFC3339))
	signed, err := k.secrets.Signing.Sign(seal.SignedReceipt, []byte(b.String()))
	if err != nil {
		return vault.Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	return vault.Receipt{
		Safe: safe, Document: doc, Size: f.PlainSize, SHA256: f.PlainDigest, Time: at, Signed: signed.Bytes(),
	}, nil
}

// receiptJSON is a receipt as it is remembered for a retry.
type receiptJSON struct {
	Safe, Document string
	Size           int64
	SHA256         string
	Time           int64
	Signed         []byte
}

func storedReceipts(all []vault.Receipt) []receiptJSON {
	out := make([]receiptJSON, len(all))
	for i, r := range all {
		out[i] = receiptJSON{r.Safe.String(), r.Document.String(), r.Size, r.SHA256.String(), r.Time.Unix(), r.Signed}
	}
	return out
}

func parseReceipts(all []receiptJSON) ([]vault.Receipt, error) {
	out := make([]vault.Receipt, len(all))
	for i, j := range all {
		safe, err := vault.ParseSafeID(j.Safe)
		if err != nil {
			return nil, fmt.Errorf("receipt: %w", err)
		}
		doc, err := vault.ParseDocumentID(j.Document)
		if err != nil {
			return nil, fmt.Errorf("receipt: %w", err)
		}
		digest, err := seal.ParseDigest(j.SHA256)
		if err != nil {
			return nil, fmt.Errorf("receipt: %w", err)
		}
		out[i] = vault.Receipt{Safe: safe, Document: doc, Size: j.Size, SHA256: digest, Time: time.Unix(j.Time, 0).UTC(), Signed: j.Signed}
	}
	return out, nil
}
