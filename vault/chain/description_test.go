package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/coffre-fort/coffre/vault"
)

func fullDescription() Description {
	return Description{
		Title: "Avis d'imposition 2026", FileName: "IMG_0042.jpg", Drawer: "impots", Kind: "avis-imposition",
		Type: "image/jpeg", Size: 123456, Digest: digest(1), DocumentDate: "2026-08-31", Expires: "2027-09-30",
		Whose: "Mme Zoé Exemple", Original: "classeur bleu", Depositor: "Accueil", Function: "agent d'accueil",
		Structure: "CCAS de Ville-Exemple", Channel: "counter", Received: openedAt,
	}
}

func TestDescriptionReadsBackAsWritten(t *testing.T) {
	t.Parallel()
	for _, d := range []Description{{}, fullDescription()} {
		raw, err := d.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseDescription(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got != d {
			t.Error(cmp.Diff(fmt.Sprintf("%q", []string{got.Title, got.Channel}), fmt.Sprintf("%q", []string{d.Title, d.Channel})))
		}
	}
}

// A memo reads back whole, refuses what it cannot be, and never prints.
func TestMemoReadsBackAsWritten(t *testing.T) {
	t.Parallel()
	full := Memo{
		Body: "caf", Name: "CAF 13", Login: "1990575123456", Hint: "le chat", Recovery: "06…", Provider: "impots",
		Numbers: []MemoNumber{{"dossier", "1234567"}, {"code-telephone", "12345678"}}, Tested: "2026-11-22", Changed: "2026-11-20", Seen: true,
		Others:   []MemoSecret{{1, "code-telephone", "2026-11-20", true}, {3, "puk", "2026-11-22", false}},
		Notebook: vault.NotebookID{1, 2, 3},
	}
	d := fullDescription()
	d.Memo = &full
	raw, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseDescription(raw)
	if err != nil || !cmp.Equal(*got.Memo, full) {
		t.Fatalf("a memo does not read back: %v", err)
	}
	for name, change := range map[string]func(*Memo){
		"of no body":     func(m *Memo) { m.Body, m.Name = "", "" },
		"long login":     func(m *Memo) { m.Login = strings.Repeat("x", maxMemoLogin+1) },
		"two lines":      func(m *Memo) { m.Hint = "a\nb" },
		"no such day":    func(m *Memo) { m.Tested = "2026-02-30" },
		"a long number":  func(m *Memo) { m.Numbers = []MemoNumber{{"n", strings.Repeat("1", maxMemoNumber+1)}} },
		"nine numbers":   func(m *Memo) { m.Numbers = make([]MemoNumber, MaxMemoNumbers+1) },
		"all too long":   func(m *Memo) { m.Hint, m.Numbers = strings.Repeat("x", maxMemoHint), bigNumbers() },
		"a slot of none": func(m *Memo) { m.Others = []MemoSecret{{0, "puk", "2026-11-20", false}} },
		"a slot too far": func(m *Memo) { m.Others = []MemoSecret{{MaxMemoSecrets + 1, "puk", "2026-11-20", false}} },
		"a slot twice": func(m *Memo) {
			m.Others = []MemoSecret{{1, "puk", "2026-11-20", false}, {1, "pin", "2026-11-20", false}}
		},
		"a label twice": func(m *Memo) {
			m.Others = []MemoSecret{{1, "puk", "2026-11-20", false}, {2, "puk", "2026-11-20", false}}
		},
		"no label":        func(m *Memo) { m.Others = []MemoSecret{{1, "", "2026-11-20", false}} },
		"put in never":    func(m *Memo) { m.Others = []MemoSecret{{1, "puk", "", false}} },
		"not even UTF-8":  func(m *Memo) { m.Recovery = "\xff" },
		"a control as ID": func(m *Memo) { m.Provider = "\x00" },
	} {
		m, bad := full, fullDescription()
		bad.Title, bad.Original = strings.Repeat("t", maxTitle), strings.Repeat("o", maxTitle)
		bad.Depositor, bad.Structure = strings.Repeat("d", maxLine), strings.Repeat("s", maxLine)
		change(&m)
		bad.Memo = &m
		if _, err := bad.Marshal(); !errors.Is(err, ErrDescription) || strings.Contains(err.Error(), "1990575") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if out := fmt.Sprintf(verb, full) + fmt.Sprintf(verb, &full); strings.Contains(out, "1990575") || strings.Contains(out, "chat") {
			t.Errorf("%s prints %s", verb, out)
		}
	}
}

// bigNumbers are as many and as long as a memo may have, which with all the rest
// is more than a description.
func bigNumbers() (all []MemoNumber) {
	for range MaxMemoNumbers {
		all = append(all, MemoNumber{strings.Repeat("n", maxCode), strings.Repeat("1", maxMemoNumber)})
	}
	return all
}

// A description at every bound still fits where it is sealed into.
func TestLargestDescriptionFits(t *testing.T) {
	t.Parallel()
	long := func(limit int) string { return strings.Repeat("é", limit/2) }
	d := fullDescription()
	d.Title, d.Original, d.Whose = long(maxTitle), long(maxTitle), long(maxWhose)
	d.Depositor, d.Structure, d.Function = long(maxLine), long(maxLine), long(maxCode)
	d.FileName, d.Type = strings.Repeat("f", maxFileName), strings.Repeat("t", maxType)
	code := strings.Repeat("c", maxCode)
	d.Drawer, d.Kind, d.Channel, d.Size = code, code, code, MaxContent
	raw, err := d.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > MaxDescription {
		t.Errorf("%d bytes", len(raw))
	}
	if _, err := ParseDescription(raw); err != nil {
		t.Error(err)
	}
}

func TestDescriptionOutOfBoundsIsRefused(t *testing.T) {
	t.Parallel()
	const marker = "MARKER"
	for name, change := range map[string]func(*Description){
		"long title":     func(d *Description) { d.Title = strings.Repeat(marker, 200) },
		"long file name": func(d *Description) { d.FileName = strings.Repeat(marker, 50) },
		"long code":      func(d *Description) { d.Drawer = strings.Repeat(marker, 20) },
		"newline":        func(d *Description) { d.Whose = marker + "\n" },
		"escape":         func(d *Description) { d.FileName = marker + "\x1b[2J" },
		"not UTF-8":      func(d *Description) { d.Original = marker + "\xff" },
		"half a date":    func(d *Description) { d.Expires = "2026-02" },
		"not a date":     func(d *Description) { d.DocumentDate = marker },
		"no such day":    func(d *Description) { d.Expires = "2026-02-30" },
		"negative size":  func(d *Description) { d.Size = -1 },
		"half a second":  func(d *Description) { d.Received = d.Received.Add(time.Second / 2) },
		"before 1970":    func(d *Description) { d.Received = time.Unix(-5, 0) },
	} {
		d := fullDescription()
		change(&d)
		_, err := d.Marshal()
		if !errors.Is(err, ErrDescription) || strings.Contains(err.Error(), marker) {
			t.Errorf("%s: %v", name, err)
		}
	}
	raw, err := fullDescription().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty": {}, "cut": raw[:len(raw)-1], "more": append(raw[:len(raw):len(raw)], 0xa0, 0x06, 1),
		"twice": append(raw[:len(raw):len(raw)], raw...), "version 2": append([]byte{8, 2}, raw[2:]...),
		"too long": make([]byte, MaxDescription+1),
	} {
		if _, err := ParseDescription(bad); !errors.Is(err, ErrDescription) || strings.Contains(err.Error(), "Zoé") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A paper says its date as it likes: a day, a month or a year.
func TestDocumentDateAsThePaperSays(t *testing.T) {
	t.Parallel()
	for _, date := range []string{"", "2026-11-22", "2026-11", "2026"} {
		d := fullDescription()
		d.DocumentDate = date
		if _, err := d.Marshal(); err != nil {
			t.Errorf("%q: %v", date, err)
		}
	}
}

// L-44: nothing that prints a description shows it.
func TestDescriptionNeverPrints(t *testing.T) {
	t.Parallel()
	d := fullDescription()
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("description", "d", d, "p", &d)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("description", "d", d, "list", []Description{d})
	raw, err := json.Marshal(map[string]any{"d": d, "p": &d, "list": []Description{d}})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString(log.String() + string(raw) + d.String() + d.GoString())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		out.WriteString(fmt.Sprintf(verb, d) + fmt.Sprintf(verb, &d) + fmt.Sprintf(verb, []Description{d}) + fmt.Sprintf(verb, struct{ D Description }{d}))
	}
	for _, word := range []string{"imposition", "IMG_0042", "Zoé", "impots", "CCAS", "2026-08"} {
		if strings.Contains(out.String(), word) {
			t.Errorf("%q is printed:\n%s", word, out.String())
		}
	}
}
