package keeper

import "github.com/coffre-fort/coffre/vault"

// passportJSON is a digital passport in a service record (FORMAT.md).
type passportJSON struct {
	Number string     `json:"number"`
	Since  int64      `json:"since"`
	Copies []copyJSON `json:"copies,omitempty"`
}

type copyJSON struct {
	Number  int              `json:"number"`
	Address string           `json:"address,omitempty"`
	Form    string           `json:"form"`
	Since   int64            `json:"since"`
	By      string           `json:"by,omitempty"`
	Memos   []copiedMemoJSON `json:"memos"`
	Lost    int64            `json:"lost,omitempty"`
}

type copiedMemoJSON struct {
	Document  string   `json:"document"`
	Discloses string   `json:"discloses,omitempty"` // absent: the identifiers alone
	Others    []uint32 `json:"others,omitempty"`    // slots
}

// json is nil for none.
func (p passport) json() *passportJSON {
	if p.number.IsZero() {
		return nil
	}
	j := &passportJSON{Number: string(p.number), Since: p.since.Unix()}
	for _, c := range p.copies {
		one := copyJSON{
			Number: c.number, Address: idText(c.address), Form: c.form.String(), Since: c.since.Unix(), By: idText(c.by), Lost: unixOf(c.lost),
		}
		for _, m := range c.memos {
			memo := copiedMemoJSON{Document: m.document.String(), Others: m.others}
			if m.discloses != vault.DiscloseLogin {
				memo.Discloses = m.discloses.String()
			}
			one.Memos = append(one.Memos, memo)
		}
		j.Copies = append(j.Copies, one)
	}
	return j
}

func (j *passportJSON) passport(p *idParser) (out passport) {
	if j == nil {
		return out
	}
	out = passport{number: parseID(p, j.Number, vault.ParsePassportNumber), since: timeOf(j.Since)}
	for _, c := range j.Copies {
		one := passportCopy{
			number: c.Number, address: parseID(p, c.Address, vault.ParseAddressID), form: parseID(p, c.Form, vault.ParsePassportForm),
			since: timeOf(c.Since), by: parseID(p, c.By, vault.ParseAgentID), lost: timeOf(c.Lost),
		}
		for _, m := range c.Memos {
			one.memos = append(one.memos, copiedMemo{parseID(p, m.Document, vault.ParseDocumentID), parseID(p, m.Discloses, vault.ParseDisclosure), m.Others})
		}
		out.copies = append(out.copies, one)
	}
	if err := out.check(); p.err == nil {
		p.err = err
	}
	return out
}
