// Package seal is under construction; these are its signatures.
package seal

import (
	"context"
	"errors"
	"io"

	"golang.org/x/mod/sumdb/note"
)

var (
	ErrTampered = errors.New("tampered")
	ErrSize     = errors.New("size")
	ErrCode     = errors.New("code")
	ErrNoKey    = errors.New("no key")
	ErrUnset    = errors.New("zero value")
	ErrUnread   = errors.New("not read to its end")
	ErrKeyText  = errors.New("not a key")
)

const (
	SegmentSize    = 4 << 20
	HeaderLimit    = 16 << 10
	MaxSmall       = 1 << 20
	MaxInline      = 4 << 10
	MaxInlinePlain = 2303
)

type Digest [32]byte

func DigestOf(b []byte) Digest             { panic("unfinished") }
func ParseDigest(s string) (Digest, error) { panic("unfinished") }
func (d Digest) String() string            { panic("unfinished") }
func (d Digest) IsZero() bool              { panic("unfinished") }

type Secret struct{ b *[]byte }

func NewSecret(b []byte) Secret { panic("unfinished") }
func (s Secret) Reveal() []byte { panic("unfinished") }
func (s Secret) IsZero() bool   { panic("unfinished") }
func (s Secret) Wipe()          { panic("unfinished") }

type Recipient struct{ text string }

func ParseRecipient(s string) (Recipient, error)     { panic("unfinished") }
func RecipientFromBytes(b []byte) (Recipient, error) { panic("unfinished") }
func (r Recipient) String() string                   { panic("unfinished") }
func (r Recipient) Bytes() []byte                    { panic("unfinished") }
func (r Recipient) IsZero() bool                     { panic("unfinished") }

type Identity struct{ _ int }

func NewIdentity() (*Identity, error)           { panic("unfinished") }
func ParseIdentity(s Secret) (*Identity, error) { panic("unfinished") }

// ParseIdentityFor also checks that the identity yields the recipient a signed entry names.
func ParseIdentityFor(s Secret, want Recipient) (*Identity, error) { panic("unfinished") }
func (id *Identity) Recipient() Recipient                          { panic("unfinished") }
func (id *Identity) Text() Secret                                  { panic("unfinished") }

type Kind string

const (
	KindContent        Kind = "content"
	KindInline         Kind = "inline"
	KindDescription    Kind = "description"
	KindWay            Kind = "way"
	KindWayInner       Kind = "way-inner"
	KindBundleKey      Kind = "bundle-key"
	KindBundleKeyInner Kind = "bundle-key-inner"
	KindPieces         Kind = "pieces"
	KindService        Kind = "service"
	KindLocal          Kind = "local"
	KindAgent          Kind = "agent"
	KindBatch          Kind = "batch"
)

type Binding struct {
	kind   Kind
	digest string
}

func Bind(k Kind, parts ...string) Binding { panic("unfinished") }

type Ciphertext struct{ _ int }

func (c *Ciphertext) Size() int64                { panic("unfinished") }
func (c *Ciphertext) Read(p []byte) (int, error) { panic("unfinished") }
func (c *Ciphertext) Bytes() []byte              { panic("unfinished") }
func (c *Ciphertext) Digest() Digest             { panic("unfinished") }

func Seal(plain []byte, b Binding, to ...Recipient) (*Ciphertext, error) { panic("unfinished") }
func (id *Identity) Open(raw []byte, b Binding) (Secret, error)          { panic("unfinished") }

type FileKey struct{ k *[16]byte }

func ParseFileKey(s Secret) (FileKey, error) { panic("unfinished") }
func (k FileKey) IsZero() bool               { panic("unfinished") }
func (k FileKey) Export() Secret             { panic("unfinished") }

type Stored struct {
	Size         int64
	Digest       Digest
	HeaderSize   int
	HeaderDigest Digest
	Segments     []Digest
}

// StoredOf computes the facts of an object held in memory.
func StoredOf(raw []byte) (Stored, error) { panic("unfinished") }

// Check compares a stored object with its facts, without any key.
func (s Stored) Check(ctx context.Context, src SegmentSource) error { panic("unfinished") }

type Facts struct {
	Stored      Stored
	PlainSize   int64
	PlainDigest Digest
	FileKey     FileKey
}

type Content struct{ _ int }

func SealContent(src io.Reader, size int64, b Binding, to Recipient) (*Content, error) {
	panic("unfinished")
}
func (c *Content) Ciphertext() *Ciphertext { panic("unfinished") }
func (c *Content) Facts() (Facts, error)   { panic("unfinished") }

func (id *Identity) ReleaseFileKey(header []byte, want Stored, b Binding) (FileKey, error) {
	panic("unfinished")
}

type SegmentSource func(ctx context.Context, off, n int64) ([]byte, error)
type ContentReader struct{ _ int }

