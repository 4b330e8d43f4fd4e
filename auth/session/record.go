package session

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/coffre-fort/coffre/auth"
)

// Records of the store begin with what they are and in which version. See PROOF.md.
const (
	kindSession = 'S'
	kindUsed    = 'U'

	recordVersion = 2
	usedVersion   = 1
	// sessionFixed is the length of a session record before issuer and subject.
	sessionFixed = 2 + 16 + ed25519.PublicKeySize + 4*8 + 1
)

// errRecord reports a stored record that this version did not write.
var errRecord = errors.New("session: malformed record")

// record is what is kept of a session. The times are Unix seconds: what is stored has no monotonic part.
type record struct {
	id       ID
	pub      [ed25519.PublicKeySize]byte
	opened   int64
	touched  int64
	idle     int64 // seconds
	authTime int64
	second   bool // the login had a second factor
	user     auth.UserID
}

func (r record) marshal() []byte {
	issuer, subject := r.user.Issuer(), r.user.Subject()
	b := make([]byte, 0, sessionFixed+2+len(issuer)+len(subject))
	b = append(b, kindSession, recordVersion)
	b = append(b, r.id[:]...)
	b = append(b, r.pub[:]...)
	for _, n := range []int64{r.opened, r.touched, r.idle, r.authTime} {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	b = append(b, flag(r.second))
	b = append(b, byte(len(issuer))) // NewUserID bounds both to 255 bytes
	b = append(b, issuer...)
	b = append(b, byte(len(subject)))
	return append(b, subject...)
}

// parseRecord reads a session record; the error wraps errRecord. Only what marshal writes is accepted.
func parseRecord(b []byte) (record, error) {
	if len(b) < sessionFixed || b[0] != kindSession || b[1] != recordVersion {
		return record{}, fmt.Errorf("%w: %d bytes", errRecord, len(b))
	}
	r := record{id: ID(b[2:18]), pub: [ed25519.PublicKeySize]byte(b[18 : 18+ed25519.PublicKeySize])}
	rest := b[18+ed25519.PublicKeySize:]
	for _, n := range []*int64{&r.opened, &r.touched, &r.idle, &r.authTime} {
		*n = int64(binary.BigEndian.Uint64(rest))
		rest = rest[8:]
	}
	if rest[0] > 1 {
		return record{}, fmt.Errorf("%w: second factor", errRecord)
	}
	r.second, rest = rest[0] == 1, rest[1:]
	issuer, rest, ok := cutText(rest)
	if !ok {
		return record{}, fmt.Errorf("%w: issuer", errRecord)
	}
	subject, rest, ok := cutText(rest)
	if !ok || len(rest) != 0 {
		return record{}, fmt.Errorf("%w: subject", errRecord)
	}
	user, err := auth.RestoreUserID(issuer, subject)
	if err != nil {
		return record{}, fmt.Errorf("%w: %w", errRecord, err)
	}
	r.user = user
	if r.id.IsZero() || r.idle <= 0 || r.idle > int64(defaultMax/time.Second) || r.opened <= 0 || r.touched < r.opened || r.authTime < 0 {
		return record{}, fmt.Errorf("%w: out of bounds", errRecord)
	}
	return r, nil
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

// cutText takes a text with its length byte off b.
func cutText(b []byte) (text string, rest []byte, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}

// usedMark is the record that says that a login opened its session.
func usedMark() []byte { return []byte{kindUsed, usedVersion} }

func isUsedMark(b []byte) bool { return bytes.Equal(b, usedMark()) }
