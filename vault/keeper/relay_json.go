package keeper

import (
	"errors"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
)

// relayJSON is a relay in a service record (FORMAT.md).
type relayJSON struct {
	ID        string `json:"id"`
	Structure string `json:"structure"`
	Sender    string `json:"sender"`
	To        string `json:"to,omitempty"`
	Function  string `json:"function,omitempty"`
	Purpose   string `json:"purpose"`
	Posture   uint8  `json:"posture"`
	Text      string `json:"text"`
	Sent      int64  `json:"sent"`
	Due       int64  `json:"due"`
	Alarm     int64  `json:"alarm"`
	Rang      bool   `json:"rang,omitempty"`
	State     uint8  `json:"state"`
	Taker     string `json:"taker,omitempty"`
	Left      string `json:"left,omitempty"`
	Since     int64  `json:"since"`
	Why       uint8  `json:"why,omitempty"`
}

func (r relay) json() relayJSON {
	j := relayJSON{
		ID: r.id.String(), Structure: idText(r.structure), Sender: idText(r.sender), To: idText(r.to),
		Purpose: string(r.purpose), Posture: uint8(r.posture), Text: r.text,
		Sent: r.sent.Unix(), Due: r.due.Unix(), Alarm: r.alarm.Unix(), Rang: r.rang,
		State: uint8(r.state), Taker: idText(r.taker), Left: idText(r.left), Since: r.since.Unix(), Why: uint8(r.why),
	}
	if r.function != 0 {
		j.Function = r.function.String()
	}
	return j
}

var errRelay = errors.New("relay")

func (j relayJSON) relay(p *idParser) relay {
	r := relay{
		id: parseID(p, j.ID, vault.ParseRelayID), structure: parseID(p, j.Structure, vault.ParseStructureID),
		sender: parseID(p, j.Sender, vault.ParseAgentID), to: parseID(p, j.To, vault.ParseAgentID),
		function: parseID(p, j.Function, vault.ParseFunction), purpose: papers.Purpose(j.Purpose), posture: vault.Posture(j.Posture),
		text: j.Text, sent: time.Unix(j.Sent, 0).UTC(), due: time.Unix(j.Due, 0).UTC(), alarm: time.Unix(j.Alarm, 0).UTC(),
		rang: j.Rang, state: vault.RelayState(j.State), taker: parseID(p, j.Taker, vault.ParseAgentID),
		left: parseID(p, j.Left, vault.ParseAgentID), since: time.Unix(j.Since, 0).UTC(), why: vault.EndReason(j.Why),
	}
	if p.err == nil && (r.id.IsZero() || r.structure.IsZero() || r.sender.IsZero() || r.state.String() == "unknown") {
		p.err = errRelay
	}
	return r
}
