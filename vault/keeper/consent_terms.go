package keeper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// An agreement is a request or a consent: what its sealed terms say. It is never
// changed in place.
type agreement struct {
	id    vault.ConsentID
	terms vault.Terms
	shown vault.Shown
	asked time.Time // zero for an offer of the person

	given  time.Time // zero while it is asked
	giving vault.Giving
	// unproved says that it was said in an agent's session without sheet or PIN.
	unproved bool
	// whole says that all of the safe was open: what it covered then is all in it.
	whole  bool
	renews vault.ConsentID // the one it goes on from; zero for none
}

// stage is part of what the terms are bound to: a request never passes for a
// consent.
func (a agreement) stage() string {
	if a.given.IsZero() {
		return stageAsked
	}
	return stageGiven
}

const (
	stageAsked = "asked"
	stageGiven = "given"
)

const termsVersion = 1

// termsJSON is the stored form (FORMAT.md).
type termsJSON struct {
	Version     int         `json:"v"`
	Consent     string      `json:"consent"`
	Safe        string      `json:"safe"`
	Agent       string      `json:"agent"`
	Function    string      `json:"function"`
	Successor   bool        `json:"successor,omitempty"`
	Purpose     string      `json:"purpose"`
	Precise     string      `json:"precise"`
	Posture     uint8       `json:"posture"`
	Reason      string      `json:"reason,omitempty"`
	Actions     uint8       `json:"actions"`
	Documents   []string    `json:"documents,omitempty"`
	Kinds       []string    `json:"kinds,omitempty"`
	Drawers     []string    `json:"drawers,omitempty"`
	Arrivals    bool        `json:"arrivals,omitempty"`
	Alone       bool        `json:"alone,omitempty"` // presence is not asked for
	From        int64       `json:"from"`
	Until       int64       `json:"until"`
	Language    string      `json:"language"`
	Text        string      `json:"text"`
	TextVersion string      `json:"text_version"`
	PersonSigns bool        `json:"person_signs,omitempty"`
	Asked       int64       `json:"asked,omitempty"`
	Given       *givingJSON `json:"given,omitempty"`
	Cycle       string      `json:"cycle,omitempty"`
}

type givingJSON struct {
	At         int64  `json:"at"`
	Method     uint8  `json:"method"`
	Witness    string `json:"witness,omitempty"`
	Company    uint8  `json:"company"`
	Protection uint8  `json:"protection"`
	Unproved   bool   `json:"unproved,omitempty"`
	Whole      bool   `json:"whole,omitempty"`
	Renews     string `json:"renews,omitempty"`
}

func (a agreement) marshal() ([]byte, error) {
	t := a.terms
	j := termsJSON{
		Version: termsVersion, Consent: a.id.String(), Safe: t.Safe.String(), Agent: t.Agent.String(),
		Function: t.Function.String(), Successor: t.Replacement == vault.ReplacementSuccessor,
		Purpose: string(t.Purpose), Precise: t.Precise, Posture: uint8(t.Posture), Reason: t.Reason, Actions: uint8(t.Actions),
		Documents: inText(t.Scope.Documents, vault.DocumentID.String),
		Kinds:     inText(t.Scope.Kinds, func(x papers.Kind) string { return string(x) }),
		Drawers:   inText(t.Scope.Drawers, func(x papers.Drawer) string { return string(x) }),
		Arrivals:  t.Arrivals == vault.ArrivalsToo, Alone: t.Presence == vault.PresenceNot,
		From: t.From.Unix(), Until: t.Until.Unix(), Language: t.Language,
		Text: a.shown.Text, TextVersion: a.shown.Version, PersonSigns: a.shown.PersonSigns, Cycle: idText(t.Cycle),
	}
	if !a.asked.IsZero() {
		j.Asked = a.asked.Unix()
	}
	if !a.given.IsZero() {
		g := a.giving
		j.Given = &givingJSON{
			At: a.given.Unix(), Method: uint8(g.Method), Witness: g.Witness, Company: uint8(g.Company),
			Protection: uint8(g.Protection), Unproved: a.unproved, Whole: a.whole,
		}
		if !a.renews.IsZero() {
			j.Given.Renews = a.renews.String()
		}
	}
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("terms: %w", err)
	}
	return b, nil
}

func inText[T any](all []T, text func(T) string) (out []string) {
	for _, x := range all {
		out = append(out, text(x))
	}
	return out
}

var errTerms = errors.New("not the stored form of terms")

// parseAgreement reads what marshal wrote, and no other spelling of it.
func parseAgreement(plain []byte) (agreement, error) {
	var j termsJSON
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return agreement{}, fmt.Errorf("%w: %w", errTerms, err)
	}
	if j.Version != termsVersion {
		return agreement{}, fmt.Errorf("%w: version %d", errTerms, j.Version)
	}
	a, err := j.agreement()
	if err != nil {
		return agreement{}, fmt.Errorf("%w: %w", errTerms, err)
	}
	again, err := a.marshal()
	if err != nil || !bytes.Equal(again, plain) {
		return agreement{}, fmt.Errorf("%w: another spelling", errTerms)
	}
	return a, nil
}

