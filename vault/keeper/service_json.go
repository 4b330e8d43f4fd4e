package keeper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/seal"
)

// serviceVersion is the version of a service record's stored form (FORMAT.md).
const serviceVersion = 2

type serviceJSON struct {
	Version    int             `json:"v"`
	Issuer     string          `json:"issuer,omitempty"`
	Subject    string          `json:"subject,omitempty"`
	Journal    []byte          `json:"journal"`
	Informed   string          `json:"informed"`
	Home       string          `json:"home,omitempty"`
	Opener     string          `json:"opener,omitempty"`
	Entrusted  []entrustedJSON `json:"entrusted,omitempty"`
	PIN        *pinJSON        `json:"pin,omitempty"`
	Entry      *registerJSON   `json:"entry,omitempty"`
	Discreet   bool            `json:"discreet,omitempty"`
	Addresses  []addressJSON   `json:"addresses,omitempty"`
	Referent   string          `json:"referent,omitempty"`
	Shared     bool            `json:"shared,omitempty"`
	ShutOut    []shutOutJSON   `json:"shut_out,omitempty"`
	Printers   []string        `json:"printers,omitempty"`
	RenewSheet bool            `json:"renew_sheet,omitempty"`
	Ways       []labelledJSON  `json:"ways,omitempty"`
	Kit        *kitJSON        `json:"kit,omitempty"`
	KitOpening *kitOpeningJSON `json:"kit_opening,omitempty"`
	Recovery   *recoveryJSON   `json:"recovery,omitempty"`
	Relink     *relinkJSON     `json:"relink,omitempty"`
	Relays     []relayJSON     `json:"relays,omitempty"`
	NoRelays   int64           `json:"no_relays,omitempty"`
	Cycle      *takesPartJSON  `json:"cycle,omitempty"`
	Earlier    []takesPartJSON `json:"earlier_cycles,omitempty"`
	Passport   *passportJSON   `json:"passport,omitempty"`
	Dues       []dueJSON       `json:"dues,omitempty"`
	Training   *trainingJSON   `json:"training,omitempty"`
	Handed     []handedJSON    `json:"handed,omitempty"`
}

type entrustedJSON struct {
	Bundle    string `json:"bundle"`
	Drawer    string `json:"drawer"`
	Agreement string `json:"agreement"`
	Since     int64  `json:"since"`
	Handover  bool   `json:"handover,omitempty"`
}

type pinJSON struct {
	MAC   []byte `json:"mac"`
	Since int64  `json:"since"`
}

type registerJSON struct {
	Name     string `json:"name"`
	Birth    string `json:"birth"`
	Language string `json:"language"`
}

type labelledJSON struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Since int64  `json:"since"`
}

type addressJSON struct {
	labelledJSON
	Partner string `json:"partner,omitempty"`
}

type recoveryJSON struct {
	Sheet     string `json:"sheet"`
	Recipient string `json:"recipient"`
	Printer   string `json:"printer"`
	Since     int64  `json:"since"`
}

type relinkJSON struct {
	Issuer   string `json:"issuer"`
	Subject  string `json:"subject"`
	Approval string `json:"approval"`
	Due      int64  `json:"due"`
}

type shutOutJSON struct {
	Agent     string `json:"agent,omitempty"`
	Structure string `json:"structure,omitempty"`
	Since     int64  `json:"since"`
}

func (r serviceRecord) marshal() ([]byte, error) {
	j := serviceJSON{
		Version: serviceVersion, Issuer: r.owner.Issuer(), Subject: r.owner.Subject(),
		Journal: r.journal.Export().Reveal(), Informed: r.informed,
		Home: idText(r.home), Opener: idText(r.opener), Discreet: r.discreet(),
		Referent: idText(r.referent), Shared: r.shared, RenewSheet: r.renewSheet,
	}
	for _, e := range r.entrust {
		j.Entrusted = append(j.Entrusted, entrustedJSON{e.bundle.String(), string(e.drawer), e.agreement, e.since.Unix(), e.handover})
	}
	if !r.pin.isZero() {
		j.PIN = &pinJSON{r.pin.mac[:], r.pin.since.Unix()}
	}
	if r.entry != (vault.RegisterEntry{}) {
		j.Entry = &registerJSON{r.entry.Name, r.entry.Birth, r.entry.Language}
	}
	for _, a := range r.addresses {
		j.Addresses = append(j.Addresses, addressJSON{labelledJSON{a.id.String(), a.label, a.since.Unix()}, idText(a.partner)})
	}
	for _, o := range r.shutOut {
		j.ShutOut = append(j.ShutOut, shutOutJSON{idText(o.agent), idText(o.structure), o.since.Unix()})
	}
	for _, p := range r.printers {
		j.Printers = append(j.Printers, p.String())
	}
	for _, n := range r.ways {
		j.Ways = append(j.Ways, labelledJSON{n.way.String(), n.label, n.since.Unix()})
	}
	j.Kit, j.KitOpening = r.kit.json(), r.kitOpening.json()
	if v := r.recovery; !v.isZero() {
		j.Recovery = &recoveryJSON{v.sheet.String(), v.recipient.String(), idText(v.printer), v.since.Unix()}
	}
	if v := r.relink; !v.isZero() {
		j.Relink = &relinkJSON{v.login.Issuer(), v.login.Subject(), v.approval.String(), v.due.Unix()}
	}
	for _, one := range r.relays {
		j.Relays = append(j.Relays, one.json())
	}
	j.NoRelays, j.Passport, j.Cycle = unixOf(r.noRelays), r.passport.json(), r.cycle.json()
	for _, one := range r.earlier {
		j.Earlier = append(j.Earlier, *one.json())
	}
	j.Dues = duesJSON(r.dues)
	j.Training = r.training.json()
	for _, h := range r.handed {
		j.Handed = append(j.Handed, h.json())
	}
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("service record: %w", err)
	}
	return b, nil
}

