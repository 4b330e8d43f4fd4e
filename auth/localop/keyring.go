package localop

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	// keysName is where the keys lie in the store.
	keysName = "keys"
	// keyLife is when a signing key is replaced unasked.
	keyLife = 90 * 24 * time.Hour
	// keyLinger is how long a replaced key stays published; its last token is good for idTokenLife.
	keyLinger = time.Hour
)

var errKeys = errors.New("localop: stored keys are malformed")

// signingKey is one ES256 key, from private to published.
type signingKey struct {
	id      string
	priv    *ecdsa.PrivateKey
	created time.Time
	retired time.Time // zero for the one that signs
}

var (
	_ op.SigningKey = signingKey{}
	_ op.Key        = publicKey{}
)

func (k signingKey) ID() string                                  { return k.id }
func (k signingKey) Key() any                                    { return k.priv }
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.ES256 }

// publicKey is the half that is published.
type publicKey struct{ signingKey }

func (k publicKey) Key() any                           { return k.priv.Public() }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.ES256 }

// keyRing holds the signing keys and the key that account names are derived with. Safe for concurrent use.
type keyRing struct {
	store Store

	mu      sync.Mutex
	keys    []signingKey // newest first; the first one signs
	nameKey []byte
}

func openKeyRing(ctx context.Context, store Store) (*keyRing, error) {
	r := &keyRing{store: store}
	b, err := store.Load(ctx, keysName)
	switch {
	case errors.Is(err, ErrNotFound):
		r.nameKey = make([]byte, 32)
		_, _ = rand.Read(r.nameKey) // never fails
		return r, r.rotate(ctx)
	case err != nil:
		return nil, fmt.Errorf("localop: load keys: %w", err)
	}
	r.keys, r.nameKey, err = parseKeys(b)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (r *keyRing) accountKey() []byte { return slices.Clone(r.nameKey) }

// rotate makes a new key and saves it before anything is signed with it.
func (r *keyRing) rotate(ctx context.Context) error {
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("localop: make key: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	keys := []signingKey{{id: rand.Text(), priv: priv, created: now}}
	for _, k := range r.keys {
		if k.retired.IsZero() {
			k.retired = now
		}
		if now.Sub(k.retired) < keyLinger {
			keys = append(keys, k)
		}
	}
	b, err := marshalKeys(keys, r.nameKey)
	if err != nil {
		return err
	}
	if err := r.store.Save(ctx, keysName, b); err != nil {
		return fmt.Errorf("localop: save keys: %w", err)
	}
	r.keys = keys
	return nil
}

// signing is the key that signs; it is replaced when it is old. A store that cannot save keeps the old
// one at work: logins matter more than the age of a key, and the next token tries again.
func (r *keyRing) signing(ctx context.Context) signingKey {
	r.mu.Lock()
	k := r.keys[0]
	r.mu.Unlock()
	if time.Since(k.created) < keyLife || r.rotate(ctx) != nil {
		return k
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[0]
}

// published are the keys that a token in flight may be signed with.
func (r *keyRing) published() []op.Key {
	r.mu.Lock()
	defer r.mu.Unlock()
	var keys []op.Key
	for _, k := range r.keys {
		if k.retired.IsZero() || time.Since(k.retired) < keyLinger {
			keys = append(keys, publicKey{k})
		}
	}
	return keys
}

// storedKeys is the value under keysName: FORMAT.md.
type storedKeys struct {
	Version int         `json:"version"`
	Names   []byte      `json:"account_names"`
	Signing []storedKey `json:"signing"`
}

type storedKey struct {
	ID      string `json:"id"`
	PKCS8   []byte `json:"pkcs8"`
	Created int64  `json:"created"`
	Retired int64  `json:"retired,omitempty"`
}

func marshalKeys(keys []signingKey, nameKey []byte) ([]byte, error) {
	s := storedKeys{Version: 1, Names: nameKey}
	for _, k := range keys {
		der, err := x509.MarshalPKCS8PrivateKey(k.priv)
		if err != nil {
			return nil, fmt.Errorf("localop: encode key: %w", err)
		}
		sk := storedKey{ID: k.id, PKCS8: der, Created: k.created.Unix()}
		if !k.retired.IsZero() {
			sk.Retired = k.retired.Unix()
		}
		s.Signing = append(s.Signing, sk)
	}
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("localop: encode keys: %w", err)
	}
	return b, nil
}

func parseKeys(b []byte) (keys []signingKey, nameKey []byte, err error) {
	var s storedKeys
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errKeys, err)
	}
	if s.Version != 1 || len(s.Names) != 32 || len(s.Signing) == 0 || s.Signing[0].Retired != 0 {
		return nil, nil, errKeys
	}
	for _, sk := range s.Signing {
		k, err := x509.ParsePKCS8PrivateKey(sk.PKCS8)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", errKeys, err)
		}
		priv, ok := k.(*ecdsa.PrivateKey)
		if !ok || priv.Curve != elliptic.P256() || sk.ID == "" {
			return nil, nil, fmt.Errorf("%w: not an ES256 key", errKeys)
		}
		key := signingKey{id: sk.ID, priv: priv, created: time.Unix(sk.Created, 0)}
		if sk.Retired != 0 {
			key.retired = time.Unix(sk.Retired, 0)
		}
		keys = append(keys, key)
	}
	return keys, s.Names, nil
}
