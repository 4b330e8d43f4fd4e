package seal

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"filippo.io/age"
)

// A Kind is what a sealed thing is. It is part of the binding, and decides the
// padding.
type Kind string

// The kinds of sealed things.
const (
	KindContent        Kind = "content"          // a document's bytes, as an object of its own
	KindInline         Kind = "inline"           // a document's bytes, inside a chain entry
	KindDescription    Kind = "description"      // title, kind, dates… of a document, inside a chain entry
	KindWay            Kind = "way"              // outer layer of a way into a safe
	KindWayInner       Kind = "way-inner"        // inner layer of a way into a safe
	KindWayMiddle      Kind = "way-middle"       // the layer between the two, of a way that takes two sheets
	KindBundleKey      Kind = "bundle-key"       // the identity of a bundle, or the outer layer around it
	KindBundleKeyInner Kind = "bundle-key-inner" // inner layer around the identity of a consent's bundle
	KindPieces         Kind = "pieces"           // descriptions and file keys in a bundle
	KindService        Kind = "service"          // a service record of a safe
	KindLocal          Kind = "local"            // a local account or provider key
	KindAgent          Kind = "agent"            // an agent's identity
	KindTerms          Kind = "terms"            // what a consent says, or a request for one
	KindBatch          Kind = "batch"            // records sealed together
)

// padding returns the policy of a kind; ok is false for an unknown one. Keys
// are all of one length and need none.
func (k Kind) padding() (p padding, ok bool) {
	switch k {
	case KindContent, KindInline:
		return contentPadding, true
	case KindDescription, KindPieces, KindService, KindLocal, KindTerms, KindBatch:
		return recordPadding, true
	case KindWay, KindWayInner, KindWayMiddle, KindBundleKey, KindBundleKeyInner, KindAgent:
		return noPadding, true
	}
	return noPadding, false
}

// A Binding says what a sealed thing is and where it belongs. It stands, as a
// digest, in the authenticated header, so that storage cannot pass one sealed
// thing for another. Bindings are comparable; the zero Binding refuses.
type Binding struct {
	kind   Kind
	digest string
}

// Bind binds to a kind and to parts: the ids that say where the thing belongs.
// Parts are length-prefixed, so that no two lists of parts give the same
// binding. An unknown kind gives the zero Binding, which refuses.
func Bind(k Kind, parts ...string) Binding {
	if _, known := k.padding(); !known {
		return Binding{}
	}
	h := sha256.New()
	_, _ = io.WriteString(h, "coffre/v1") // a hash never fails to write
	for _, part := range append([]string{string(k)}, parts...) {
		_, _ = io.WriteString(h, "\x00"+strconv.Itoa(len(part))+":"+part)
	}
	return Binding{kind: k, digest: base64.RawURLEncoding.EncodeToString(h.Sum(nil))}
}

// String is the kind and the digest, for a keeper in another process; empty for
// the zero Binding. It is public.
func (b Binding) String() string {
	if b.IsZero() {
		return ""
	}
	return string(b.kind) + ":" + b.digest
}

// ParseBinding reads what [Binding.String] wrote, in its only spelling. Errors
// wrap [ErrKind].
func ParseBinding(s string) (Binding, error) {
	kind, digest, _ := strings.Cut(s, ":")
	b := Binding{kind: Kind(kind), digest: digest}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(digest)
	if _, known := b.kind.padding(); !known || err != nil || len(raw) != sha256.Size || b.digest != base64.RawURLEncoding.EncodeToString(raw) {
		return Binding{}, fmt.Errorf("binding: %w", ErrKind) // a cause would repeat what was sent
	}
	return b, nil
}

// IsZero reports whether b binds to nothing.
func (b Binding) IsZero() bool { return b == Binding{} }

// check that b is set and of this kind.
func (b Binding) check(k Kind) error {
	if b.IsZero() {
		return fmt.Errorf("binding: %w", ErrUnset)
	}
	if b.kind != k {
		return fmt.Errorf("%w: %s", ErrKind, b.kind)
	}
	return nil
}

// checkSmall that b is set and of a kind that is sealed and opened whole.
// Contents are not: they are opened by file key, and checked by segment.
func (b Binding) checkSmall() error {
	if b.kind == KindContent || b.kind == KindInline {
		return fmt.Errorf("%w: %s", ErrKind, b.kind)
	}
	return b.check(b.kind)
}

const (
	bindStanza    = "coffre/bind"
	hybridStanza  = "mlkem768x25519"
	hybridLabel   = "postquantum"
	maxRecipients = 8
)

// A binder adds the binding to a header while age makes it, and keeps the file
// key that age draws. age has no associated data, but it lets a Recipient add
// any stanza, every stanza is under the header's MAC, and every implementation
// ignores stanzas it does not know.
type binder struct {
	binding Binding
	fileKey []byte
}

// Wrap is there for the interface; age prefers WrapWithLabels.
func (b *binder) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	stanzas, _, err := b.WrapWithLabels(fileKey)
	return stanzas, err
}

// WrapWithLabels carries the label of hybrid recipients: age then refuses to
// mix in any other kind.
func (b *binder) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	b.fileKey = append(b.fileKey[:0], fileKey...)
	return []*age.Stanza{{Type: bindStanza, Args: []string{b.binding.digest}}}, []string{hybridLabel}, nil
}

// An unbinder lets age open a header only if it is one of ours: the expected
// binding first, then hybrid stanzas and nothing else. age calls it before any
// work is done and checks the header's MAC afterwards.
type unbinder struct {
	binding Binding
	key     age.Identity
}

// Unwrap errors are fatal to age unless they are [age.ErrIncorrectIdentity].
func (u unbinder) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if n := len(stanzas); n < 2 || n > 1+maxRecipients {
		return nil, errors.New("not our number of stanzas")
	}
	for _, s := range stanzas[1:] {
		if s.Type != hybridStanza {
			return nil, errors.New("a stanza that is not ours")
		}
	}
	bind := stanzas[0]
	if bind.Type != bindStanza || len(bind.Args) != 1 || len(bind.Body) != 0 {
		return nil, errors.New("no binding")
	}
	if bind.Args[0] != u.binding.digest {
		return nil, errors.New("bound to something else")
	}
	return u.key.Unwrap(stanzas[1:])
}
