package keeper

import (
	"errors"

	"github.com/coffre-fort/coffre/vault"
)

type kitJSON struct {
	ID      string   `json:"id,omitempty"`
	Sheets  []string `json:"sheets,omitempty"`
	Printer string   `json:"printer,omitempty"`
	Since   int64    `json:"since,omitempty"`
	Used    int64    `json:"used,omitempty"`
}

type kitOpeningJSON struct {
	Since int64  `json:"since"`
	Due   int64  `json:"due"`
	Asked string `json:"asked,omitempty"`
}

func (k kit) json() *kitJSON {
	if k == (kit{}) {
		return nil
	}
	j := &kitJSON{ID: idText(k.id), Printer: idText(k.printer), Since: unixOf(k.since), Used: unixOf(k.used)}
	if !k.isZero() {
		for _, id := range k.sheets {
			j.Sheets = append(j.Sheets, id.String())
		}
	}
	return j
}

func (j *kitJSON) kit(p *idParser) (k kit) {
	if j == nil {
		return k
	}
	k = kit{
		id: parseID(p, j.ID, vault.ParseKitID), printer: parseID(p, j.Printer, vault.ParseAgentID),
		since: timeOf(j.Since), used: timeOf(j.Used),
	}
	want := 0
	if !k.isZero() {
		want = vault.KitSheets
	}
	if len(j.Sheets) != want {
		p.fail(errors.New("sheets of a kit"))
		return k
	}
	for i, id := range j.Sheets {
		k.sheets[i] = parseID(p, id, vault.ParseKitSheetID)
	}
	return k
}

func (o kitOpening) json() *kitOpeningJSON {
	if o.isZero() {
		return nil
	}
	return &kitOpeningJSON{o.since.Unix(), o.due.Unix(), idText(o.asked)}
}

func (j *kitOpeningJSON) opening(p *idParser) kitOpening {
	if j == nil {
		return kitOpening{}
	}
	return kitOpening{timeOf(j.Since), timeOf(j.Due), parseID(p, j.Asked, vault.ParseAgentID)}
}
