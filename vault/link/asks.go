package link

import (
	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// What a node asks: written by it, read by the keeper.

func writeBegin(act vault.BeginDeposit) *keeperv1.BeginDeposit {
	return keeperv1.BeginDeposit_builder{
		Request: writeID(act.Request), Safe: writeID(act.Safe), Address: writeID(act.Address),
	}.Build()
}

// begin leaves it to the keeper what has to be set.
func (r *reader) begin(m *keeperv1.BeginDeposit) vault.BeginDeposit {
	return vault.BeginDeposit{
		Request: readOptional[vault.RequestID](r, m.GetRequest()), Safe: readOptional[vault.SafeID](r, m.GetSafe()),
		Address: readOptional[vault.AddressID](r, m.GetAddress()),
	}
}

func writePlace(act vault.Deposit) *keeperv1.Place {
	return keeperv1.Place_builder{
		Description: writeDescription(act.Description), MediaType: string(act.MediaType), Size: act.Size,
	}.Build()
}

// item reads a content's description; the keeper itself checks what it says.
func (r *reader) item(m *keeperv1.Place) vault.Deposit {
	return vault.Deposit{
		Description: r.description(m.GetDescription()), MediaType: vault.MediaType(r.text(m.GetMediaType())), Size: r.size(m.GetSize()),
	}
}

// writeCommit writes the file keys of contents: wipe is to be called when the
// message was sent.
func writeCommit(contents []vault.Content) (m *keeperv1.CommitDeposit, wipe func()) {
	all, keys := make([]*keeperv1.Content, len(contents)), make([]seal.Secret, len(contents))
	for i, c := range contents {
		keys[i] = c.Facts.FileKey.ExportFileKey()
		all[i] = keeperv1.Content_builder{
			Stored: writeStored(c.Facts.Stored), PlainSize: c.Facts.PlainSize, PlainDigest: c.Facts.PlainDigest[:],
			FileKey: keys[i].Reveal(), Inline: c.Inline,
		}.Build()
	}
	return keeperv1.CommitDeposit_builder{Contents: all}.Build(), func() {
		for _, k := range keys {
			k.Wipe()
		}
	}
}

func (r *reader) contents(m *keeperv1.CommitDeposit) []vault.Content {
	if n := len(m.GetContents()); n > vault.MaxBatch {
		r.fail("more contents than a deposit has")
		return nil
	}
	all := make([]vault.Content, len(m.GetContents()))
	for i, c := range m.GetContents() {
		all[i] = vault.Content{
			Facts: seal.Facts{
				Stored: r.stored(c.GetStored()), PlainSize: r.size(c.GetPlainSize()), PlainDigest: r.digest(c.GetPlainDigest()),
				FileKey: r.fileKey(c.GetFileKey()),
			},
		}
		if len(c.GetInline()) > 0 {
			all[i].Inline = r.inline(c.GetInline())
		}
	}
	return all
}
