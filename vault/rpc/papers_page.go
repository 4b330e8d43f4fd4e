package rpc

import (
	"strings"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// fillBring puts a slip onto its page. What the person has is on it as well: it
// is to be brought. Every list says where it comes from, and a structure's own
// since when.
func fillBring(page *prints.Bring, made papers.Slip, sight vault.Sight, general bool) {
	for _, l := range made.Lines {
		note := texts.BringLine(l)[2:] // without whose and what, which have their places
		for _, place := range originals(l, sight) {
			note = append(note, texts.OriginalAt.With("place", place))
		}
		page.Lines = append(page.Lines, prints.BringLine{Paper: l.Piece.Say, Whose: l.Member.Whose, Note: strings.Join(note, " · ")})
	}
	if general {
		page.Notes = append(page.Notes, string(texts.BringGeneral))
	}
	if len(made.Strangers) > 0 {
		page.Notes = append(page.Notes, string(texts.BringStranger))
	}
	for _, n := range made.Pack.Notes {
		page.Notes = append(page.Notes, n.Say)
	}
	from := made.Pack.Provenance
	page.Source = from.Source.Name
	if from.Local {
		page.Notes = append(page.Notes, texts.BringLocal.With("day", texts.Day(from.Source.Date, nil)))
	}
}
