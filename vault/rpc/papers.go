package rpc

import (
	"context"
	"time"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/prints"
	"github.com/coffre-fort/coffre/vault/texts"
)

// papersService answers what papers are for, by the catalogue that the service
// runs with. What the caller sees is the keeper's word; the advice is worked out
// here, and nothing of it is kept. It is in the files whose names begin with
// papers.
type papersService struct {
	coffrev1.UnsafePapersServiceServer
	vault *vault.Vault
	kinds *papers.Catalogue
	pages *pages
	// health says that papers about somebody's health are taken.
	health bool
	// catalogue answers GetCatalogue, always with the same message: nobody writes to it.
	catalogue func() (*coffrev1.GetCatalogueResponse, error)
}

var _ coffrev1.PapersServiceServer = (*papersService)(nil)

// today is the day where the service is.
func today() papers.Day { return papers.DayOf(time.Now().In(texts.Metropolitan())) }

// members reads a household; with nobody said, ok is false. Anybody may send one:
// what is too long is not looked at.
func (f *fields) members(all []*coffrev1.HouseholdMember) (of papers.Household, ok bool) {
	if len(all) > papers.MaxHousehold {
		f.refuse("members", texts.RuleMembers)
		return of, false
	}
	others := make([]papers.Member, len(all))
	for i, m := range all {
		others[i] = papers.Member{
			Whose: f.line("members", m.GetWhose(), vault.MaxWhose, texts.RuleWhose),
			Role:  relationWords.parse(f, "members", m.GetRelation()),
		}
		if born := int(m.GetBirthYear()); born != 0 {
			if born < firstBirth || born > today().Year() {
				f.refuse("members", texts.RuleBirthYear)
			}
			others[i].Born = born
		}
	}
	if f.err() != nil {
		return of, false
	}
	of, err := papers.NewHousehold(others...)
	if err != nil {
		f.refuse("members", texts.RuleMembers)
	}
	return of, len(all) > 0
}

const firstBirth = 1900 // the first year of birth of somebody who lives

// A bringing is a request for a slip.
type bringing struct {
	look vault.Look // without a safe: the general list
	of   papers.Household
	told bool // the household was told
}

func (f *fields) bringing(safe, purpose string, members []*coffrev1.HouseholdMember, kinds *papers.Catalogue) (b bringing) {
	if safe != "" {
		b.look.Safe = f.safe(safe)
	}
	b.look.Purpose = parsed(f, "purpose", purpose, texts.RulePurpose, func(s string) (papers.Purpose, error) {
		pack, err := kinds.Pack(papers.Purpose(s))
		return pack.Purpose, err
	})
	b.of, b.told = f.members(members)
	return b
}

func (s *papersService) GetGeneralList(_ context.Context, req *coffrev1.GetGeneralListRequest) (*coffrev1.GetGeneralListResponse, error) {
	var f fields
	b := f.bringing("", req.GetPurpose(), req.GetMembers(), s.kinds)
	if err := f.err(); err != nil {
		return nil, err
	}
	made, err := s.kinds.Bring(b.look.Purpose, b.of, papers.Sight{}, today())
	if err != nil {
		return nil, err
	}
	return coffrev1.GetGeneralListResponse_builder{Slip: slip(made, nil)}.Build(), nil
}

func parseBring(req *coffrev1.BringRequest, kinds *papers.Catalogue) (bringing, error) {
	var f fields
	b := f.bringing(req.GetSafe(), req.GetPurpose(), req.GetMembers(), kinds)
	if req.GetSafe() == "" {
		f.refuse("safe", texts.RuleID)
	}
	return b, f.err()
}

func (s *papersService) Bring(ctx context.Context, req *coffrev1.BringRequest) (*coffrev1.BringResponse, error) {
	b, err := parseBring(req, s.kinds)
	if err != nil {
		return nil, err
	}
	made, sight, err := bring(ctx, s.vault, s.kinds, b)
	if err != nil {
		return nil, err
	}
	return coffrev1.BringResponse_builder{Slip: slip(made, &sight)}.Build(), nil
}

// bring makes a slip from what the caller sees.
func bring(ctx context.Context, v *vault.Vault, kinds *papers.Catalogue, b bringing) (papers.Slip, vault.Sight, error) {
	sight, err := v.Look(ctx, caller(ctx), b.look)
	if err != nil {
		return papers.Slip{}, sight, err
	}
	see := papers.Sight{Kinds: sight.Kinds}
	for _, d := range sight.Documents {
		see.Papers = append(see.Papers, d.Description.Paper(kinds))
	}
	if !b.told {
		b.of = papers.HouseholdOf(see.Papers)
	}
	made, err := kinds.Bring(b.look.Purpose, b.of, see, today())
	return made, sight, err
}

