package papers

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

//go:embed *.yaml
var embedded embed.FS

// ErrUnknown is wrapped when a catalogue has no such drawer, kind or
// démarche.
var ErrUnknown = errors.New("not in the catalogue")

// Evidence says how well a row is supported. The zero value is no evidence and
// is refused.
type Evidence string

// The marks a row can carry.
const (
	Verified  Evidence = "V" // read at the source itself
	Secondary Evidence = "S" // read on a page about the source
	Memory    Evidence = "M" // from memory: check it before relying on it
)

// A Source says where a row comes from.
type Source struct {
	Name    string    // as a reader would look it up
	Date    time.Time // the day of the version that was read, UTC midnight
	Checked time.Time // the day somebody last compared the rows with it, UTC midnight
}

// A DrawerInfo describes one drawer.
type DrawerInfo struct {
	Code   Drawer
	Label  string // French, as it stands on the drawer
	Simple string // French, one plain sentence for whoever reads with difficulty
}

// A KindInfo describes one kind of paper.
type KindInfo struct {
	Code     Kind
	Drawer   Drawer
	Label    string // French
	Simple   string // French, one plain sentence
	Source   Source
	Evidence Evidence
	Local    bool // a structure wrote this row itself ([Catalogue.WithLocal])
	// Health says that the paper tells of somebody's health, and is kept only where
	// the hosting is made for it (L-41, L-83). A structure's own row takes it away
	// from no kind.
	Health bool
}

// KindDiagnosis is the result of a test of how somebody gets on with digital
// tools, and what they were advised. It is the person's own: a consent covers it
// only by naming the kind or the paper, never by its drawer.
const KindDiagnosis Kind = "bilan-numerique"

// A Catalogue is an immutable, checked list of drawers, kinds, démarches, and of
// what is known about them. It
// is safe for concurrent use. The nil catalogue knows nothing.
type Catalogue struct {
	drawers   []DrawerInfo
	kinds     []KindInfo
	purposes  []PurposeInfo
	issuers   []IssuerInfo
	retention []RetentionInfo
	freshness []FreshnessInfo
	packs     []PackInfo
	bodies    []BodyInfo
	duties    []DutyInfo
}

// Load returns the catalogue that comes with the program.
func Load() (*Catalogue, error) { return load(embedded) }

// load reads a catalogue from the files of all topics.
func load(files fs.FS) (*Catalogue, error) {
	raw := make(map[Topic][]byte)
	for _, topic := range Topics() {
		var err error
		if raw[topic], err = fs.ReadFile(files, topic.File()); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCatalogue, err)
		}
	}
	c, err := Parse(raw[TopicKinds])
	if err != nil {
		return nil, err
	}
	if c, err = c.WithPurposes(raw[TopicPurposes]); err != nil {
		return nil, err
	}
	return c.withTopics(raw)
}

// Drawers lists the drawers in the order in which they are shown.
func (c *Catalogue) Drawers() []DrawerInfo {
	if c == nil {
		return nil
	}
	return slices.Clone(c.drawers)
}

// Kinds lists the kinds that belong to a drawer, in the order in which they are
// shown: none for [Unsorted] and for a drawer the catalogue does not have.
func (c *Catalogue) Kinds(d Drawer) []KindInfo {
	if c == nil {
		return nil
	}
	var in []KindInfo
	for _, k := range c.kinds {
		if k.Drawer == d {
			in = append(in, k)
		}
	}
	return in
}

// DrawerInfo describes a drawer. Errors wrap [ErrUnknown].
func (c *Catalogue) DrawerInfo(d Drawer) (DrawerInfo, error) {
	if c != nil {
		for _, known := range c.drawers {
			if known.Code == d {
				return known, nil
			}
		}
	}
	return DrawerInfo{}, fmt.Errorf("drawer: %w", ErrUnknown)
}

// KindInfo describes a kind. Errors wrap [ErrUnknown], also for the zero kind.
func (c *Catalogue) KindInfo(k Kind) (KindInfo, error) {
	if c != nil {
		for _, known := range c.kinds {
			if known.Code == k {
				return known, nil
			}
		}
	}
	return KindInfo{}, fmt.Errorf("kind: %w", ErrUnknown)
}

// Drawer says where a paper of this kind goes: [Unsorted] while nobody has said
// what it is. Errors wrap [ErrUnknown]: a kind nobody knows is a mistake of the
// caller, not a paper to sort.
func (c *Catalogue) Drawer(k Kind) (Drawer, error) {
	if k == "" {
		return Unsorted, nil
	}
	info, err := c.KindInfo(k)
	return info.Drawer, err
}