func OpenContent(ctx context.Context, src SegmentSource, st Stored, k FileKey, b Binding) (*ContentReader, error) {
	panic("unfinished")
}
func (r *ContentReader) Size() int64                             { panic("unfinished") }
func (r *ContentReader) ReadAt(p []byte, off int64) (int, error) { panic("unfinished") }

// SealInline seals a content of at most MaxInlinePlain bytes that lives inside an entry.
func SealInline(plain []byte, b Binding, to Recipient) (*Ciphertext, Facts, error) {
	panic("unfinished")
}

// ReleaseInline gives the file key of a content that lives inside an entry.
func (id *Identity) ReleaseInline(raw []byte, b Binding) (FileKey, error) { panic("unfinished") }

// OpenInline opens it.
func OpenInline(raw []byte, k FileKey, b Binding) (Secret, error) { panic("unfinished") }

type Code struct{ b *[]byte }

func NewCode() (Code, error)                            { panic("unfinished") }
func ParseCode(s string) (Code, error)                  { panic("unfinished") }
func (c Code) Printed() Secret                          { panic("unfinished") }
func (c Code) IsZero() bool                             { panic("unfinished") }
func (c Code) Identity(sheet string) (*Identity, error) { panic("unfinished") }

func SealNested(secret Secret, inner Binding, innerTo Recipient, outer Binding, outerTo ...Recipient) (*Ciphertext, error) {
	panic("unfinished")
}
func OpenNested(raw []byte, outer Binding, outerID *Identity, inner Binding, innerID *Identity) (Secret, error) {
	panic("unfinished")
}

type Piece struct {
	Document    string
	Description []byte
	FileKey     FileKey
}

func SealPieces(ps []Piece, b Binding, to Recipient) (*Ciphertext, error) { panic("unfinished") }
func (id *Identity) OpenPieces(raw []byte, b Binding) ([]Piece, error)    { panic("unfinished") }

type SignedKind string

const (
	SignedEntry      SignedKind = "entry"
	SignedLeaves     SignedKind = "leaves"
	SignedGravestone SignedKind = "gravestone"
	SignedReceipt    SignedKind = "receipt"
	SignedCheckpoint SignedKind = "checkpoint"
)

type SigningKey struct{ _ int }
type VerifyKey [32]byte

func NewSigningKey() (*SigningKey, error)           { panic("unfinished") }
func ParseSigningKey(s Secret) (*SigningKey, error) { panic("unfinished") }
func (k *SigningKey) Text() Secret                  { panic("unfinished") }
func (k *SigningKey) Public() VerifyKey             { panic("unfinished") }
func ParseVerifyKey(s string) (VerifyKey, error)    { panic("unfinished") }
func (v VerifyKey) String() string                  { panic("unfinished") }
func (v VerifyKey) Fingerprint() string             { panic("unfinished") }
func (v VerifyKey) IsZero() bool                    { panic("unfinished") }

type Signed struct{ _ int }

func (k *SigningKey) Sign(kind SignedKind, payload []byte) (*Signed, error) { panic("unfinished") }
func VerifySigned(raw []byte, kind SignedKind, keys ...VerifyKey) (*Signed, error) {
	panic("unfinished")
}
func SignedNote(msg []byte, v note.Verifier) (*Signed, error) { panic("unfinished") }
func (s *Signed) Bytes() []byte                               { panic("unfinished") }
func (s *Signed) Payload() []byte                             { panic("unfinished") }
func (s *Signed) Digest() Digest                              { panic("unfinished") }
func (s *Signed) Size() int64                                 { panic("unfinished") }
func (s *Signed) Kind() SignedKind                            { panic("unfinished") }

// Key is the key that verified it; zero for a note.
func (s *Signed) Key() VerifyKey { panic("unfinished") }

func (k *SigningKey) NoteSigner(name string) (note.Signer, error)   { panic("unfinished") }
func (v VerifyKey) NoteVerifier(name string) (note.Verifier, error) { panic("unfinished") }

type JournalKey struct{ k *[32]byte }

func NewJournalKey() (JournalKey, error)                    { panic("unfinished") }
func ParseJournalKey(s Secret) (JournalKey, error)          { panic("unfinished") }
func (k JournalKey) IsZero() bool                           { panic("unfinished") }
func (k JournalKey) Export() Secret                         { panic("unfinished") }
func (k JournalKey) Seal(detail, ad []byte) ([]byte, error) { panic("unfinished") }
func (k JournalKey) Open(raw, ad []byte) ([]byte, error)    { panic("unfinished") }
func (k JournalKey) TagKey() [32]byte                       { panic("unfinished") }

func DetailBatch(details [][]byte) (*Ciphertext, error) { panic("unfinished") }
func ParseDetailBatch(raw []byte) ([][]byte, error)     { panic("unfinished") }