// idText writes an id, and none for the zero id.
func idText[T interface {
	IsZero() bool
	String() string
}](id T) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

// errService says that a service record is not one that this program writes.
var errService = errors.New("not a service record")

// parseService reads what marshal writes, and nothing else: there is one form of
// each record.
func parseService(plain []byte) (serviceRecord, error) {
	var j serviceJSON
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	if err := d.Decode(&j); err != nil {
		return serviceRecord{}, fmt.Errorf("%w: %w", errService, err)
	}
	if j.Version != serviceVersion {
		return serviceRecord{}, fmt.Errorf("%w: version %d", errService, j.Version)
	}
	r, err := j.record()
	if err != nil {
		return serviceRecord{}, fmt.Errorf("%w: %w", errService, err)
	}
	if again, err := r.marshal(); err != nil || !bytes.Equal(again, plain) {
		return serviceRecord{}, fmt.Errorf("%w: form", errService)
	}
	return r, nil
}

func (j serviceJSON) record() (r serviceRecord, err error) {
	var p idParser
	r = serviceRecord{
		informed: j.Informed, home: parseID(&p, j.Home, vault.ParseStructureID), opener: parseID(&p, j.Opener, vault.ParseAgentID),
		referent: parseID(&p, j.Referent, vault.ParseAgentID), shared: j.Shared, renewSheet: j.RenewSheet,
	}
	if r.training, err = j.Training.exercise(); err != nil {
		return r, err
	}
	if r.journal, err = seal.ParseJournalKey(seal.NewSecret(j.Journal)); err != nil {
		return r, fmt.Errorf("journal key: %w", err)
	}
	if j.Issuer != "" || j.Subject != "" {
		if r.owner, err = auth.NewUserID(j.Issuer, j.Subject); err != nil {
			return r, fmt.Errorf("owner: %w", err)
		}
	}
	if j.PIN != nil {
		if len(j.PIN.MAC) != len(r.pin.mac) {
			return r, errors.New("PIN")
		}
		r.pin = storedPIN{[32]byte(j.PIN.MAC), time.Unix(j.PIN.Since, 0)}
	}
	if j.Entry != nil {
		r.entry = vault.RegisterEntry(*j.Entry)
	}
	if j.Discreet {
		r.discretion = vault.DiscretionDiscreet
	}
	j.lists(&p, &r)
	r.kit, r.kitOpening = j.Kit.kit(&p), j.KitOpening.opening(&p)
	if v := j.Recovery; v != nil {
		recipient := parseID(&p, v.Recipient, seal.ParseRecipient)
		r.recovery = recovering{parseID(&p, v.Sheet, vault.ParseWayID), recipient, parseID(&p, v.Printer, vault.ParseAgentID), time.Unix(v.Since, 0)}
	}
	if v := j.Relink; v != nil {
		r.relink = relinking{approval: parseID(&p, v.Approval, vault.ParseApprovalID), due: time.Unix(v.Due, 0)}
		if r.relink.login, err = auth.NewUserID(v.Issuer, v.Subject); err != nil {
			return r, fmt.Errorf("relink: %w", err)
		}
	}
	return r, p.err
}

func (j serviceJSON) lists(p *idParser, r *serviceRecord) {
	for _, e := range j.Entrusted {
		bundle, drawer := parseID(p, e.Bundle, vault.ParseBundleID), parseID(p, e.Drawer, papers.ParseDrawer)
		r.entrust = append(r.entrust, entrusted{bundle, drawer, e.Agreement, time.Unix(e.Since, 0), e.Handover})
	}
	for _, a := range j.Addresses {
		r.addresses = append(r.addresses, address{
			id: parseID(p, a.ID, vault.ParseAddressID), label: a.Label, since: time.Unix(a.Since, 0), partner: parseID(p, a.Partner, vault.ParsePartnerID),
		})
	}
	for _, o := range j.ShutOut {
		agent, structure := parseID(p, o.Agent, vault.ParseAgentID), parseID(p, o.Structure, vault.ParseStructureID)
		r.shutOut = append(r.shutOut, shutOut{agent, structure, time.Unix(o.Since, 0)})
	}
	for _, id := range j.Printers {
		r.printers = append(r.printers, parseID(p, id, vault.ParseAgentID))
	}
	for _, one := range j.Relays {
		r.relays = append(r.relays, one.relay(p))
	}
	r.noRelays, r.passport, r.cycle = timeOf(j.NoRelays), j.Passport.passport(p), j.Cycle.participation(p)
	r.earlier = earlierParts(p, r.cycle, j.Earlier)
	r.dues = keptDues(p, j.Dues)
	for _, h := range j.Handed {
		r.handed = append(r.handed, h.handed(p))
	}
	for _, n := range j.Ways {
		r.ways = append(r.ways, wayNote{parseID(p, n.ID, vault.ParseWayID), n.Label, time.Unix(n.Since, 0)})
	}
}

// An idParser remembers the first text that was no id.
type idParser struct{ err error }

// fail remembers an error, where none came before it.
func (p *idParser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// parseID reads an id; no text is the zero id.
func parseID[T any](p *idParser, s string, parse func(string) (T, error)) (id T) {
	if s == "" {
		return id
	}
	id, err := parse(s)
	p.fail(err)
	return id
}
