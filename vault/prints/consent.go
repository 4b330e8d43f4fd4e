package prints

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// A Receipt is the person's proof of a consent: the parts of a consent record of
// ISO/IEC TS 27560:2023 (L-59), without anything that names a person (L-60): no
// name, no login, no id of the safe, no sentence that somebody typed.
type Receipt struct {
	Letterhead
	Consent        vault.Consent
	SIRET          string
	Purpose        string   // label of the démarche
	Kinds, Drawers []string // labels
	Portal         *url.URL // the service's public address
}

// receiptSchema is what the record follows.
const receiptSchema = "ISO/IEC TS 27560:2023"

// Pseudonym stands for the person of one consent: nobody links it to a safe, or
// to another consent of the same person, but the service.
func Pseudonym(c vault.Consent) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "coffre/receipt\x00%s\x00%s", c.Terms.Safe, c.ID))
	return hex.EncodeToString(sum[:10])
}

// HTML makes the page.
func (r Receipt) HTML() ([]byte, error) {
	address, err := VerifyURL(r.Portal, r.Consent)
	if err != nil {
		return nil, err
	}
	square, err := newSquare(texts.ReceiptCheck, address)
	if err != nil {
		return nil, err
	}
	c, state := r.Consent, []string{string(texts.ConsentStateName(r.Consent.State))}
	if c.State == vault.ConsentEnded {
		state = append(state, string(texts.EndReason(c.Ended)), r.moment(c.EndedAt))
	}
	record := []field{
		{Label: texts.ReceiptID, Value: c.ID.String(), Exact: true},
		{Label: texts.ReceiptSchema, Value: receiptSchema},
		{Label: texts.ReceiptPerson, Value: Pseudonym(c), Exact: true},
		{Label: texts.ReceiptPurpose, Value: r.Purpose + " (" + string(texts.PostureName(c.Terms.Posture)) + ")"},
		{Label: texts.ReceiptBasis, Value: string(texts.ReceiptBasisText)},
		{Label: texts.ReceiptData, Value: r.papers()},
		{Label: texts.ReceiptActions, Value: actions(c.Terms.Actions)},
		{Label: texts.ReceiptHolder, Value: r.holder()},
		{Label: texts.ReceiptMethod, Value: string(texts.MethodName(c.Giving.Method))},
		{Label: texts.ReceiptStorage, Value: string(texts.ReceiptKeptHere)},
		{Label: texts.ReceiptRetention, Value: string(texts.ReceiptKeptLong)},
		{Label: texts.ReceiptRecipient, Value: texts.FunctionName(c.Terms.Function) + ", " + c.Structure},
		{Label: texts.ReceiptWithdraw, Value: string(texts.ReceiptWithdrawBy)},
		{Label: texts.ReceiptRights, Value: string(texts.ReceiptMyRights)},
		{Label: texts.ReceiptAt, Value: r.moment(c.Given)},
		{Label: texts.ReceiptFrom, Value: r.moment(c.Terms.From)},
		{Label: texts.ReceiptUntil, Value: r.moment(c.Terms.Until)},
		{Label: texts.ReceiptState, Value: strings.Join(state, " ")},
		{Label: texts.ReceiptBy, Value: string(texts.ReceiptService)},
		{Label: texts.ReceiptText, Value: c.Shown.Version},
		{Label: texts.ReceiptDigest, Value: c.Shown.Digest.String(), Exact: true},
	}
	return r.page(texts.ReceiptTitle,
		block{Lines: plain(texts.ReceiptNoName)},
		block{Heading: texts.ReceiptRecord, Class: "long", Fields: record},
		block{Heading: texts.ReceiptCheck, Square: square, Lines: plain(texts.MandateScan), Fields: []field{{Label: texts.PageAddress, Value: address}}},
	).render()
}

func (r Receipt) holder() string {
	if r.SIRET == "" {
		return r.Consent.Structure
	}
	return r.Consent.Structure + ", SIRET " + r.SIRET
}

// papers says how many and of which kinds, never which.
func (r Receipt) papers() string {
	all := append(append([]string{}, r.Kinds...), r.Drawers...)
	if n := len(r.Consent.Terms.Scope.Documents); n > 0 {
		all = append(all, texts.JournalPapers.With("count", fmt.Sprint(n)))
	}
	return strings.Join(all, ", ")
}

func (h Letterhead) moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return texts.Moment(t, h.Zone)
}

func actions(a vault.Action) string {
	var all []string
	for _, one := range vault.Actions() {
		if a.Has(one) {
			all = append(all, string(texts.ActionName(one)))
		}
	}
	return strings.Join(all, ", ")
}

// recordJSON is the record for programs: the same parts, under the names of the
// technical specification.
type recordJSON struct {
	Schema       string   `json:"schema_version"`
	Record       string   `json:"record_id"`
	Principal    string   `json:"pii_principal_id"`
	Purpose      string   `json:"purpose"`
	PurposeLabel string   `json:"purpose_label"`
	Basis        string   `json:"lawful_basis"`
	Categories   []string `json:"pii_categories"`
	Actions      []string `json:"processing"`
	Controller   string   `json:"pii_controller"`
	SIRET        string   `json:"pii_controller_id,omitempty"`
	Method       string   `json:"collection_method"`
	Storage      string   `json:"storage_location"`
	Retention    string   `json:"retention"`
	Recipients   []string `json:"recipients"`
	Withdrawal   string   `json:"withdrawal_method"`
	Rights       string   `json:"privacy_rights"`
	EventTime    string   `json:"event_time"`
	ValidFrom    string   `json:"valid_from"`
	ValidUntil   string   `json:"valid_until"`
	State        string   `json:"event_state"`
	Entity       string   `json:"entity"`
	Notice       string   `json:"notice_version"`
	Digest       string   `json:"notice_sha256"`
}

