package link

import (
	"time"

	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	"github.com/coffre-fort/coffre/vault"
)

// writeReleased writes the file key of a release: wipe is to be called when the
// message was sent.
func writeReleased(rel vault.Release) (m *keeperv1.Released, wipe func()) {
	key, d := rel.FileKey.ExportFileKey(), rel.Document
	m = keeperv1.Released_builder{
		Document: keeperv1.Document_builder{
			Document: d.ID[:], Description: writeDescription(d.Description), MediaType: string(d.MediaType), Size: d.Size,
			Sha256: d.SHA256[:], Created: d.Created.UnixNano(), Depositor: d.Depositor, Entrusted: d.Entrusted,
		}.Build(),
		FileKey: key.Reveal(), Binding: rel.Binding.String(),
	}.Build()
	if rel.Inline != nil {
		m.SetInline(rel.Inline)
	} else {
		m.SetKey(string(rel.Key))
		m.SetStored(writeStored(rel.Stored))
	}
	return m, key.Wipe
}

func (r *reader) released(m *keeperv1.Released) vault.Release {
	d := m.GetDocument()
	rel := vault.Release{
		Document: vault.Document{
			ID: readID[vault.DocumentID](r, d.GetDocument()), Description: r.description(d.GetDescription()),
			MediaType: vault.MediaType(r.text(d.GetMediaType())), Size: r.size(d.GetSize()), SHA256: r.digest(d.GetSha256()),
			Created: time.Unix(0, d.GetCreated()).UTC(), Depositor: r.text(d.GetDepositor()), Entrusted: d.GetEntrusted(),
		},
		FileKey: r.fileKey(m.GetFileKey()), Binding: r.binding(m.GetBinding()),
	}
	rel.Key, rel.Inline = r.place(m.GetKey(), m.GetInline())
	if rel.Inline == nil {
		rel.Stored = r.stored(m.GetStored())
	} else if m.HasStored() {
		r.fail("two places")
	}
	return rel
}

func writeInspected(in vault.Inspection) *keeperv1.Inspected {
	m := keeperv1.Inspected_builder{Inline: in.Inline, Stored: writeStored(in.Stored)}.Build()
	if in.Inline == nil {
		m.SetKey(string(in.Key))
	}
	return m
}

func (r *reader) inspected(m *keeperv1.Inspected) (in vault.Inspection) {
	in.Key, in.Inline = r.place(m.GetKey(), m.GetInline())
	in.Stored = r.stored(m.GetStored())
	return in
}

func (r *reader) leased(m *keeperv1.Leased) time.Duration {
	if n := time.Duration(m.GetRemaining()); n < 0 || n > vault.LeaseTime {
		r.fail("lease")
		return 0
	}
	return time.Duration(m.GetRemaining())
}
