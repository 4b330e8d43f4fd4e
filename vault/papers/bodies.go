package papers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Body is the code of a body, as a memo names it. The zero Body is none.
type Body string

// A FieldInfo is one thing to write down about a body.
type FieldInfo struct {
	Code  string
	Label string // French
	// Say is what to know about it, in French; empty: nothing.
	Say string
	// Secret: it opens an account, and stands apart from the rest.
	Secret bool
	// Never: it is not written down at all.
	Never bool
	// Masks are the forms it can have, without spaces: 9 is a digit, A a letter, * one
	// of both. Empty: any.
	Masks []string
	// UpTo, where set, is how many characters it has at most.
	UpTo int
	// First, where set, holds the characters it starts with; Provisional those that
	// only a number given for a time starts with.
	First, Provisional string
	// Key says which control key it carries.
	Key Key
}

// A Key is how a number checks itself. The zero Key: it does not.
type Key string

// The keys.
const (
	KeyNIR  Key = "nir"  // two digits, modulo 97
	KeyIBAN Key = "iban" // ISO 7064, modulo 97
)

// A BodyInfo describes one body: what a person writes down about it, what to
// beware of, what to do when it is lost.
type BodyInfo struct {
	Code   Body
	Label  string // French
	Simple string // French, one plain sentence
	Fields []FieldInfo
	Traps  []Note
	Lost   string // French: what to do when the access is lost
	// Phone is the body's telephone, empty where nobody said; PhoneEvidence how well
	// that is supported.
	Phone         string
	PhoneEvidence Evidence
	Provenance
}

func (b BodyInfo) code() string { return string(b.Code) }

func (b BodyInfo) clone() BodyInfo {
	b.Fields, b.Traps = slices.Clone(b.Fields), slices.Clone(b.Traps)
	for i := range b.Fields {
		b.Fields[i].Masks = slices.Clone(b.Fields[i].Masks)
	}
	return b
}

// Bodies lists the bodies in the order in which memos are proposed: the mailbox
// first, because it opens the others.
func (c *Catalogue) Bodies() []BodyInfo {
	if c == nil {
		return nil
	}
	out := slices.Clone(c.bodies)
	for i := range out {
		out[i] = out[i].clone()
	}
	return out
}

// Body describes a body. Errors wrap [ErrUnknown].
func (c *Catalogue) Body(b Body) (BodyInfo, error) {
	if c == nil {
		return BodyInfo{}, fmt.Errorf("body: %w", ErrUnknown)
	}
	info, err := find(c.bodies, string(b), "body")
	return info.clone(), err
}

// Field describes what to write down by its code. Errors wrap [ErrUnknown].
func (b BodyInfo) Field(code string) (FieldInfo, error) {
	for _, f := range b.Fields {
		if f.Code == code {
			return f, nil
		}
	}
	return FieldInfo{}, fmt.Errorf("field: %w", ErrUnknown)
}

// The shape of a row of bodies.yaml.
type (
	fileBody struct {
		fileRow       `yaml:",inline"`
		Label         string      `yaml:"label"`
		Simple        string      `yaml:"simple"`
		Fields        []fileField `yaml:"fields"`
		Traps         []fileNote  `yaml:"traps"`
		Lost          string      `yaml:"lost"`
		Phone         string      `yaml:"phone"`
		PhoneEvidence string      `yaml:"phone-evidence"`
	}
	fileField struct {
		Code        string   `yaml:"code"`
		Label       string   `yaml:"label"`
		Say         string   `yaml:"say"`
		Secret      bool     `yaml:"secret"`
		Never       bool     `yaml:"never"`
		Masks       []string `yaml:"masks"`
		UpTo        int      `yaml:"up-to"`
		First       string   `yaml:"first"`
		Provisional string   `yaml:"provisional"`
		Key         string   `yaml:"key"`
	}
)

// Bounds of a body.
const (
	maxFields = 20
	maxField  = 64 // characters a field can ask
)

func readBody(row fileBody, from Provenance) (BodyInfo, error) {
	b := BodyInfo{
		Code: Body(row.Code), Label: row.Label, Simple: row.Simple, Lost: row.Lost, Phone: row.Phone, Provenance: from,
	}
	var errs [6]error
	b.Traps, errs[0] = readNotes(row.Traps)
	b.PhoneEvidence, errs[1] = optional(row.PhoneEvidence, parseEvidence)
	errs[2], errs[3], errs[4] = checkText(row.Label), checkText(row.Simple), checkText(row.Lost)
	_, errs[5] = optional(row.Phone, texted)
	if err := errors.Join(errs[:]...); err != nil {
		return BodyInfo{}, err
	}
	if (b.Phone == "") != (b.PhoneEvidence == "") {
		return BodyInfo{}, errors.New("a telephone has its evidence")
	}
	if len(row.Fields) > maxFields {
		return BodyInfo{}, fmt.Errorf("%d fields, at most %d", len(row.Fields), maxFields)
	}
	for i, in := range row.Fields {
		f, err := readField(in)
		if _, known := b.Field(in.Code); err == nil && known == nil {
			err = errTwice
		}
		if err != nil {
			return BodyInfo{}, fmt.Errorf("field %d %q: %w", i, in.Code, err)
		}
		b.Fields = append(b.Fields, f)
	}
	return b, nil
}

func readField(in fileField) (FieldInfo, error) {
	f := FieldInfo{
		Code: in.Code, Label: in.Label, Say: in.Say, Secret: in.Secret, Never: in.Never, Masks: slices.Clone(in.Masks),
		UpTo: in.UpTo, First: in.First, Provisional: in.Provisional,
	}
	var errs [4]error
	errs[0], errs[1] = checkCode(in.Code), checkText(in.Label)
	_, errs[2] = optional(in.Say, texted)
	f.Key, errs[3] = optional(in.Key, func(s string) (Key, error) { return oneOf(s, KeyNIR, KeyIBAN) })
	if err := errors.Join(errs[:]...); err != nil {
		return FieldInfo{}, err
	}
	for _, m := range f.Masks {
		if m == "" || len(m) > maxField || strings.Trim(m, "9A*") != "" {
			return FieldInfo{}, fmt.Errorf("mask %q, want 9, A and *", m)
		}
	}
	ruled := len(f.Masks) > 0 || f.UpTo != 0 || f.First != "" || f.Provisional != "" || f.Key != ""
	switch {
	case f.UpTo < 0 || f.UpTo > maxField || len(f.Masks) > 0 && f.UpTo > 0:
		return FieldInfo{}, fmt.Errorf("up to %d characters, want 1 to %d and no mask", f.UpTo, maxField)
	case f.Never && ruled:
		return FieldInfo{}, errors.New("what is never written has no form")
	}
	return f, nil
}