func (j termsJSON) agreement() (agreement, error) {
	var a agreement
	var errs [10]error
	t := &a.terms
	a.id, errs[0] = vault.ParseConsentID(j.Consent)
	t.Safe, errs[1] = vault.ParseSafeID(j.Safe)
	t.Agent, errs[2] = vault.ParseAgentID(j.Agent)
	t.Function, errs[3] = vault.ParseFunction(j.Function)
	t.Scope.Documents, errs[4] = parsed(j.Documents, vault.ParseDocumentID)
	t.Scope.Kinds, errs[5] = parsed(j.Kinds, papers.ParseKind)
	t.Scope.Drawers, errs[6] = parsed(j.Drawers, papers.ParseDrawer)
	t.Purpose, t.Precise, t.Posture, t.Reason = papers.Purpose(j.Purpose), j.Precise, vault.Posture(j.Posture), j.Reason
	t.Actions, t.Language = vault.Action(j.Actions), j.Language
	t.From, t.Until = time.Unix(j.From, 0).UTC(), time.Unix(j.Until, 0).UTC()
	var p idParser
	t.Cycle = parseID(&p, j.Cycle, vault.ParseCycleID)
	errs[9] = p.err
	if j.Successor {
		t.Replacement = vault.ReplacementSuccessor
	}
	if j.Arrivals {
		t.Arrivals = vault.ArrivalsToo
	}
	if j.Alone {
		t.Presence = vault.PresenceNot
	}
	a.shown = vault.Shown{Text: j.Text, Version: j.TextVersion, PersonSigns: j.PersonSigns}
	a.shown.Digest, errs[8] = digestOf(a.terms, a.shown)
	if j.Asked != 0 {
		a.asked = time.Unix(j.Asked, 0).UTC()
	}
	if g := j.Given; g != nil {
		a.given, a.unproved, a.whole = time.Unix(g.At, 0).UTC(), g.Unproved, g.Whole
		a.giving = vault.Giving{
			Method: vault.Method(g.Method), Witness: g.Witness,
			Company: vault.Company(g.Company), Protection: vault.Protection(g.Protection),
		}
		if g.Renews != "" {
			a.renews, errs[7] = vault.ParseConsentID(g.Renews)
		}
	}
	return a, errors.Join(errs[:]...)
}

func parsed[T any](all []string, parse func(string) (T, error)) (out []T, err error) {
	for _, text := range all {
		x, err := parse(text)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// names reports whether the scope has a document itself.
func (a agreement) names(doc vault.DocumentID) bool {
	return slices.Contains(a.terms.Scope.Documents, doc)
}

// covers reports whether a paper so described lies in the scope. A drawer holds
// no diagnosis: a consent names it, or the kind.
func (a agreement) covers(doc vault.DocumentID, drawer papers.Drawer, kind papers.Kind) bool {
	s := a.terms.Scope
	return a.names(doc) || kind != "" && slices.Contains(s.Kinds, kind) || kind != papers.KindDiagnosis && slices.Contains(s.Drawers, drawer)
}

// withKeys reports whether the consent lets a content be opened; otherwise its
// pieces have descriptions only.
func (a agreement) withKeys() bool {
	return a.terms.Actions&(vault.ActionRead|vault.ActionReveal) != 0
}

// opens reports whether the consent lets this content be opened. A secret is
// shown only by one that names its memo: reading all of a drawer shows none.
func (a agreement) opens(d described) bool {
	if d.description.Memo != nil {
		return a.terms.Actions.Has(vault.ActionReveal) && a.names(d.id)
	}
	return a.terms.Actions.Has(vault.ActionRead)
}

// withPieces reports whether the consent shows papers at all.
func (a agreement) withPieces() bool { return a.terms.Actions.Has(vault.ActionSee) }

// piece is what a consent's piece holds of a paper: its key only where the content
// may be opened, and of a memo no more than its actions name. See says that there is
// one and at which body; read, the login and the numbers; the hint and where codes
// are sent help to come in, and go with the secret itself, or with describing, which
// writes all of it anew.
func (a agreement) piece(d described) described {
	opens := a.opens(d)
	if !opens {
		d.key = seal.FileKey{} // to be seen, not to be read
	}
	m := d.description.Memo
	if m == nil || opens || a.terms.Actions.Has(vault.ActionDescribe) {
		return d
	}
	shown := *m
	shown.Hint, shown.Recovery, shown.Notebook = "", "", vault.NotebookID{}
	if !a.terms.Actions.Has(vault.ActionRead) {
		shown = chain.Memo{Body: m.Body, Name: m.Name}
	}
	d.description.Memo = &shown
	return d
}
