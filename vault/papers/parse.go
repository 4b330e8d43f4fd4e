package papers

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// ErrCatalogue is wrapped when a catalogue is refused.
var ErrCatalogue = errors.New("catalogue refused")

// Bounds of a catalogue: far above what people can choose from, far below what
// would cost memory.
const (
	maxBytes = 256 << 10
	maxRows  = 1000
	maxText  = 160 // runes in a label or a sentence
)

// The shape of papers.yaml.
type (
	fileRoot struct {
		Version int                   `yaml:"version"`
		Sources map[string]fileSource `yaml:"sources"`
		Drawers []fileDrawer          `yaml:"drawers"`
		Kinds   []fileKind            `yaml:"kinds"`
	}
	fileSource struct {
		Name    string `yaml:"name"`
		Date    string `yaml:"date"`
		Checked string `yaml:"checked"`
	}
	fileDrawer struct {
		Code   string `yaml:"code"`
		Label  string `yaml:"label"`
		Simple string `yaml:"simple"`
	}
	fileKind struct {
		Code     string `yaml:"code"`
		Drawer   string `yaml:"drawer"`
		Label    string `yaml:"label"`
		Simple   string `yaml:"simple"`
		Source   string `yaml:"source"`
		Evidence string `yaml:"evidence"`
		Hosting  string `yaml:"hosting"`
	}
)

// hostingHealth marks a kind that is kept only by a host that may hold health
// data (HDS).
const hostingHealth = "hds"

// Parse reads a catalogue: one YAML document of at most 256 KiB and 1000 rows,
// in the form of papers.yaml, without démarches
// ([Catalogue.WithPurposes]). A field it does not know, a code that stands
// twice, a drawer or a source that is not there, a text or a date that is
// missing: each refuses the whole catalogue. Errors wrap [ErrCatalogue] and
// name the row.
func Parse(raw []byte) (*Catalogue, error) {
	var root fileRoot
	if err := decode(raw, &root); err != nil {
		return nil, err
	}
	if root.Version != 1 {
		return nil, fmt.Errorf("%w: version %d, want 1", ErrCatalogue, root.Version)
	}
	if n := len(root.Drawers) + len(root.Kinds) + len(root.Sources); n > maxRows {
		return nil, fmt.Errorf("%w: %d rows, at most %d", ErrCatalogue, n, maxRows)
	}
	sources, err := readSources(root.Sources)
	if err != nil {
		return nil, err
	}
	drawers, err := readDrawers(root.Drawers)
	if err != nil {
		return nil, err
	}
	kinds, err := readKinds(root.Kinds, drawers, sources)
	if err != nil {
		return nil, err
	}
	return &Catalogue{drawers: drawers, kinds: kinds}, nil
}

// addKinds puts a structure's own kinds into c, which nobody else holds yet. A
// kind that moves to another drawer moves for papers to come.
func (c *Catalogue) addKinds(raw []byte) error {
	var root fileRoot
	if err := decode(raw, &root); err != nil {
		return err
	}
	if root.Version != 1 || len(root.Drawers) > 0 || len(root.Kinds)+len(root.Sources) > maxRows {
		return fmt.Errorf("%w: want version 1, no drawers and at most %d rows", ErrCatalogue, maxRows)
	}
	sources, err := readSources(root.Sources)
	if err != nil {
		return err
	}
	local, err := readKinds(root.Kinds, c.drawers, sources)
	if err != nil {
		return err
	}
	c.kinds = slices.Clone(c.kinds)
	for _, k := range local {
		k.Local = true
		if before, err := c.KindInfo(k.Code); err == nil {
			k.Health = k.Health || before.Health
		}
		c.kinds = put(c.kinds, k)
	}
	return nil
}

func (k KindInfo) code() string { return string(k.Code) }

// decode reads one YAML document into root, and nothing that root does not know.
func decode(raw []byte, root any) error {
	if len(raw) > maxBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrCatalogue, len(raw), maxBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(raw))
	dec.KnownFields(true)
	if err := dec.Decode(root); err != nil {
		return fmt.Errorf("%w: %w", ErrCatalogue, err)
	}
	var second yaml.Node
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: more than one document", ErrCatalogue)
	}
	return nil
}

