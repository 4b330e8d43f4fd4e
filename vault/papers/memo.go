package papers

import "slices"

// A Finding is one thing that looks wrong about a memo. It never holds the value.
type Finding struct {
	Field   FieldInfo
	Warning Warning
}

// LookAt says what looks wrong about what was typed for one body: the login, and
// values by the code of their field. It refuses nothing, and a body that the
// catalogue does not have has no rules.
func (c *Catalogue) LookAt(b Body, login string, values map[string]string) (all []Finding) {
	info, err := c.Body(b)
	if err != nil {
		return nil
	}
	first := slices.IndexFunc(info.Fields, FieldInfo.plain)
	for i, f := range info.Fields {
		value := values[f.Code]
		if i == first && login != "" {
			value = login // what one logs in with stands first
		}
		for _, w := range f.Look(value) {
			all = append(all, Finding{f, w})
		}
	}
	return all
}

// plain reports whether a field is written down beside the secrets.
func (f FieldInfo) plain() bool { return !f.Secret && !f.Never }

// Propose answers the bodies of which there is no memo yet, in the order in which
// they are written down: the mailbox first, because it opens the others. Bodies
// with nothing to write down are not proposed.
func (c *Catalogue) Propose(have ...Body) (all []BodyInfo) {
	for _, b := range c.Bodies() {
		written := slices.ContainsFunc(b.Fields, func(f FieldInfo) bool { return !f.Never })
		if written && !slices.Contains(have, b.Code) {
			all = append(all, b)
		}
	}
	return all
}

// String is the code of a warning in the API.
func (w Warning) String() string {
	names := [...]string{"none", "never", "length", "form", "first", "provisional", "key"}
	if int(w) < len(names) {
		return names[w]
	}
	return names[0]
}

// String is the code of a weakness in the API.
func (w Weakness) String() string {
	names := [...]string{"none", "too-short", "few-kinds", "few-words", "common", "repeated", "in-a-row", "year", "near-by"}
	if int(w) < len(names) {
		return names[w]
	}
	return names[0]
}