// slip is a slip as its reader gets it; without a sight it is a general list.
func slip(made papers.Slip, sight *vault.Sight) *coffrev1.Slip {
	b := coffrev1.Slip_builder{
		Purpose: new(string(made.Purpose.Code)), Label: &made.Purpose.Label, Body: &made.Purpose.Body, Date: new(made.Day.String()),
		General: new(sight == nil), Source: paperSource(made.Pack.Provenance),
	}
	if sight == nil {
		sight = &vault.Sight{}
	}
	for _, l := range made.Lines {
		b.Lines = append(b.Lines, slipLine(l, *sight))
	}
	for _, i := range made.Strangers {
		b.Strangers = append(b.Strangers, sight.Documents[i].ID.String())
	}
	for _, n := range made.Pack.Notes {
		b.Notes = append(b.Notes, n.Say)
	}
	return b.Build()
}

func slipLine(l papers.Line, sight vault.Sight) *coffrev1.SlipLine {
	places := originals(l, sight)
	b := coffrev1.SlipLine_builder{
		Piece: &l.Piece.Code, Say: &l.Piece.Say, Pictogram: new(string(l.Pictogram)), Whose: &l.Member.Whose,
		Relation: new(relationOf(l.Member.Role)), State: new(pieceStateWords.of(l.State)), UntilDate: dateOf(l.Until),
		If: &l.If, Ask: &l.Ask, OriginalPlaces: places, Texts: texts.BringLine(l),
	}
	for _, place := range places {
		b.Texts = append(b.Texts, texts.OriginalAt.With("place", place))
	}
	for _, m := range l.Lacking {
		b.LackingMonths = append(b.LackingMonths, m.String()[:len("2006-01")])
	}
	for _, i := range l.Papers {
		b.Documents = append(b.Documents, sight.Documents[i].ID.String())
	}
	return b.Build()
}

// originals are where the originals of a line's papers lie, each place once.
func originals(l papers.Line, sight vault.Sight) (places []string) {
	seen := map[string]bool{"": true}
	for _, i := range l.Papers {
		if place := sight.Documents[i].Description.OriginalPlace; !seen[place] {
			seen[place] = true
			places = append(places, place)
		}
	}
	return places
}

func relationOf(r papers.Role) coffrev1.Relation {
	if r == papers.Me {
		return coffrev1.Relation_RELATION_SELF
	}
	return relationWords.of(r)
}

// dateOf writes a day; nothing for none.
func dateOf(d papers.Day) *string {
	if d.IsZero() {
		return nil
	}
	return new(d.String())
}

// paperSource is where a row comes from.
func paperSource(p papers.Provenance) *coffrev1.PaperSource {
	if p.Source.Name == "" {
		return nil
	}
	return coffrev1.PaperSource_builder{
		Name: &p.Source.Name, Date: new(p.Source.Date.Format(time.DateOnly)), CheckDate: new(p.Source.Checked.Format(time.DateOnly)),
		FromMemory: new(p.Evidence == papers.Memory), Local: &p.Local,
	}.Build()
}

func parsePrintBring(req *coffrev1.PrintBringRequest, kinds *papers.Catalogue) (bringing, prints.Bring, prints.Format, error) {
	var f fields
	b := f.bringing(req.GetSafe(), req.GetPurpose(), req.GetMembers(), kinds)
	page := prints.Bring{Where: f.line("place", req.GetPlace(), vault.MaxPlace, texts.RulePlace)}
	if req.HasAppointmentTime() {
		page.When = f.instant("appointment_time", req.GetAppointmentTime())
	}
	format := pageFormatWords.parse(&f, "format", req.GetFormat())
	return b, page, format, f.err()
}

func (s *printService) PrintBring(ctx context.Context, req *coffrev1.PrintBringRequest) (*coffrev1.PrintBringResponse, error) {
	b, page, format, err := parsePrintBring(req, s.kinds)
	if err != nil {
		return nil, err
	}
	var made papers.Slip
	var sight vault.Sight
	if b.look.Safe.IsZero() {
		made, err = s.kinds.Bring(b.look.Purpose, b.of, papers.Sight{}, today())
	} else {
		made, sight, err = bring(ctx, s.vault, s.kinds, b)
	}
	if err != nil {
		return nil, err
	}
	page.Letterhead, page.Purpose = letterhead(sight.Structure, sight.Discretion), made.Purpose.Label
	page.Nature = sight.Nature
	fillBring(&page, made, sight, b.look.Safe.IsZero())
	answer := &coffrev1.PrintBringResponse{}
	if err := put(answer, page, format); err != nil {
		return nil, err
	}
	return answer, nil
}
