package papers

import (
	"errors"
	"fmt"
	"slices"
)

// An IssuerInfo says who gives out some kinds of papers: whom to ask when one is
// missing or too old.
type IssuerInfo struct {
	Code  string
	Label string // French, as it follows "à demander à": "votre employeur"
	Kinds []Kind // each kind has one issuer at most
	Provenance
}

func (i IssuerInfo) code() string { return i.Code }

type fileIssuer struct {
	fileRow `yaml:",inline"`
	Label   string   `yaml:"label"`
	Kinds   []string `yaml:"kinds"`
}

func readIssuer(row fileIssuer, from Provenance) (IssuerInfo, error) {
	kinds, err := codes[Kind](row.Kinds)
	if err := errors.Join(err, checkText(row.Label)); err != nil {
		return IssuerInfo{}, err
	}
	return IssuerInfo{Code: row.Code, Label: row.Label, Kinds: kinds, Provenance: from}, nil
}

func (c *Catalogue) checkIssuers() error {
	seen := make(map[Kind]bool)
	for _, i := range c.issuers {
		if err := c.kindsOf(i.Code, i.Kinds); err != nil {
			return err
		}
		for _, k := range i.Kinds {
			if seen[k] {
				return fmt.Errorf("%q: kind %q %w", i.Code, k, errTwice)
			}
			seen[k] = true
		}
	}
	return nil
}

// Issuers lists who gives out papers.
func (c *Catalogue) Issuers() []IssuerInfo {
	if c == nil {
		return nil
	}
	out := slices.Clone(c.issuers)
	for i := range out {
		out[i].Kinds = slices.Clone(out[i].Kinds)
	}
	return out
}

// Issuer says who gives out a kind of paper. Errors wrap [ErrUnknown]: nobody
// said who does.
func (c *Catalogue) Issuer(k Kind) (IssuerInfo, error) {
	if c != nil {
		for _, i := range c.issuers {
			if slices.Contains(i.Kinds, k) {
				i.Kinds = slices.Clone(i.Kinds)
				return i, nil
			}
		}
	}
	return IssuerInfo{}, fmt.Errorf("issuer: %w", ErrUnknown)
}
