package keeper

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/seal"
)

// planJSON is what the intent of a handover carries, sealed to the master
// (FORMAT.md): with it, and the objects that were written before, a start finishes
// what a crash interrupted. It is under the master and not only under the journal's
// key because of the PIN's verifier: it goes when that master epoch is destroyed.
type planJSON struct {
	Version  int      `json:"v"`
	Leader   string   `json:"leader"`
	Since    int64    `json:"since"`
	Sheet    string   `json:"sheet"`
	PIN      pinJSON  `json:"pin"`
	Passport string   `json:"passport"`
	Printers []string `json:"printers,omitempty"`
	Cycle    string   `json:"cycle,omitempty"` // of workshops, that the leader leads
	Kit      bool     `json:"kit,omitempty"`   // the recovery kit ends: the leader printed it
	Old      []string `json:"old"`             // for each way that is added, in whose place; empty for none
	Draft    []byte   `json:"draft"`           // an unsigned entry: the ways, then the turn
}

const planVersion = 1

func planBinding(id vault.SafeID, master uint64) seal.Binding {
	return seal.Bind(seal.KindService, id.String(), "handover", number(master))
}

// sealPlan writes a handover for its intent.
func (k *Keeper) sealPlan(s *safe, h *handover) ([]byte, error) {
	j := planJSON{
		Version: planVersion, Leader: h.leader.String(), Since: h.since.Unix(), Sheet: h.sheet.String(),
		PIN: pinJSON{h.pin.mac[:], h.pin.since.Unix()}, Passport: string(h.number), Cycle: idText(h.cycle),
		Kit: h.kit,
	}
	for _, id := range h.printers {
		j.Printers = append(j.Printers, id.String())
	}
	s.mu.Lock()
	draft := s.entry(k)
	s.mu.Unlock()
	for _, way := range h.ways {
		j.Old, draft.Ops = append(j.Old, idText(way.old)), append(draft.Ops, way.add)
	}
	draft.Ops = append(draft.Ops, h.turn)
	var err error
	if j.Draft, err = draft.Marshal(); err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	plain, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	c, err := seal.Seal(plain, planBinding(s.id, k.secrets.MasterEpoch), k.toMaster()...)
	if err != nil {
		return nil, fmt.Errorf("handover: %w", err)
	}
	return c.Bytes(), nil
}

// handoverOf reads what the intent of a handover took away. One without a plan was
// refused; a plan that cannot be read, or whose master is not at hand, is
// [vault.ErrTampered]: the leader is a stranger, and nobody can say with which ways
// in.
func (k *Keeper) handoverOf(n detail) (*taking, error) {
	if len(n.Plan) == 0 {
		return nil, fmt.Errorf("%v without a plan", vault.ActHandover)
	}
	h, err := k.openPlan(n)
	if err != nil {
		return nil, fmt.Errorf("%w: handover: %w", vault.ErrTampered, err)
	}
	ends, err := takenIDs(n.Consents)
	return &taking{handover: h, by: h.since, consents: ends, why: vault.EndedHandover}, err
}

func (k *Keeper) openPlan(n detail) (*handover, error) {
	id, err := vault.ParseSafeID(n.Safe)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	master, err := k.master(n.Count)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	plain, err := master.Open(n.Plan, planBinding(id, n.Count))
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	var j planJSON
	if err := json.Unmarshal(plain.Reveal(), &j); err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	return j.handover()
}

func (j planJSON) handover() (*handover, error) {
	var p idParser
	h := &handover{leader: parseID(&p, j.Leader, vault.ParseAgentID), since: time.Unix(j.Since, 0).UTC(), sheet: parseID(&p, j.Sheet, vault.ParseWayID)}
	if j.Version != planVersion || len(j.PIN.MAC) != len(h.pin.mac) {
		return nil, fmt.Errorf("version %d", j.Version)
	}
	h.pin = storedPIN{[32]byte(j.PIN.MAC), time.Unix(j.PIN.Since, 0)}
	h.number, h.cycle = parseID(&p, j.Passport, vault.ParsePassportNumber), parseID(&p, j.Cycle, vault.ParseCycleID)
	h.kit = j.Kit
	for _, id := range j.Printers {
		h.printers = append(h.printers, parseID(&p, id, vault.ParseAgentID))
	}
	draft, err := chain.Parse(j.Draft)
	if err != nil || len(draft.Ops) != len(j.Old)+1 {
		return nil, fmt.Errorf("draft of %d operations: %w", len(draft.Ops), err)
	}
	for i, old := range j.Old {
		add, ok := draft.Ops[i].(chain.AddWay)
		if !ok {
			return nil, fmt.Errorf("operation %d is no way in", i)
		}
		h.ways = append(h.ways, renewed{parseID(&p, old, vault.ParseWayID), add})
	}
	turn, ok := draft.Ops[len(j.Old)].(chain.TurnEpoch)
	if !ok {
		return nil, fmt.Errorf("no turn at the end")
	}
	h.turn = turn
	return h, p.err
}
