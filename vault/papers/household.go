package papers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrHousehold is wrapped when a household cannot be one.
var ErrHousehold = errors.New("not a household")

// MaxHousehold bounds a household: who lives together and is asked for together.
const MaxHousehold = 30

// A Role says who somebody is for the person. The zero Role is nobody.
type Role uint8

// The roles.
const (
	Me Role = iota + 1
	Partner
	Child
	Other // a parent, somebody who lives there, or nobody said
)

// A Member is one person of a household. Whose is how their papers say whose they
// are; it is sealed metadata, and empty for the person.
type Member struct {
	Whose string
	Role  Role
	// Born is the year of birth; 0: nobody said. A child's paper of a year in which
	// the child was of age lasts as long as an adult's.
	Born int
}

// ofAge is the age from which a paper is an adult's (code civil, art. 414).
const ofAge = 18

// at is who a member was on the date of a paper.
func (m Member) at(w Written) Role {
	if m.Role == Child && m.Born != 0 && !w.IsZero() && w.First().Year()-m.Born > ofAge {
		return Other
	}
	return m.Role
}

// A Household is who a démarche asks papers of. The zero Household is the person
// alone.
type Household struct{ others []Member }

// NewHousehold makes a household of the person and others, each with a name of
// their own. Errors wrap [ErrHousehold] and name nobody.
func NewHousehold(others ...Member) (Household, error) {
	if len(others) > MaxHousehold {
		return Household{}, fmt.Errorf("%w: %d members, at most %d", ErrHousehold, len(others), MaxHousehold)
	}
	seen := make(map[string]bool, len(others))
	for i, m := range others {
		name := fold(m.Whose)
		if isMe(name) || seen[name] || m.Role < Partner || m.Role > Other {
			return Household{}, fmt.Errorf("%w: member %d has no name or role of their own", ErrHousehold, i)
		}
		if m.Born != 0 && (m.Born < minYear || m.Born > maxYear) {
			return Household{}, fmt.Errorf("%w: member %d: no year of birth", ErrHousehold, i)
		}
		seen[name] = true
	}
	return Household{others: slices.Clone(others)}, nil
}

// HouseholdOf is the household that papers speak of: everybody whose papers they
// are, in the order in which they appear. The role is read from a usual word
// ("conjoint", "ma fille Ana"); whoever has another name is [Other] until the
// person says more.
func HouseholdOf(all []Paper) Household {
	var h Household
	for _, p := range all {
		name := fold(p.Whose)
		known := slices.ContainsFunc(h.others, func(m Member) bool { return fold(m.Whose) == name })
		if isMe(name) || known || len(h.others) == MaxHousehold {
			continue
		}
		h.others = append(h.others, Member{Whose: strings.TrimSpace(p.Whose), Role: roleOf(name)})
	}
	return h
}

// Members lists the household, the person first.
func (h Household) Members() []Member {
	return append([]Member{{Role: Me}}, h.others...)
}

// has reports that a paper is of somebody in the household.
func (h Household) has(p Paper) bool {
	return slices.ContainsFunc(h.Members(), func(m Member) bool { return m.owns(p) })
}

// owns reports that a paper is this member's.
func (m Member) owns(p Paper) bool {
	name := fold(p.Whose)
	if m.Role == Me {
		return isMe(name)
	}
	return name == fold(m.Whose)
}

// fold compares names as people write them: without case and outer space.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func isMe(folded string) bool {
	return folded == "" || folded == "moi" || folded == "moi-même"
}

// roleOf reads a role from a folded name.
func roleOf(folded string) Role {
	for word := range strings.FieldsSeq(folded) {
		switch word {
		case "conjoint", "conjointe", "partenaire", "compagnon", "compagne", "mari", "époux", "épouse", "femme", "concubin",
			"concubine":
			return Partner
		case "enfant", "fils", "fille", "bébé":
			return Child
		}
	}
	return Other
}
