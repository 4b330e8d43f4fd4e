package session

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// HeaderProof is the name of the metadata, or HTTP header, that carries the proof.
const HeaderProof = "coffre-proof"

const (
	proofVersion = 1
	nonceSize    = 16
	// proofSize is version, time, nonce and signature: see PROOF.md.
	proofSize = 1 + 8 + nonceSize + ed25519.SignatureSize
	// maxMethod bounds a full method name.
	maxMethod = 255
)

// proofDomain keeps a signature over a proof from ever being one over anything else.
const proofDomain = "coffre/session-proof/v1\x00"

// A Proof is the client's signature over one call: this token, this method, this second, once. It does
// not cover the request itself; TLS does. The zero Proof is refused.
type Proof struct{ raw [proofSize]byte }

// ParseProof reads the value of the coffre-proof header: 119 characters of unpadded base64url. It accepts
// one spelling only, so that Encode gives the same text back. The error wraps ErrProof.
func ParseProof(s string) (Proof, error) {
	var p Proof
	if err := decode(p.raw[:], s); err != nil {
		return Proof{}, fmt.Errorf("%w: %w", ErrProof, err)
	}
	if p.raw[0] != proofVersion {
		return Proof{}, fmt.Errorf("%w: version %d", ErrProof, p.raw[0])
	}
	return p, nil
}

// Encode returns the header value.
func (p Proof) Encode() string { return encoding.EncodeToString(p.raw[:]) }

func (p Proof) unix() int64 { return int64(binary.BigEndian.Uint64(p.raw[1:9])) }

func (p Proof) nonce() [nonceSize]byte { return [nonceSize]byte(p.raw[9 : 9+nonceSize]) }

// verify reports whether p was made with the key pub for the token of that hash and for method.
func (p Proof) verify(pub ed25519.PublicKey, token [sha256.Size]byte, method string) bool {
	if p.raw[0] != proofVersion || method == "" || len(method) > maxMethod {
		return false
	}
	head := 1 + 8 + nonceSize
	return ed25519.Verify(pub, proofMessage(token, p.raw[:head], method), p.raw[head:])
}

// proofMessage is what is signed. Only the last part has no fixed length, so that no two calls have the
// same message.
func proofMessage(token [sha256.Size]byte, head []byte, method string) []byte {
	m := make([]byte, 0, len(proofDomain)+len(token)+len(head)+len(method))
	m = append(m, proofDomain...)
	m = append(m, token[:]...)
	m = append(m, head...) // version, time, nonce
	return append(m, method...)
}

// makeProof is Prove with the nonce given.
func makeProof(key ed25519.PrivateKey, token [sha256.Size]byte, method string, now time.Time, nonce [nonceSize]byte) Proof {
	var p Proof
	p.raw[0] = proofVersion
	binary.BigEndian.PutUint64(p.raw[1:9], uint64(now.Unix()))
	copy(p.raw[9:], nonce[:])
	head := 1 + 8 + nonceSize
	copy(p.raw[head:], ed25519.Sign(key, proofMessage(token, p.raw[:head], method)))
	return p
}
