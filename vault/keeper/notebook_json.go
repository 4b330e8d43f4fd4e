package keeper

import (
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/vault"
)

// A notebookJSON is the destruction of an office notebook in a structure's record,
// and while it waits for its second agent (FORMAT.md): counts, and no person.
type notebookJSON struct {
	Notebook string `json:"notebook"`
	Moved    int    `json:"moved"`
	Left     int    `json:"left,omitempty"`
	Day      string `json:"day"`
	Place    string `json:"place"`
	Signed   int64  `json:"signed,omitempty"`
	Agent    string `json:"agent,omitempty"`
	Witness  string `json:"witness,omitempty"`
}

func toNotebook(n vault.Notebook) notebookJSON {
	j := notebookJSON{Notebook: n.ID.String(), Moved: n.Moved, Left: n.Left, Day: n.Day, Place: n.Place, Signed: unixOf(n.Signed)}
	if !n.Agent.IsZero() {
		j.Agent = n.Agent.String()
	}
	if !n.Witness.IsZero() {
		j.Witness = n.Witness.String()
	}
	return j
}

func toNotebooks(all []vault.Notebook) (out []notebookJSON) {
	for _, n := range all {
		out = append(out, toNotebook(n))
	}
	return out
}

func fromNotebook(j notebookJSON) (vault.Notebook, error) {
	n := vault.Notebook{Moved: j.Moved, Left: j.Left, Day: j.Day, Place: j.Place, Signed: timeOf(j.Signed)}
	var errs []error
	read(&errs, &n.ID, j.Notebook, vault.ParseNotebookID)
	read(&errs, &n.Agent, j.Agent, vault.ParseAgentID)
	read(&errs, &n.Witness, j.Witness, vault.ParseAgentID)
	return n, errors.Join(append(errs, checkNotebook(n))...)
}

func fromNotebooks(all []notebookJSON) (out []vault.Notebook, err error) {
	for i, j := range all {
		n, err := fromNotebook(j)
		if err == nil && (n.Signed.IsZero() || n.Agent.IsZero() || n.Witness.IsZero() || n.Agent == n.Witness) {
			err = errors.New("not signed by two agents")
		}
		if err != nil {
			return nil, fmt.Errorf("notebook %d: %w", i, err)
		}
		out = append(out, n)
	}
	return out, nil
}

// checkNotebook holds what is declared against its bounds.
func checkNotebook(n vault.Notebook) error {
	_, err := time.Parse(time.DateOnly, n.Day)
	switch {
	case n.ID.IsZero():
		return invalid("notebook", "le numéro d'un cahier")
	case n.Moved < 0 || n.Moved > vault.MaxNotebookLines:
		return invalid("moved", "un nombre de lignes, 10 000 au plus")
	case n.Left < 0 || n.Left > vault.MaxNotebookLines || n.Moved+n.Left == 0:
		return invalid("left", "un nombre de lignes, 10 000 au plus ; pas zéro en tout")
	case err != nil:
		return invalid("date", "un jour AAAA-MM-JJ, aujourd'hui au plus tard")
	case !plainText(n.Place, 1, vault.MaxNotebookPlace):
		return invalid("place", "où et comment, en 200 caractères au plus, sans nom de personne")
	}
	return nil
}
