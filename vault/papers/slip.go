package papers

import (
	"fmt"
	"slices"
)

// A Sight is what somebody may see of a safe without opening a paper: the papers,
// and the kinds of which none is hidden from them. Whoever sees some papers of a
// kind and not all leaves it out: what is not there may be there. The zero Sight
// sees nothing, and what comes out is a démarche's general list.
type Sight struct {
	Papers []Paper
	Kinds  []Kind
}

// EveryKind lists all kinds: what the person sees of their own safe.
func (c *Catalogue) EveryKind() []Kind {
	if c == nil {
		return nil
	}
	out := make([]Kind, len(c.kinds))
	for i, k := range c.kinds {
		out[i] = k.Code
	}
	return out
}

// A Slip answers "what do I have to bring?" for one démarche, on a day.
type Slip struct {
	Purpose PurposeInfo
	Pack    PackInfo
	Day     Day
	Lines   []Line
	// Strangers are the papers, as positions in [Sight.Papers], that a piece asks and
	// that belong to nobody of the household: whose they are has to be asked.
	Strangers []int
}

// A Line is one piece of one member.
type Line struct {
	Piece     PieceInfo
	Pictogram Pictogram
	Member    Member // the person where a piece is of the whole household
	State     State
	// Until is the last day on which what is there is accepted, no day where nobody
	// says. RenewFrom and RenewBy are when it is renewed, where a rule says so.
	Until, RenewFrom, RenewBy Day
	// If says when the piece is asked, in French; empty: always.
	If string
	// Ask says whom to ask, in French; empty where nothing is missing, or where
	// nobody says.
	Ask string
	// Lacking are the first days of the months that no paper covers, the latest first.
	Lacking []Day
	// Papers are what answers, as positions in [Sight.Papers]: the best one, or one
	// for each month.
	Papers []int
}

// Bring makes the slip of a démarche from metadata alone. Where nobody may see
// whether a paper is there, or the piece is no paper, the line is not judged.
// Errors wrap [ErrUnknown] for a démarche without pack and a paper of an unknown
// kind, [ErrDay] for no day.
func (c *Catalogue) Bring(p Purpose, of Household, see Sight, today Day) (Slip, error) {
	if today.IsZero() {
		return Slip{}, fmt.Errorf("bring: %w: no day", ErrDay)
	}
	purpose, err := c.Purpose(p)
	if err != nil {
		return Slip{}, err
	}
	pack, err := c.Pack(p)
	if err != nil {
		return Slip{}, err
	}
	for _, paper := range see.Papers {
		if _, err := c.Drawer(paper.Kind); err != nil {
			return Slip{}, err
		}
	}
	slip := Slip{Purpose: purpose, Pack: pack, Day: today}
	for _, piece := range pack.Pieces {
		for _, m := range piece.askedOf(of) {
			slip.Lines = append(slip.Lines, c.line(p, piece, m, see, today))
		}
	}
	for i, paper := range see.Papers {
		if !of.has(paper) && slices.Contains(purpose.Kinds, paper.Kind) {
			slip.Strangers = append(slip.Strangers, i)
		}
	}
	return slip, nil
}

// askedOf lists the members of whom a piece is asked.
func (p PieceInfo) askedOf(h Household) []Member {
	all := h.Members()
	switch p.Who {
	case WhoEach:
		return all
	case WhoChildren:
		return slices.DeleteFunc(all, func(m Member) bool { return m.Role != Child })
	default:
		return all[:1]
	}
}

func (s Sight) sees(k Kind) bool { return slices.Contains(s.Kinds, k) }

