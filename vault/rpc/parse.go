package rpc

import (
	"strings"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

// invalidFields says all that is wrong with a request at once. It never holds a
// value that was sent: a title speaks of a person, a code opens a safe.
type invalidFields []*vault.InvalidError

func (e invalidFields) Error() string {
	all := make([]string, len(e))
	for i, f := range e {
		all[i] = f.Error()
	}
	return strings.Join(all, "; ")
}

func (e invalidFields) Unwrap() []error {
	all := make([]error, len(e))
	for i, f := range e {
		all[i] = f
	}
	return all
}

// fields reads the fields of one request and collects what is wrong with them.
// The zero value is ready; what a reader returns for a refused field is not to
// be used, and err says whether there was one.
type fields struct{ bad invalidFields }

// maxRefused is how many faults of one request are told: an answer is not many
// times as long as what was sent.
const maxRefused = 200

func (f *fields) refuse(field string, rule texts.Rule) {
	if len(f.bad) == maxRefused {
		return
	}
	f.bad = append(f.bad, &vault.InvalidError{Field: field, Rule: string(rule)})
}

func (f *fields) err() error {
	if len(f.bad) == 0 {
		return nil
	}
	return f.bad
}

// parsed reads a field that its type can read itself.
func parsed[T any](f *fields, field, s string, rule texts.Rule, parse func(string) (T, error)) T {
	v, err := parse(s)
	if err != nil {
		f.refuse(field, rule)
	}
	return v
}

func (f *fields) safe(s string) vault.SafeID {
	return parsed(f, "safe", s, texts.RuleID, vault.ParseSafeID)
}

func (f *fields) document(s string) vault.DocumentID {
	return parsed(f, "document", s, texts.RuleID, vault.ParseDocumentID)
}

func (f *fields) request(s string) vault.RequestID {
	return parsed(f, "request_id", s, texts.RuleID, vault.ParseRequestID)
}

func (f *fields) partner(s string) vault.PartnerID {
	return parsed(f, "partner", s, texts.RuleID, vault.ParsePartnerID)
}

// exactly reads bytes of one length. The length is nobody's secret.
func (f *fields) exactly(field string, b []byte, n int, rule texts.Rule) []byte {
	if len(b) != n {
		f.refuse(field, rule)
	}
	return b
}

// version reads the version of a text that a person was shown: 1 to 64 bytes of
// printable ASCII, because it is compared byte for byte years later.
func (f *fields) version(field, s string) string {
	ok := s != "" && len(s) <= vault.MaxVersionText
	for i := range len(s) {
		ok = ok && s[i] > 0x20 && s[i] < 0x7f
	}
	if !ok {
		f.refuse(field, texts.RuleVersion)
	}
	return s
}

// information reads which notice the person was given: one that was published, since
// nobody could say later what any other told them.
func (f *fields) information(field, s string) string {
	if !texts.Published(s) {
		f.refuse(field, texts.RuleVersion)
	}
	return s
}

// owner reads the login of the person whose safe is opened: both halves, or
// none for somebody who has no login.
func (f *fields) owner(issuer, subject string) auth.UserID {
	if issuer == "" && subject == "" {
		return auth.UserID{}
	}
	u, err := auth.NewUserID(issuer, subject)
	if err != nil {
		f.refuse("owner_subject", texts.RuleOwner)
	}
	return u
}

// pageSize reads how many things to answer (AIP-158): 0 is the default, too
// many is as many as allowed.
func (f *fields) pageSize(n int32) int {
	switch {
	case n < 0:
		f.refuse("page_size", texts.RulePageSize)
		return 0
	case n == 0:
		return defaultPage
	default:
		return min(int(n), vault.MaxPage)
	}
}

// anyDrawer reads the code of a drawer, whether or not the catalogue still has
// it: a safe outlives the catalogues it was filled under, and what was entrusted
// or filed can always be taken back and found.
func (f *fields) anyDrawer(s string) papers.Drawer {
	return parsed(f, "drawer", s, texts.RuleDrawer, papers.ParseDrawer)
}

// drawer reads the code of a drawer that the catalogue has.
func (f *fields) drawer(field, s string, kinds *papers.Catalogue) papers.Drawer {
	return parsed(f, field, s, texts.RuleDrawer, func(s string) (papers.Drawer, error) {
		d, err := papers.ParseDrawer(s)
		if err != nil {
			return "", err
		}
		info, err := kinds.DrawerInfo(d)
		return info.Code, err
	})
}

// kind reads the code of a kind of paper that the catalogue has.
func (f *fields) kind(field, s string, kinds *papers.Catalogue) papers.Kind {
	return parsed(f, field, s, texts.RuleKind, func(s string) (papers.Kind, error) {
		k, err := papers.ParseKind(s)
		if err != nil {
			return "", err
		}
		info, err := kinds.KindInfo(k)
		return info.Code, err
	})
}

// purpose reads the code of a démarche that the catalogue has.
func (f *fields) purpose(field, s string, kinds *papers.Catalogue) papers.Purpose {
	return parsed(f, field, s, texts.RulePurpose, func(s string) (papers.Purpose, error) {
		info, err := kinds.Purpose(papers.Purpose(s))
		return info.Code, err
	})
}
