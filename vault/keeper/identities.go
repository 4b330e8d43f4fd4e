package keeper

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// ErrNotDev refuses what only fictitious data may be asked for.
var ErrNotDev = errors.New("keeper: only for a vault that is marked DEV")

// WriteIdentities writes the chain of identities by which the stock age tool
// opens the papers of one safe: master, code sheet, safe. It is refused unless
// the vault is marked DEV; for a real one operations.md says how to get
// everything back with the sheets that people hold.
func (k *Keeper) WriteIdentities(ctx context.Context, out io.Writer, id vault.SafeID, code seal.Code) error {
	v := k.vaultState()
	if v.Realm() != chain.RealmDev {
		return ErrNotDev
	}
	s, err := k.safe(ctx, id)
	if err != nil {
		return err
	}
	defer k.unpin(s)
	// Nothing is revealed that is not in the person's journal.
	raw, err := k.sealDetail(s, detail{Safe: id.String(), Actor: actorService}, vault.ActUnlock, audit.StageFact)
	if err != nil {
		return err
	}
	rec := audit.Record{Op: audit.Op(vault.ActUnlock), Subjects: []audit.TagKey{s.record().tagKey()}, Detail: raw}
	if _, err := k.trail.Note(ctx, rec, audit.ResultDone); err != nil {
		return fromTrail(err)
	}
	state := s.now()
	for way := range state.Ways() {
		if way.Kind != chain.WaySheet {
			continue
		}
		sheet, err := k.derive(ctx, code, way.ID)
		if err != nil {
			return err
		}
		if sheet.Recipient() != way.Recipient {
			continue
		}
		ids, err := k.openWay(ctx, id, state, way, sheet)
		if err != nil {
			return err
		}
		return writeIdentities(out, k.secrets.Master, sheet, ids, state)
	}
	return vault.ErrCode
}

func writeIdentities(out io.Writer, master, sheet *seal.Identity, ids identities, state chain.Safe) error {
	_, err := fmt.Fprintf(out, "# master: opens the outside of k/, and b/*/key\n%s\n# code sheet: opens the inside of k/\n%s\n",
		master.Text().Reveal(), sheet.Text().Reveal())
	for _, e := range state.Epochs() {
		if err != nil {
			break
		}
		if identity, ok := ids[e.Number]; ok {
			_, err = fmt.Fprintf(out, "# safe, epoch %d: opens o/\n%s\n", e.Number, identity.Text().Reveal())
		}
	}
	if err != nil {
		return fmt.Errorf("identities: %w", err)
	}
	return nil
}