// line judges one piece of one member.
func (c *Catalogue) line(use Purpose, piece PieceInfo, m Member, see Sight, today Day) Line {
	l := Line{Piece: piece, Pictogram: c.pictogram(piece), Member: m, If: piece.If}
	if m.Role == Child && piece.ChildIf != "" {
		l.If = piece.ChildIf
	}
	if months := c.monthsOf(piece, use, today); len(months) > 0 {
		c.cover(&l, months, see)
	} else {
		c.best(&l, use, see, today)
	}
	hidden := slices.ContainsFunc(piece.Kinds, func(k Kind) bool { return !see.sees(k) })
	if (l.State == Missing || l.State == TooOld) && hidden || len(piece.Kinds) == 0 {
		l.State, l.Lacking = NotLooked, nil // a better one may be among those nobody sees
	}
	if l.State != OK {
		l.Ask = c.whom(l, see)
	}
	return l
}

// monthsOf is the months a piece asks, where it asks months: by the rule of its
// first kind.
func (c *Catalogue) monthsOf(piece PieceInfo, use Purpose, today Day) []Day {
	if len(piece.Kinds) == 0 {
		return nil
	}
	rule, err := c.Freshness(piece.Kinds[0], use)
	if err != nil {
		return nil
	}
	return rule.Months(today)
}

// answers lists the papers that answer a piece of a member.
func (l *Line) answers(see Sight) []int {
	var out []int
	for i, p := range see.Papers {
		kind := slices.Contains(l.Piece.Kinds, p.Kind) || slices.Contains(l.Piece.Also, p.Kind)
		if kind && (l.Piece.Who == WhoHousehold || l.Member.owns(p)) {
			out = append(out, i)
		}
	}
	return out
}

// cover looks for a paper for each month.
func (c *Catalogue) cover(l *Line, months []Day, see Sight) {
	all := l.answers(see)
	for _, m := range months {
		i := slices.IndexFunc(all, func(i int) bool { return covers(see.Papers[i].Date, m) })
		if i < 0 {
			l.Lacking = append(l.Lacking, m)
			continue
		}
		l.Papers = append(l.Papers, all[i])
	}
	undated := slices.ContainsFunc(all, func(i int) bool { w := see.Papers[i].Date; return w.First().Month() != w.Last().Month() || w.IsZero() })
	switch {
	case len(l.Lacking) == 0:
		l.State = OK
	case undated:
		l.State = Doubtful
	case len(l.Papers) == 0 && len(all) > 0:
		l.State = TooOld
	default:
		l.State = Missing
	}
}

// best looks for the paper that is good for longest.
func (c *Catalogue) best(l *Line, use Purpose, see Sight, today Day) {
	l.State = Missing
	for _, i := range l.answers(see) {
		got, err := c.Fresh(see.Papers[i], use, l.Member.at(see.Papers[i].Date), today)
		if err != nil || !better(got, *l) {
			continue
		}
		l.State, l.Until, l.RenewFrom, l.RenewBy = got.State, got.Until, got.RenewFrom, got.RenewBy
		l.Papers = []int{i}
	}
}

// better reports that a paper answers better than what was found before: by its
// state, then by its end. No end is the latest.
func better(a Fresh, than Line) bool {
	rank := []State{Missing, TooOld, Doubtful, SoonTooOld, OK}
	ra, rb := slices.Index(rank, a.State), slices.Index(rank, than.State)
	if ra != rb {
		return ra > rb
	}
	return !than.Until.IsZero() && (a.Until.IsZero() || a.Until.After(than.Until))
}

// whom says whom to ask for a piece: who gave out the paper that is there and too
// old, or else who gives out the first kind that answers.
func (c *Catalogue) whom(l Line, see Sight) string {
	if l.Piece.Ask != "" || len(l.Piece.Kinds) == 0 {
		return l.Piece.Ask
	}
	kind := l.Piece.Kinds[0]
	if len(l.Papers) == 1 && len(l.Lacking) == 0 {
		kind = see.Papers[l.Papers[0]].Kind
	}
	issuer, err := c.Issuer(kind)
	if err != nil {
		return ""
	}
	return issuer.Label
}

func (c *Catalogue) pictogram(p PieceInfo) Pictogram {
	if len(p.Kinds) == 0 {
		return p.Pictogram
	}
	drawer, err := c.Drawer(p.Kinds[0])
	if err != nil {
		return PictogramText
	}
	return Pictogram(drawer)
}