func readSources(in map[string]fileSource) (map[string]Source, error) {
	out := make(map[string]Source, len(in))
	for key, row := range in {
		at := fmt.Sprintf("source %q", key)
		date, errDate := time.Parse(time.DateOnly, row.Date)
		checked, errChecked := time.Parse(time.DateOnly, row.Checked)
		if err := errors.Join(checkCode(key), checkText(row.Name), errDate, errChecked); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrCatalogue, at, err)
		}
		if checked.Before(date) {
			return nil, fmt.Errorf("%w: %s: checked before its date", ErrCatalogue, at)
		}
		out[key] = Source{Name: row.Name, Date: date, Checked: checked}
	}
	return out, nil
}

func readDrawers(in []fileDrawer) ([]DrawerInfo, error) {
	out := make([]DrawerInfo, 0, len(in))
	seen := make(map[string]bool, len(in))
	for i, row := range in {
		at := fmt.Sprintf("drawer %d %q", i, row.Code)
		if err := errors.Join(checkCode(row.Code), checkText(row.Label), checkText(row.Simple)); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrCatalogue, at, err)
		}
		if seen[row.Code] {
			return nil, fmt.Errorf("%w: %s: stands twice", ErrCatalogue, at)
		}
		seen[row.Code] = true
		out = append(out, DrawerInfo{Code: Drawer(row.Code), Label: row.Label, Simple: row.Simple})
	}
	if !seen[string(Unsorted)] {
		return nil, fmt.Errorf("%w: drawer %q is missing", ErrCatalogue, Unsorted)
	}
	return out, nil
}

func readKinds(in []fileKind, drawers []DrawerInfo, sources map[string]Source) ([]KindInfo, error) {
	known := make(map[string]bool, len(drawers))
	for _, d := range drawers {
		known[string(d.Code)] = d.Code != Unsorted // what has a kind is sorted
	}
	out := make([]KindInfo, 0, len(in))
	seen := make(map[string]bool, len(in))
	for i, row := range in {
		at := fmt.Sprintf("kind %d %q", i, row.Code)
		if err := errors.Join(checkCode(row.Code), checkText(row.Label), checkText(row.Simple)); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrCatalogue, at, err)
		}
		source, found := sources[row.Source]
		switch {
		case seen[row.Code]:
			return nil, fmt.Errorf("%w: %s: stands twice", ErrCatalogue, at)
		case !known[row.Drawer]:
			return nil, fmt.Errorf("%w: %s: no drawer %q for it", ErrCatalogue, at, row.Drawer)
		case !found:
			return nil, fmt.Errorf("%w: %s: no source %q", ErrCatalogue, at, row.Source)
		}
		evidence, err := parseEvidence(row.Evidence)
		if err == nil && row.Hosting != "" && row.Hosting != hostingHealth {
			err = fmt.Errorf("hosting %q, want %q or nothing", row.Hosting, hostingHealth)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrCatalogue, at, err)
		}
		seen[row.Code] = true
		out = append(out, KindInfo{
			Code: Kind(row.Code), Drawer: Drawer(row.Drawer),
			Label: row.Label, Simple: row.Simple,
			Source: source, Evidence: evidence, Health: row.Hosting != "",
		})
	}
	return out, nil
}

func parseEvidence(s string) (Evidence, error) {
	switch e := Evidence(s); e {
	case Verified, Secondary, Memory:
		return e, nil
	default:
		return "", fmt.Errorf("evidence %q, want V, S or M", s)
	}
}

// checkText refuses what a page could not show as it stands: nothing, too much,
// space at an end, control characters.
func checkText(s string) error {
	n := utf8.RuneCountInString(s)
	switch {
	case n == 0 || n > maxText:
		return fmt.Errorf("text of %d characters, want 1 to %d", n, maxText)
	case strings.TrimSpace(s) != s:
		return errors.New("text with space at an end")
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '\u00a0' && r != '\u202f' }):
		return errors.New("text with a character that is not printed")
	}
	return nil
}
