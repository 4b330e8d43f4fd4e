package rpc

import (
	"strings"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// page is one copy in the words of the catalogue.
func (s *passportService) page(p vault.PassportPrint) prints.Passport {
	page := prints.Passport{
		Letterhead: letterhead(p.Structure, p.Discretion), Form: p.Form, Person: p.Person, Number: p.Number.String(),
		Cycle: p.Cycle, Portal: s.portal, Address: p.Address,
	}
	page.Nature = p.Nature
	bodies := map[string]bool{}
	for _, m := range p.Memos {
		page.Memos = append(page.Memos, s.printed(m))
		info, err := s.kinds.Body(papers.Body(m.Memo.Body))
		if err != nil || bodies[m.Memo.Body] {
			continue // a body of the person's own, or one that was spoken of
		}
		bodies[m.Memo.Body] = true
		for _, trap := range info.Traps {
			page.Traps = append(page.Traps, info.Label+". "+trap.Say)
		}
		page.Access = append(page.Access, prints.Help{Body: info.Label, Say: info.Lost})
	}
	return page
}

// printed is one memo.
func (s *passportService) printed(m vault.PrintedMemo) prints.PassportMemo {
	out := prints.PassportMemo{
		Body: s.bodyName(m.Memo), Hint: m.Memo.Hint, Discloses: m.Discloses, Identifiers: s.identifiers(m.Memo), Without: m.Memo.Changed == "",
	}
	if m.Memo.Provider != "" {
		out.With = s.bodyName(vault.Memo{Body: m.Memo.Provider})
	}
	if m.Discloses == vault.DiscloseSecret && !m.Secret.IsZero() {
		out.Secret = m.Secret
	}
	for _, o := range m.Others {
		out.Others = append(out.Others, prints.LabelledSecret{Label: s.fieldLabel(m.Memo.Body, o.Label), Secret: o.Secret})
	}
	return out
}

// fieldLabel is what a thing written down about a body is called: as the catalogue
// has it, or in the person's words.
func (s *passportService) fieldLabel(body, name string) string {
	info, _ := s.kinds.Body(papers.Body(body)) // one that there is not has no fields
	if f, err := info.Field(name); err == nil {
		return short(f.Label)
	}
	return name
}

// identifiers are the login, which a body's first field names, and the other
// numbers.
func (s *passportService) identifiers(m vault.Memo) (all []prints.Identifier) {
	info, _ := s.kinds.Body(papers.Body(m.Body)) // one that there is not has no fields
	login := papers.FieldInfo{Label: string(texts.PassportLogin)}
	for _, f := range info.Fields {
		if !f.Secret && !f.Never {
			login = f
			break
		}
	}
	if m.Login != "" {
		all = append(all, prints.Identifier{Label: short(login.Label), Value: legible(login, m.Login)})
	}
	for _, n := range m.Numbers {
		f, _ := info.Field(n.Name) // one that there is not says nothing of its form
		all = append(all, prints.Identifier{Label: s.fieldLabel(m.Body, n.Name), Value: legible(f, n.Value)})
	}
	return all
}

// short is a label without what it explains in brackets: paper is small.
func short(label string) string {
	before, _, _ := strings.Cut(label, " (")
	return before
}

// bodyName is what people call the body of a memo. One that the catalogue has no
// more keeps its code.
func (s *passportService) bodyName(m vault.Memo) string {
	if m.Name != "" {
		return m.Name
	}
	if info, err := s.kinds.Body(papers.Body(m.Body)); err == nil {
		return info.Label
	}
	return m.Body
}

// lost is what to do about a copy that is lost.
func (s *passportService) lost(l vault.LostCopy) prints.LostCopy {
	page := prints.LostCopy{Letterhead: letterhead(l.Structure, l.Discretion), Number: l.Number.String()}
	bodies := map[string]bool{}
	for _, m := range l.Memos {
		page.Memos = append(page.Memos, prints.LostMemo{Body: s.bodyName(m.Memo), Discloses: m.Discloses, Codes: m.Codes, Changed: m.Changed})
		if info, err := s.kinds.Body(papers.Body(m.Memo.Body)); err == nil && !bodies[m.Memo.Body] {
			bodies[m.Memo.Body] = true
			page.Access = append(page.Access, prints.Help{Body: info.Label, Say: info.Lost})
		}
	}
	return page
}