// JSON makes the record for programs.
func (r Receipt) JSON() ([]byte, error) {
	c := r.Consent
	j := recordJSON{
		Schema: receiptSchema, Record: c.ID.String(), Principal: Pseudonym(c), Purpose: string(c.Terms.Purpose), PurposeLabel: r.Purpose,
		Basis: string(texts.ReceiptBasisText), Categories: append(append([]string{}, r.Kinds...), r.Drawers...), Controller: c.Structure, SIRET: r.SIRET,
		Method: string(texts.MethodName(c.Giving.Method)), Storage: string(texts.ReceiptKeptHere), Retention: string(texts.ReceiptKeptLong),
		Recipients: []string{c.Terms.Function.String()}, Withdrawal: string(texts.ReceiptWithdrawBy), Rights: string(texts.ReceiptMyRights),
		EventTime: stamp(c.Given), ValidFrom: stamp(c.Terms.From), ValidUntil: stamp(c.Terms.Until),
		State: string(texts.ConsentStateName(c.State)), Entity: string(texts.ReceiptService), Notice: c.Shown.Version, Digest: c.Shown.Digest.String(),
	}
	for _, one := range vault.Actions() {
		if c.Terms.Actions.Has(one) {
			j.Actions = append(j.Actions, one.String())
		}
	}
	b, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("receipt: %w", err)
	}
	return append(b, '\n'), nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// VerifyURL is the page under the service's public address that says whether a
// consent is live. It names the consent and the text agreed to, and nobody.
func VerifyURL(portal *url.URL, c vault.Consent) (string, error) {
	return under(portal, "accord", c.ID.String(), c.Shown.Digest.String()[:16])
}

// A Mandate is a consent on paper, with the exact text that was shown, places to
// sign, a QR code to the page that says whether it still counts, and a slip by
// which the person takes it back.
type Mandate struct {
	Letterhead
	Consent vault.Consent
	Person  string // as they sign; empty leaves a blank
	Portal  *url.URL
}

// HTML makes the pages: the mandate, and the withdrawal slip on its own.
func (m Mandate) HTML() ([]byte, error) {
	c := m.Consent
	address, err := VerifyURL(m.Portal, c)
	if err != nil {
		return nil, err
	}
	square, err := newSquare(texts.MandateCheck, address)
	if err != nil {
		return nil, err
	}
	title, parts := texts.Outline(c.Shown.Text)
	blocks := []block{{Heading: texts.MandateParties, Fields: []field{
		{Label: texts.MandatePerson, Value: m.Person}, {Label: texts.MandateAgent, Value: c.AgentName},
		{Label: texts.MandateStructure, Value: c.Structure}, {Label: texts.MandateNumber, Value: c.ID.String(), Exact: true},
	}, After: m.law()}}
	for _, p := range parts {
		b := block{Heading: texts.Label(p.Heading), Lines: p.Lines, Items: p.Items}
		if len(p.Items) > 0 { // a list is read before what limits it
			b.Lines, b.After = nil, p.Lines
		}
		blocks = append(blocks, b)
	}
	blocks = append(blocks,
		block{Heading: texts.MandateSigns, Lines: append(plain(texts.ProtectionAnswer(c.Giving.Protection)), string(texts.MandateTwo)), Signs: m.signs()},
		block{Heading: texts.MandateCheck, Square: square, Lines: plain(texts.MandateScan), Fields: []field{
			{Label: texts.PageAddress, Value: address}, {Label: texts.ReceiptText, Value: c.Shown.Version},
			{Label: texts.ReceiptDigest, Value: c.Shown.Digest.String(), Exact: true},
		}},
		block{Heading: texts.WithdrawTitle, Class: "page cut", Lines: plain(texts.WithdrawWhat), Fields: []field{
			{Label: texts.MandateNumber, Value: c.ID.String(), Exact: true}, {Label: texts.MandateStructure, Value: c.Structure},
		}, Box: texts.WithdrawBox, Signs: []sign{{Label: texts.MandatePerson}, {Label: texts.MandateAgent}}},
	)
	if c.Terms.Posture == vault.PostureInStead {
		title = string(texts.MandateTitle)
	}
	return m.page(texts.Label(title), blocks...).render()
}

// law is said of a mandate only: help side by side is none.
func (m Mandate) law() []string {
	if m.Consent.Terms.Posture != vault.PostureInStead {
		return nil
	}
	return plain(texts.MandateLaw)
}

// signs are the places to sign: those who were there, and who represents the
// person where somebody does (L-87).
func (m Mandate) signs() []sign {
	c := m.Consent
	all := []sign{{texts.MandatePerson, m.Person}, {texts.MandateAgent, c.AgentName}}
	if c.Giving.Protection == vault.ProtectionAssisted || c.Giving.Protection == vault.ProtectionRepresented {
		all = append(all, sign{Label: texts.MandateGuardian})
	}
	if c.Giving.Witness != "" {
		all = append(all, sign{texts.MandateWitness, c.Giving.Witness})
	}
	return all
}
