package chain

import (
	"fmt"
	"log/slog"
	"time"

	chainv1 "github.com/coffre-fort/coffre/proto/coffre/chain/v1"
	"github.com/coffre-fort/coffre/vault"
)

// A Memo is what is known of an account at one body beside its secret, which is
// the content: to list memos opens no secret, and a consent can show a login
// without it. Like all of a description it never prints. The bound of each field
// is in the .proto file.
type Memo struct {
	Body     string // code
	Name     string // as the person calls the body
	Login    string
	Hint     string
	Recovery string // where the body sends a code
	Provider string // code of the FranceConnect provider
	Numbers  []MemoNumber
	Tested   string // YYYY-MM-DD
	Changed  string // YYYY-MM-DD; empty without a secret
	Seen     bool   // the secret comes from an office notebook
	// Others are the secrets that the content has beside this one, by slot.
	Others []MemoSecret
	// Notebook is where it stood; zero where nobody said.
	Notebook vault.NotebookID
}

// A MemoSecret is one more secret of a memo, without it. The slot says which, in
// the content and in the trail.
type MemoSecret struct {
	Slot    uint32 // 1 to [MaxMemoSecrets]
	Label   string // a code, or words
	Changed string // YYYY-MM-DD
	Seen    bool   // it comes from an office notebook
}

// A MemoNumber is one number of an account beside the login.
type MemoNumber struct{ Name, Value string }

// Bounds of the texts of a memo, in bytes.
const (
	maxMemoName   = 200
	maxMemoLogin  = 320 // the longest e-mail address
	maxMemoHint   = 400
	maxMemoNumber = 96
	maxMemoLabel  = 192
)

// MaxMemoNumbers bounds the numbers of one memo.
const MaxMemoNumbers = 8

// MaxMemoSecrets bounds the secrets of one memo beside its password.
const MaxMemoSecrets = 3

func (m *Memo) check() error {
	texts := []boundedText{
		{"memo body", m.Body, maxCode}, {"memo name", m.Name, maxMemoName}, {"memo login", m.Login, maxMemoLogin},
		{"memo hint", m.Hint, maxMemoHint}, {"memo recovery", m.Recovery, maxMemoLogin}, {"memo provider", m.Provider, maxCode},
	}
	for _, n := range m.Numbers {
		texts = append(texts, boundedText{"memo number", n.Name, maxCode}, boundedText{"memo number", n.Value, maxMemoNumber})
	}
	for _, o := range m.Others {
		texts = append(texts, boundedText{"memo label", o.Label, maxMemoLabel})
	}
	switch {
	case !othersFit(m.Others):
		return fmt.Errorf("%w: memo secrets", ErrDescription)
	case m.Body == "" && m.Name == "":
		return fmt.Errorf("%w: memo of no body", ErrDescription)
	case len(m.Numbers) > MaxMemoNumbers:
		return fmt.Errorf("%w: memo numbers", ErrDescription)
	case !isDate(m.Tested, time.DateOnly), !isDate(m.Changed, time.DateOnly):
		return fmt.Errorf("%w: memo day", ErrDescription)
	}
	return checkTexts(texts)
}

// othersFit: each slot once and in order, each label once.
func othersFit(all []MemoSecret) bool {
	last, labels := uint32(0), map[string]bool{}
	for _, o := range all {
		if o.Slot <= last || o.Slot > MaxMemoSecrets || o.Label == "" || labels[o.Label] || o.Changed == "" || !isDate(o.Changed, time.DateOnly) {
			return false
		}
		last, labels[o.Label] = o.Slot, true
	}
	return true
}

func (m *Memo) encode() *chainv1.Memo {
	b := chainv1.Memo_builder{
		Body: m.Body, Name: m.Name, Login: m.Login, Hint: m.Hint, Recovery: m.Recovery, Provider: m.Provider,
		Tested: m.Tested, Changed: m.Changed, Seen: m.Seen,
	}
	for _, n := range m.Numbers {
		b.Numbers = append(b.Numbers, chainv1.MemoNumber_builder{Name: n.Name, Value: n.Value}.Build())
	}
	for _, o := range m.Others {
		b.Others = append(b.Others, chainv1.MemoSecret_builder{Slot: o.Slot, Label: o.Label, Changed: o.Changed, Seen: o.Seen}.Build())
	}
	if !m.Notebook.IsZero() {
		b.Notebook = m.Notebook[:]
	}
	return b.Build()
}

func decodeMemo(m *chainv1.Memo) *Memo {
	d := &Memo{
		Body: m.GetBody(), Name: m.GetName(), Login: m.GetLogin(), Hint: m.GetHint(), Recovery: m.GetRecovery(),
		Provider: m.GetProvider(), Tested: m.GetTested(), Changed: m.GetChanged(), Seen: m.GetSeen(),
	}
	for _, n := range m.GetNumbers() {
		d.Numbers = append(d.Numbers, MemoNumber{n.GetName(), n.GetValue()})
	}
	for _, o := range m.GetOthers() {
		d.Others = append(d.Others, MemoSecret{o.GetSlot(), o.GetLabel(), o.GetChanged(), o.GetSeen()})
	}
	copy(d.Notebook[:], m.GetNotebook()) // another length is another encoding, and refused for that
	return d
}

// String redacts.
func (m Memo) String() string { return redacted }

// GoString redacts.
func (m Memo) GoString() string { return redacted }

// Format redacts, whatever the verb.
func (m Memo) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue redacts.
func (m Memo) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText redacts, and with it JSON.
func (m Memo) MarshalText() ([]byte, error) { return []byte(redacted), nil }
