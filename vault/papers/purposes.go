package papers

import (
	"errors"
	"fmt"
	"slices"
)

// A Purpose is the code of a démarche: what a consent is for. The zero Purpose
// is none.
type Purpose string

// ParsePurpose reads a démarche's code, in the same form as [ParseDrawer]. Errors
// wrap [ErrCode].
func ParsePurpose(s string) (Purpose, error) {
	if err := checkCode(s); err != nil {
		return "", fmt.Errorf("purpose: %w", err)
	}
	return Purpose(s), nil
}

// DefaultDays is the horizon of a démarche whose real one nobody says, in days.
const DefaultDays = 31

// maxDays bounds a horizon, in days: a consent lasts no longer without a second
// agent.
const maxDays = 182

// A PurposeInfo describes one démarche.
type PurposeInfo struct {
	Code   Purpose
	Label  string // French
	Simple string // French, one plain sentence
	Body   string // who decides, as people call it
	// Kinds are the papers that it usually asks; empty where it asks none. They
	// are a help, never a right: a consent freezes what was shown.
	Kinds []Kind
	// Days is how long it usually takes: the end that a consent for it proposes.
	Days int
	// PersonSigns says that nobody signs in the person's place (L-86).
	PersonSigns bool
	Source      Source
	// Evidence is [Memory] where the list of papers has to be checked with the
	// body first.
	Evidence Evidence
	// Local says that a structure wrote this row itself ([Catalogue.WithLocal]).
	Local bool
}

// Purposes lists the démarches in the order in which they are shown.
func (c *Catalogue) Purposes() []PurposeInfo {
	if c == nil {
		return nil
	}
	out := slices.Clone(c.purposes)
	for i := range out {
		out[i].Kinds = slices.Clone(out[i].Kinds)
	}
	return out
}

// Purpose describes a démarche. Errors wrap [ErrUnknown], also for the zero
// purpose.
func (c *Catalogue) Purpose(p Purpose) (PurposeInfo, error) {
	if c != nil {
		for _, known := range c.purposes {
			if known.Code == p {
				known.Kinds = slices.Clone(known.Kinds)
				return known, nil
			}
		}
	}
	return PurposeInfo{}, fmt.Errorf("purpose: %w", ErrUnknown)
}

// The shape of purposes.yaml.
type (
	purposesRoot struct {
		Version  int                   `yaml:"version"`
		Sources  map[string]fileSource `yaml:"sources"`
		Purposes []filePurpose         `yaml:"purposes"`
	}
	filePurpose struct {
		Code        string   `yaml:"code"`
		Label       string   `yaml:"label"`
		Simple      string   `yaml:"simple"`
		Body        string   `yaml:"body"`
		Kinds       []string `yaml:"kinds"`
		Days        int      `yaml:"days"`
		PersonSigns bool     `yaml:"person-signs"`
		Source      string   `yaml:"source"`
		Evidence    string   `yaml:"evidence"`
	}
)

// WithPurposes is the catalogue with the démarches of one YAML document, in the
// form of purposes.yaml and within the bounds of [Parse], instead of its own; what
// was said of those goes with them (packs, ages, duties). A
// kind that the catalogue does not have, a horizon out of bounds, a code that
// stands twice: each refuses the whole document. Errors wrap [ErrCatalogue] and
// name the row.
func (c *Catalogue) WithPurposes(raw []byte) (*Catalogue, error) {
	if c == nil {
		return nil, fmt.Errorf("%w: no catalogue of papers", ErrCatalogue)
	}
	purposes, err := c.readPurposes(raw)
	if err != nil {
		return nil, err
	}
	with := *c
	with.purposes, with.packs, with.freshness, with.duties = purposes, nil, nil, nil
	return &with, nil
}

// addPurposes puts a structure's own démarches into c, which nobody else holds yet.
func (c *Catalogue) addPurposes(raw []byte) error {
	local, err := c.readPurposes(raw)
	if err != nil {
		return err
	}
	c.purposes = slices.Clone(c.purposes)
	for _, p := range local {
		p.Local = true
		c.purposes = put(c.purposes, p)
	}
	return nil
}

func (p PurposeInfo) code() string { return string(p.Code) }

func (c *Catalogue) readPurposes(raw []byte) ([]PurposeInfo, error) {
	var root purposesRoot
	if err := decode(raw, &root); err != nil {
		return nil, err
	}
	if root.Version != 1 {
		return nil, fmt.Errorf("%w: version %d, want 1", ErrCatalogue, root.Version)
	}
	if n := len(root.Purposes) + len(root.Sources); n > maxRows {
		return nil, fmt.Errorf("%w: %d rows, at most %d", ErrCatalogue, n, maxRows)
	}
	sources, err := readSources(root.Sources)
	if err != nil {
		return nil, err
	}
	purposes := make([]PurposeInfo, 0, len(root.Purposes))
	for i, row := range root.Purposes {
		at := fmt.Sprintf("purpose %d %q", i, row.Code)
		one, err := c.readPurpose(row, sources)
		if err == nil && slices.ContainsFunc(purposes, func(p PurposeInfo) bool { return p.Code == one.Code }) {
			err = errors.New("stands twice")
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrCatalogue, at, err)
		}
		purposes = append(purposes, one)
	}
	return purposes, nil
}

func (c *Catalogue) readPurpose(row filePurpose, sources map[string]Source) (PurposeInfo, error) {
	if err := errors.Join(checkCode(row.Code), checkText(row.Label), checkText(row.Simple), checkText(row.Body)); err != nil {
		return PurposeInfo{}, err
	}
	evidence, err := parseEvidence(row.Evidence)
	if err != nil {
		return PurposeInfo{}, err
	}
	source, found := sources[row.Source]
	switch {
	case !found:
		return PurposeInfo{}, fmt.Errorf("no source %q", row.Source)
	case row.Days < 1 || row.Days > maxDays:
		return PurposeInfo{}, fmt.Errorf("%d days, want 1 to %d", row.Days, maxDays)
	}
	p := PurposeInfo{
		Code: Purpose(row.Code), Label: row.Label, Simple: row.Simple, Body: row.Body, Days: row.Days,
		PersonSigns: row.PersonSigns, Source: source, Evidence: evidence,
	}
	for _, code := range row.Kinds {
		if _, err := c.KindInfo(Kind(code)); err != nil {
			return PurposeInfo{}, fmt.Errorf("kind %q: %w", code, err)
		}
		if slices.Contains(p.Kinds, Kind(code)) {
			return PurposeInfo{}, fmt.Errorf("kind %q stands twice", code)
		}
		p.Kinds = append(p.Kinds, Kind(code))
	}
	return p, nil
}
