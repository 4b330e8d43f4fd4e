package keeper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// What travels between the service and the holder of escrow B (FORMAT.md): out,
// a signed batch of requests; back, the same safe identities sealed to the new
// sheets. Neither can be opened on the way.

// MaxRecoveries is how many requests one batch holds.
const MaxRecoveries = 64

// recoveryBatch is what the holder is given.
type recoveryBatch struct {
	Version  int               `json:"v"`
	Origin   string            `json:"origin"`
	Requests []recoveryRequest `json:"requests"`
}

type recoveryRequest struct {
	Safe      string          `json:"safe"`
	Since     int64           `json:"since"`     // when the person asked
	Sheet     string          `json:"sheet"`     // the new one
	Recipient string          `json:"recipient"` // of the new sheet
	Way       string          `json:"way"`       // that escrow B opens
	Epochs    []recoveryEpoch `json:"epochs"`
}

// recoveryEpoch is one epoch of a safe identity: sealed to escrow B on the way
// out, to the new sheet on the way back.
type recoveryEpoch struct {
	Epoch     uint64 `json:"epoch"`
	Recipient string `json:"recipient,omitempty"` // of the identity inside
	Sealed    []byte `json:"sealed"`
}

// recoveryAnswers is what the holder gives back.
type recoveryAnswers struct {
	Version int              `json:"v"`
	Answers []recoveryAnswer `json:"answers"`
}

type recoveryAnswer struct {
	Safe   string          `json:"safe"`
	Sheet  string          `json:"sheet"`
	Epochs []recoveryEpoch `json:"epochs"`
}

// errRecovery says that a file is not what travels between service and holder.
var errRecovery = errors.New("not a file of recoveries")

// A RecoveryLine is one request as its holder compares it with the paper that
// the person and two agents signed.
type RecoveryLine struct {
	Safe  vault.SafeID
	Sheet vault.WayID
	Since int64 // Unix seconds
}

// ReadRecoveries checks a batch that the service signed and lists what is asked
// for. It needs no secret.
func ReadRecoveries(batch []byte, keys ...seal.VerifyKey) ([]RecoveryLine, error) {
	b, err := openBatch(batch, keys)
	if err != nil {
		return nil, err
	}
	var lines []RecoveryLine
	for _, r := range b.Requests {
		var p idParser
		lines = append(lines, RecoveryLine{parseID(&p, r.Safe, vault.ParseSafeID), parseID(&p, r.Sheet, vault.ParseWayID), r.Since})
		if p.err != nil {
			return nil, fmt.Errorf("%w: %w", errRecovery, p.err)
		}
	}
	return lines, nil
}

// AnswerRecoveries is the holder's part, offline: it opens what is sealed to
// escrow B and seals it to the new sheets, for the requests that accepts says
// yes to. It checks that each identity is the one its safe names; nothing of it
// stays. Errors wrap [seal.ErrTampered] or [seal.ErrNoKey].
func AnswerRecoveries(batch []byte, escrow *seal.Identity, accepts func(RecoveryLine) bool, keys ...seal.VerifyKey) ([]byte, error) {
	b, err := openBatch(batch, keys)
	if err != nil {
		return nil, err
	}
	out := recoveryAnswers{Version: 1}
	for _, r := range b.Requests {
		var p idParser
		line := RecoveryLine{parseID(&p, r.Safe, vault.ParseSafeID), parseID(&p, r.Sheet, vault.ParseWayID), r.Since}
		way, to := parseID(&p, r.Way, vault.ParseWayID), parseID(&p, r.Recipient, seal.ParseRecipient)
		if p.err != nil {
			return nil, fmt.Errorf("%w: %w", errRecovery, p.err)
		}
		if !accepts(line) {
			continue
		}
		a := recoveryAnswer{Safe: r.Safe, Sheet: r.Sheet}
		for _, e := range r.Epochs {
			sealed, err := hand(line, e, way, to, escrow)
			if err != nil {
				return nil, fmt.Errorf("safe %s: %w", line.Safe, err)
			}
			a.Epochs = append(a.Epochs, recoveryEpoch{Epoch: e.Epoch, Sealed: sealed})
		}
		out.Answers = append(out.Answers, a)
	}
	raw, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("recoveries: %w", err)
	}
	return raw, nil
}

// hand seals one epoch of a safe identity to the new sheet.
func hand(line RecoveryLine, e recoveryEpoch, way vault.WayID, to seal.Recipient, escrow *seal.Identity) ([]byte, error) {
	want, err := seal.ParseRecipient(e.Recipient)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRecovery, err)
	}
	_, inner := wayBindings(line.Safe, e.Epoch, way, 0)
	text, err := escrow.Open(e.Sealed, inner)
	if err != nil {
		return nil, err
	}
	defer text.Wipe()
	if _, err := seal.ParseIdentityFor(text, want); err != nil {
		return nil, err
	}
	_, inner = wayBindings(line.Safe, e.Epoch, line.Sheet, 0)
	c, err := seal.Seal(text.Reveal(), inner, to)
	if err != nil {
		return nil, err
	}
	return c.Bytes(), nil
}

func openBatch(raw []byte, keys []seal.VerifyKey) (b recoveryBatch, err error) {
	signed, err := seal.VerifySigned(raw, seal.SignedRecovery, keys...)
	if err != nil {
		return b, fmt.Errorf("recoveries: %w", err)
	}
	return b, parseRecoveries(signed.Payload(), &b, func() int { return b.Version })
}

func parseAnswers(raw []byte) (a recoveryAnswers, err error) {
	return a, parseRecoveries(raw, &a, func() int { return a.Version })
}

// parseRecoveries reads the one form that these programs write.
func parseRecoveries(raw []byte, into any, version func() int) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errRecovery, err)
	}
	if version() != 1 {
		return fmt.Errorf("%w: version %d", errRecovery, version())
	}
	again, err := json.Marshal(into)
	if err != nil || !bytes.Equal(again, raw) {
		return fmt.Errorf("%w: form", errRecovery)
	}
	return nil
}
