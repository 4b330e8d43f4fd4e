package rpc

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// description reads what a depositor knows of a paper. The prefix is where the
// description lies in the request.
func (f *fields) description(prefix string, d *coffrev1.Description, kinds *papers.Catalogue) vault.Description {
	if d == nil {
		f.refuse(prefix, texts.RuleDescription)
		return vault.Description{}
	}
	prefix += "."
	kind, drawer := f.filed(prefix, d, kinds)
	name := f.fileName(prefix+"file_name", d.GetFileName())
	title := f.line(prefix+"title", d.GetTitle(), vault.MaxTitle, texts.RuleTitleMax)
	if title == "" {
		title = cut(name, vault.MaxTitle)
	}
	return vault.Description{
		Title:         title,
		FileName:      name,
		Drawer:        drawer,
		Kind:          kind,
		DocumentDate:  f.date(prefix+"document_date", d.GetDocumentDate(), texts.RuleDate, time.DateOnly, "2006-01", "2006"),
		ExpireDate:    f.date(prefix+"expire_date", d.GetExpireDate(), texts.RuleDay, time.DateOnly),
		Whose:         f.line(prefix+"whose", d.GetWhose(), vault.MaxWhose, texts.RuleWhose),
		OriginalPlace: f.line(prefix+"original_place", d.GetOriginalPlace(), vault.MaxPlace, texts.RulePlace),
	}
}

// filed says where a paper goes: its kind decides; without a kind the drawer
// that was named, else the one for what is not sorted yet.
func (f *fields) filed(prefix string, d *coffrev1.Description, kinds *papers.Catalogue) (papers.Kind, papers.Drawer) {
	switch {
	case d.GetKind() != "":
		kind := f.kind(prefix+"kind", d.GetKind(), kinds)
		drawer, err := kinds.Drawer(kind)
		if err != nil {
			drawer = papers.Unsorted // the kind was refused above
		}
		return kind, drawer
	case d.GetDrawer() != "":
		return "", f.drawer(prefix+"drawer", d.GetDrawer(), kinds)
	default:
		return "", papers.Unsorted
	}
}

// title reads a title that must be there.
func (f *fields) title(s string) string {
	t := f.line("title", s, vault.MaxTitle, texts.RuleTitle)
	if strings.TrimSpace(t) == "" {
		f.refuse("title", texts.RuleTitle)
	}
	return t
}

// line reads one line of text of at most n characters.
func (f *fields) line(field, s string, n int, rule texts.Rule) string {
	if utf8.RuneCountInString(s) > n || !plain(s) {
		f.refuse(field, rule)
	}
	return s
}

// fileName reads a name without any folder, or nothing.
func (f *fields) fileName(field, s string) string {
	if len(s) > vault.MaxFileName || !plain(s) || strings.ContainsAny(s, `/\`) || s == "." || s == ".." {
		f.refuse(field, texts.RuleFileName)
	}
	return s
}

// plain refuses what a terminal or a page would obey rather than show: control
// characters, line separators, and what turns the writing round so that a name
// reads as another (Unicode TR #36, bidirectional overrides and isolates).
func plain(s string) bool {
	for _, r := range s {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029',
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return false
		}
	}
	return utf8.ValidString(s)
}

// date reads a date in one of the layouts, or nothing. It stays as written: a
// paper of "2024-03" has no day.
func (f *fields) date(field, s string, rule texts.Rule, layouts ...string) string {
	if s == "" {
		return s
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil && t.Format(layout) == s && t.Year() > 0 {
			return s
		}
	}
	f.refuse(field, rule)
	return s
}

// cut shortens s to n characters.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// described is a description as its reader gets it.
func described(d vault.Description) *coffrev1.Description {
	return coffrev1.Description_builder{
		Title:         &d.Title,
		FileName:      &d.FileName,
		Drawer:        new(string(d.Drawer)),
		Kind:          new(string(d.Kind)),
		DocumentDate:  &d.DocumentDate,
		ExpireDate:    &d.ExpireDate,
		Whose:         &d.Whose,
		OriginalPlace: &d.OriginalPlace,
		Memo:          memo(d.Memo),
	}.Build()
}
