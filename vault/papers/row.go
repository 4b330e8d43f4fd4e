package papers

import (
	"errors"
	"fmt"
	"slices"
)

// A Provenance says where a row comes from and how far to trust it.
type Provenance struct {
	Source   Source
	Evidence Evidence
	// Local says that a structure wrote this row itself ([Catalogue.WithLocal]).
	Local bool
}

// The shape of a topic's file, whatever its rows hold besides.
type (
	fileTopic[F any] struct {
		Version int                   `yaml:"version"`
		Sources map[string]fileSource `yaml:"sources"`
		Rows    []F                   `yaml:"rows"`
	}
	fileRow struct {
		Code     string `yaml:"code"`
		Source   string `yaml:"source"`
		Evidence string `yaml:"evidence"`
	}
)

func (r fileRow) common() fileRow { return r }

// common is what every row has.
type common interface{ common() fileRow }

// coded is a row that was read.
type coded interface{ code() string }

// into reads a topic's file and puts its rows into those that are there already:
// in the place of the row with the same code, or behind the last one.
func into[F common, R coded](rows []R, raw []byte, local bool, read func(F, Provenance) (R, error)) ([]R, error) {
	var file fileTopic[F]
	if err := decode(raw, &file); err != nil {
		return nil, err
	}
	if file.Version != 1 {
		return nil, fmt.Errorf("%w: version %d, want 1", ErrCatalogue, file.Version)
	}
	if n := len(file.Rows) + len(file.Sources); n > maxRows {
		return nil, fmt.Errorf("%w: %d rows, at most %d", ErrCatalogue, n, maxRows)
	}
	sources, err := readSources(file.Sources)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool, len(file.Rows))
	out := slices.Clone(rows)
	for i, row := range file.Rows {
		at := row.common()
		from, err := provenance(at, sources, local)
		if err == nil && seen[at.Code] {
			err = errTwice
		}
		if err != nil {
			return nil, fmt.Errorf("%w: row %d %q: %w", ErrCatalogue, i, at.Code, err)
		}
		seen[at.Code] = true
		one, err := read(row, from)
		if err != nil {
			return nil, fmt.Errorf("%w: row %d %q: %w", ErrCatalogue, i, at.Code, err)
		}
		out = put(out, one)
	}
	return out, nil
}

func put[R coded](rows []R, one R) []R {
	if i := slices.IndexFunc(rows, func(r R) bool { return r.code() == one.code() }); i >= 0 {
		rows[i] = one
		return rows
	}
	return append(rows, one)
}

func provenance(row fileRow, sources map[string]Source, local bool) (Provenance, error) {
	source, found := sources[row.Source]
	evidence, err := parseEvidence(row.Evidence)
	if err := errors.Join(checkCode(row.Code), err); err != nil {
		return Provenance{}, err
	}
	if !found {
		return Provenance{}, fmt.Errorf("no source %q", row.Source)
	}
	return Provenance{Source: source, Evidence: evidence, Local: local}, nil
}

// codes reads a list of codes, each of which stands once.
func codes[C ~string](in []string) ([]C, error) {
	out := make([]C, 0, len(in))
	for _, s := range in {
		if err := checkCode(s); err != nil {
			return nil, err
		}
		if slices.Contains(out, C(s)) {
			return nil, fmt.Errorf("%q %w", s, errTwice)
		}
		out = append(out, C(s))
	}
	return out, nil
}

// oneOf reads a code that a list holds.
func oneOf[C ~string](s string, known ...C) (C, error) {
	if !slices.Contains(known, C(s)) {
		return "", fmt.Errorf("%q is none of %q", s, known)
	}
	return C(s), nil
}

// find is the row with a code. Errors wrap [ErrUnknown].
func find[R coded](rows []R, code, what string) (R, error) {
	for _, r := range rows {
		if r.code() == code {
			return r, nil
		}
	}
	var none R
	return none, fmt.Errorf("%s: %w", what, ErrUnknown)
}
