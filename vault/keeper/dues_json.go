package keeper

import (
	"errors"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// dueJSON is all that the service keeps of what falls due.
type dueJSON struct {
	ID  string `json:"id"`
	Day string `json:"day"`
}

// keptDues reads the days that are kept: each with an id of its own, soonest first.
func keptDues(p *idParser, all []dueJSON) (dues []due) {
	if len(all) > vault.MaxDues {
		p.fail(errors.New("days that fall due: too many"))
	}
	seen := make(map[vault.DueID]bool, len(all))
	for _, d := range all {
		one := due{parseID(p, d.ID, vault.ParseDueID), parseID(p, d.Day, papers.ParseDay)}
		if one.id.IsZero() || one.day.IsZero() || seen[one.id] || len(dues) > 0 && one.day.Before(dues[len(dues)-1].day) {
			p.fail(errors.New("days that fall due: a day or an id twice, missing or out of order"))
		}
		seen[one.id] = true
		dues = append(dues, one)
	}
	return dues
}

func duesJSON(all []due) (out []dueJSON) {
	for _, d := range all {
		out = append(out, dueJSON{d.id.String(), d.day.String()})
	}
	return out
}
