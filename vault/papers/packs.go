package papers

import (
	"errors"
	"fmt"
	"slices"
)

// A Who says whose papers a piece is asked of. The zero Who is nobody.
type Who string

// Whose papers a piece can be.
const (
	WhoMe        Who = "me"        // the person's
	WhoHousehold Who = "household" // one paper for all, whoever's it is
	WhoEach      Who = "each"      // one of every member
	WhoChildren  Who = "children"  // one of every child
)

// A Pictogram is the code of a small picture on a slip; who prints draws it.
type Pictogram string

// The pictograms of pieces that are no paper. Every other piece has that of its
// first kind's drawer, whose code it is.
const (
	PictogramNumber Pictogram = "numero"
	PictogramMoney  Pictogram = "argent"
	PictogramText   Pictogram = "texte"
)

// A PieceInfo is one thing that a démarche asks.
type PieceInfo struct {
	Code string
	Say  string // French, one plain sentence
	// Kinds are the papers that answer: any one of them. None: it is no paper of a
	// safe, and somebody has to be asked.
	Kinds []Kind
	// Also are papers that answer as well, but are asked of nobody: a consent for the
	// démarche does not cover them (L-63).
	Also []Kind
	Who  Who
	// If says when it is asked, in French; empty: always. ChildIf is the same for a
	// child.
	If, ChildIf string
	// Sides is how many sides of it are asked.
	Sides int
	// Ask says whom to ask for what no issuer gives, or one of several, in French.
	Ask       string
	Pictogram Pictogram
}

// A PackInfo is everything a démarche asks, beside what [PurposeInfo] says.
type PackInfo struct {
	Purpose Purpose
	Forms   []string // as the body names them: "Cerfa 15481"; empty: none, or online
	Every   Span     // how often it has to be done again, none where nobody says
	Pieces  []PieceInfo
	Notes   []Note
	Provenance
}

func (p PackInfo) code() string { return string(p.Purpose) }

func (p PackInfo) clone() PackInfo {
	p.Forms, p.Pieces, p.Notes = slices.Clone(p.Forms), slices.Clone(p.Pieces), slices.Clone(p.Notes)
	for i := range p.Pieces {
		p.Pieces[i].Kinds, p.Pieces[i].Also = slices.Clone(p.Pieces[i].Kinds), slices.Clone(p.Pieces[i].Also)
	}
	return p
}

// Packs lists what démarches ask.
func (c *Catalogue) Packs() []PackInfo {
	if c == nil {
		return nil
	}
	out := slices.Clone(c.packs)
	for i := range out {
		out[i] = out[i].clone()
	}
	return out
}

// Pack is what one démarche asks. Errors wrap [ErrUnknown]: nobody wrote it down.
func (c *Catalogue) Pack(p Purpose) (PackInfo, error) {
	if c == nil {
		return PackInfo{}, fmt.Errorf("pack: %w", ErrUnknown)
	}
	pack, err := find(c.packs, string(p), "pack")
	return pack.clone(), err
}

// checkPacks holds packs and démarches together: what a consent for a démarche
// covers is exactly what its pack asks.
func (c *Catalogue) checkPacks() error {
	for _, p := range c.packs {
		purpose, err := c.Purpose(p.Purpose)
		if err != nil {
			return fmt.Errorf("%q: %w", p.Purpose, err)
		}
		var asked []Kind
		for _, piece := range p.Pieces {
			if err := errors.Join(c.kindsOf(piece.Code, piece.Kinds), c.kindsOf(piece.Code, piece.Also)); err != nil {
				return err
			}
			asked = append(asked, piece.Kinds...)
		}
		for _, k := range asked {
			if !slices.Contains(purpose.Kinds, k) {
				return fmt.Errorf("%q: asks %q, which its démarche does not name", p.Purpose, k)
			}
		}
		for _, k := range purpose.Kinds {
			if !slices.Contains(asked, k) {
				return fmt.Errorf("%q: does not ask %q, which its démarche names", p.Purpose, k)
			}
		}
	}
	return nil
}

