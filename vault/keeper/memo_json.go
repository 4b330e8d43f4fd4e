package keeper

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// The versions of the record of a memo's secrets: the second has other secrets
// beside the password. A record without any is of the first.
const (
	memoVersion = 1
	memoOthers  = 2
)

// A memoJSON is the record of a memo's secrets (FORMAT.md). It is text that a
// person reads without this program: the escape hatch of operations.md.
type memoJSON struct {
	Version int           `json:"v"`
	Secret  string        `json:"secret,omitempty"`
	Former  string        `json:"former,omitempty"`
	Others  []memoOther   `json:"others,omitempty"`
	Changes []memoChanged `json:"changes,omitempty"`
}

type memoOther struct {
	Slot   uint32 `json:"slot"`
	Label  string `json:"label"`
	Secret string `json:"secret"`
	Former string `json:"former,omitempty"`
}

type memoChanged struct {
	Day  string `json:"day"`
	By   string `json:"by"`
	Slot uint32 `json:"slot,omitempty"`
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
	if m.Version != m.version() || !isSecretText([]byte(m.Secret)) || !isSecretText([]byte(m.Former)) || len(m.Changes) > vault.MaxMemoChanges {
		return errMemoRecord
	}
	slots := map[uint32]bool{passwordSlot: true}
	for _, o := range m.Others {
		if slots[o.Slot] || o.Slot > vault.MaxOthers || !isLabel(o.Label) || !isOtherSecret(o.Secret) || o.Former != "" && !isOtherSecret(o.Former) {
			return errMemoRecord
		}
		slots[o.Slot] = true
	}
	if !slices.IsSortedFunc(m.Others, func(a, b memoOther) int { return cmp.Compare(a.Slot, b.Slot) }) {
		return errMemoRecord
	}
	for _, c := range m.Changes {
		if _, err := time.Parse(time.DateOnly, c.Day); err != nil || !slots[c.Slot] || c.By == "" || len(c.By) > 64 || !utf8.ValidString(c.By) {
			return errMemoRecord
		}
	}
	return nil
}

// version is the one version that a record is written in.
func (m memoJSON) version() int {
	if len(m.Others) > 0 {
		return memoOthers
	}
	return memoVersion
}

// isSecretText bounds a secret: it is copied from paper, so it is one line.
func isSecretText(b []byte) bool {
	return len(b) <= vault.MaxMemoSecret && utf8.Valid(b) && bytes.IndexFunc(b, unicode.IsControl) < 0
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
