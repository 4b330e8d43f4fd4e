package keeper

import (
	"fmt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// described is a document with what only its safe's keys reveal of it.
type described struct {
	id          vault.DocumentID
	description chain.Description
	key         seal.FileKey
}

func toChain(d vault.Description) chain.Description {
	return chain.Description{
		Title: d.Title, FileName: d.FileName, Drawer: string(d.Drawer), Kind: string(d.Kind),
		DocumentDate: d.DocumentDate, Expires: d.ExpireDate, Whose: d.Whose, Original: d.OriginalPlace,
	}
}

func fromDescription(d chain.Description) vault.Description {
	return vault.Description{
		Title: d.Title, FileName: d.FileName, Drawer: papers.Drawer(d.Drawer), Kind: papers.Kind(d.Kind),
		DocumentDate: d.DocumentDate, ExpireDate: d.Expires, Whose: d.Whose, OriginalPlace: d.Original,
		Memo: fromMemo(d.Memo),
	}
}

// sealDescription seals a description to the safe; it needs no secret.
func sealDescription(safe vault.SafeID, doc vault.DocumentID, d chain.Description, to seal.Recipient) ([]byte, error) {
	plain, err := d.Marshal()
	if err != nil {
		return nil, fmt.Errorf("description: %w", err)
	}
	c, err := seal.Seal(plain, descriptionBinding(safe, doc), to)
	if err != nil {
		return nil, fmt.Errorf("description: %w", err)
	}
	return c.Bytes(), nil
}

// describedIn opens a document's description with the identities of an unlocked
// session, and remembers it there.
func (k *Keeper) describedIn(o *opened, safe vault.SafeID, d chain.Document) (chain.Description, error) {
	digest := seal.DigestOf(d.Description)
	k.unlocked.mu.Lock()
	full, ok := o.seen[digest]
	k.unlocked.mu.Unlock()
	if ok {
		return full, nil
	}
	identity, ok := o.ids[d.DescriptionEpoch]
	if !ok {
		return chain.Description{}, fmt.Errorf("epoch %d: %w", d.DescriptionEpoch, seal.ErrNoKey)
	}
	plain, err := identity.Open(d.Description, descriptionBinding(safe, d.ID))
	if err != nil {
		return chain.Description{}, fromSeal(err)
	}
	full, err = chain.ParseDescription(plain.Reveal())
	if err != nil {
		return chain.Description{}, fromSeal(err)
	}
	k.unlocked.mu.Lock()
	o.seen[digest] = full
	k.unlocked.mu.Unlock()
	return full, nil
}

// entrustedNow are the documents that the service may open with a PIN: those
// that a live agreement has pieces of, whatever drawer they are said to lie in.
func (s *safe) entrustedNow() map[vault.DocumentID]bool {
	state, in := s.now(), map[vault.DocumentID]bool{}
	for _, e := range s.current().entrust {
		for p := range state.Pieces(e.bundle) {
			for _, doc := range p.Documents {
				in[doc] = true
			}
		}
	}
	return in
}

// entrusted reports whether the service may open a document with a PIN.
func (s *safe) entrusted(doc vault.DocumentID) bool { return !doc.IsZero() && s.entrustedNow()[doc] }

// toDocument is what the owner sees of a document.
func toDocument(d chain.Document, full chain.Description, in map[vault.DocumentID]bool) vault.Document {
	return vault.Document{
		ID: d.ID, Description: fromDescription(full), MediaType: vault.MediaType(full.Type),
		Size: full.Size, SHA256: full.Digest, Created: d.Time, Depositor: full.Function, Entrusted: in[d.ID],
	}
}
