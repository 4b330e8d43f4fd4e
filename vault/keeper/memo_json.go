package keeper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// memoVersion is the version of the record of a secret.
const memoVersion = 1

// A memoJSON is the record of a memo's secret (FORMAT.md). It is text that a
// person reads without this program: the escape hatch of operations.md.
type memoJSON struct {
	Version int           `json:"v"`
	Secret  string        `json:"secret,omitempty"`
	Former  string        `json:"former,omitempty"`
	Changes []memoChanged `json:"changes,omitempty"`
}

type memoChanged struct {
	Day string `json:"day"`
	By  string `json:"by"`
}

var errMemoRecord = errors.New("not the record of a memo")

// encodeMemo gives the one encoding of a record. Its bytes are secret.
func encodeMemo(m memoJSON) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)              // so that a person reads "&" as they typed it
	if err := e.Encode(m); err != nil { //nolint:gosec // G117: it is the record of a secret, sealed by the caller
		return nil, errMemoRecord // the cause could quote the text
	}
	return b.Bytes(), nil
}

// parseMemo reads what encodeMemo gave, and nothing else. No error quotes it.
func parseMemo(plain []byte) (m memoJSON, err error) {
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if d.Decode(&m) != nil {
		return memoJSON{}, errMemoRecord
	}
	again, err := encodeMemo(m)
	if err != nil {
		return memoJSON{}, err
	}
	defer clear(again)
	if !bytes.Equal(again, plain) {
		return memoJSON{}, errMemoRecord
	}
	return m, nil
}

func (m memoJSON) check() error {
	if m.Version != memoVersion || !isSecretText([]byte(m.Secret)) || !isSecretText([]byte(m.Former)) || len(m.Changes) > vault.MaxMemoChanges {
		return errMemoRecord
	}
	for _, c := range m.Changes {
		if _, err := time.Parse(time.DateOnly, c.Day); err != nil || c.By == "" || len(c.By) > 64 || !utf8.ValidString(c.By) {
			return errMemoRecord
		}
	}
	return nil
}

// isSecretText bounds a secret: it is copied from paper, so it is one line.
func isSecretText(b []byte) bool {
	return len(b) <= vault.MaxMemoSecret && utf8.Valid(b) && bytes.IndexFunc(b, unicode.IsControl) < 0
}

// next is the record after a secret was put in on a day: the one before is kept
// once, since a body may not have taken the new one.
func (m memoJSON) next(secret seal.Secret, day, by string) memoJSON {
	n := memoJSON{Version: memoVersion, Secret: string(secret.Reveal()), Former: m.Secret, Changes: m.Changes}
	if n.Former == "" {
		n.Former = m.Former
	}
	n.Changes = append(n.Changes[max(0, len(n.Changes)-vault.MaxMemoChanges+1):len(n.Changes):len(n.Changes)], memoChanged{day, by})
	return n
}

// shown is what a view shows of it.
func (m memoJSON) shown(of vault.Memo) vault.MemoSecret {
	s := vault.MemoSecret{Memo: of, Secret: seal.NewSecret([]byte(m.Secret)), Former: seal.NewSecret([]byte(m.Former))}
	for _, c := range m.Changes {
		s.Changes = append(s.Changes, vault.MemoChange(c))
	}
	return s
}

// openRecord opens the record of one memo with its file key.
func openRecord(raw []byte, key seal.FileKey, b seal.Binding) (memoJSON, error) {
	plain, err := seal.OpenInline(raw, key, b)
	if err != nil {
		return memoJSON{}, fromSeal(err)
	}
	defer plain.Wipe()
	m, err := parseMemo(plain.Reveal())
	if err != nil {
		return memoJSON{}, fmt.Errorf("%w: %w", vault.ErrTampered, err)
	}
	return m, nil
}