// The shape of a row of packs.yaml.
type (
	filePack struct {
		fileRow `yaml:",inline"`
		Forms   []string    `yaml:"forms"`
		Every   string      `yaml:"every"`
		Pieces  []filePiece `yaml:"pieces"`
		Notes   []fileNote  `yaml:"notes"`
	}
	filePiece struct {
		Code    string   `yaml:"code"`
		Say     string   `yaml:"say"`
		Kinds   []string `yaml:"kinds"`
		Also    []string `yaml:"also"`
		Who     string   `yaml:"who"`
		If      string   `yaml:"if"`
		ChildIf string   `yaml:"child-if"`
		Sides   int      `yaml:"sides"`
		Ask     string   `yaml:"ask"`
		Picture string   `yaml:"picture"`
	}
)

// Bounds of a pack.
const (
	maxPieces = 30
	maxSides  = 2
)

func readPack(row filePack, from Provenance) (PackInfo, error) {
	p := PackInfo{Purpose: Purpose(row.Code), Forms: row.Forms, Provenance: from}
	every, errEvery := optional(row.Every, ParseSpan)
	notes, errNotes := readNotes(row.Notes)
	if err := errors.Join(errEvery, errNotes); err != nil {
		return PackInfo{}, err
	}
	p.Every, p.Notes = every, notes
	for _, form := range row.Forms {
		if err := checkText(form); err != nil {
			return PackInfo{}, fmt.Errorf("form: %w", err)
		}
	}
	if len(row.Pieces) == 0 || len(row.Pieces) > maxPieces {
		return PackInfo{}, fmt.Errorf("%d pieces, want 1 to %d", len(row.Pieces), maxPieces)
	}
	for i, in := range row.Pieces {
		piece, err := readPiece(in)
		if err == nil && slices.ContainsFunc(p.Pieces, func(o PieceInfo) bool { return o.Code == piece.Code }) {
			err = errTwice
		}
		if err != nil {
			return PackInfo{}, fmt.Errorf("piece %d %q: %w", i, in.Code, err)
		}
		p.Pieces = append(p.Pieces, piece)
	}
	return p, nil
}

func readPiece(in filePiece) (PieceInfo, error) {
	p := PieceInfo{
		Code: in.Code, Say: in.Say, If: in.If, ChildIf: in.ChildIf, Sides: max(in.Sides, 1), Ask: in.Ask, Pictogram: Pictogram(in.Picture),
	}
	var errs [8]error
	p.Kinds, errs[0] = codes[Kind](in.Kinds)
	p.Also, errs[1] = codes[Kind](in.Also)
	p.Who, errs[2] = oneOf(in.Who, WhoMe, WhoHousehold, WhoEach, WhoChildren)
	_, errs[3] = optional(in.If, texted)
	_, errs[4] = optional(in.ChildIf, texted)
	_, errs[5] = optional(in.Ask, texted)
	errs[6], errs[7] = checkCode(in.Code), checkText(in.Say)
	if err := errors.Join(errs[:]...); err != nil {
		return PieceInfo{}, err
	}
	if len(p.Kinds) == 0 {
		if _, err := oneOf(in.Picture, PictogramNumber, PictogramMoney, PictogramText); err != nil {
			return PieceInfo{}, fmt.Errorf("no paper: %w", err)
		}
	}
	switch {
	case in.Sides < 0 || in.Sides > maxSides:
		return PieceInfo{}, fmt.Errorf("%d sides, at most %d", in.Sides, maxSides)
	case len(p.Kinds) == 0 && (len(p.Also) > 0 || p.Ask == ""):
		return PieceInfo{}, errors.New("no paper: want whom to ask, and no other paper")
	case len(p.Kinds) > 0 && in.Picture != "":
		return PieceInfo{}, errors.New("a paper has the picture of its drawer")
	}
	return p, nil
}

func texted(s string) (string, error) { return s, checkText(s) }
