package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

const (
	// MaxSmall is the largest plaintext that [Seal] takes, in bytes.
	MaxSmall = 1 << 20

	// HeaderLimit bounds the header of a sealed object, in bytes: who fetches
	// this much of an object has its whole header. [Stored].HeaderSize is exact.
	HeaderLimit = 16 << 10

	// maxRaw bounds what is parsed in memory: a padded MaxSmall and its header.
	maxRaw = 2 * MaxSmall
)

// A Ciphertext is something sealed on its way to storage. Only this package
// makes one. A nil or zero Ciphertext refuses to be read.
//
// It is an [io.Reader] for one reader at a time. A content is sealed while it
// is read and can be read once; a small value can be had again from Bytes.
type Ciphertext struct {
	size int64
	from io.Reader
	raw  []byte // nil for a content
}

func smallCiphertext(raw []byte) *Ciphertext {
	return &Ciphertext{size: int64(len(raw)), from: bytes.NewReader(raw), raw: raw}
}

// Size is the exact length in bytes, known before anything is read.
func (c *Ciphertext) Size() int64 {
	if c == nil {
		return 0
	}
	return c.size
}

// Read implements [io.Reader].
func (c *Ciphertext) Read(p []byte) (int, error) {
	if c == nil || c.from == nil {
		return 0, fmt.Errorf("ciphertext: %w", ErrUnset)
	}
	return c.from.Read(p)
}

// Bytes returns a copy of a small value, whatever was read of it, and nil for a
// content.
func (c *Ciphertext) Bytes() []byte {
	if c == nil {
		return nil
	}
	return bytes.Clone(c.raw)
}

// Digest is the digest of a small value; zero for a content, whose digests come
// from [Content.Facts].
func (c *Ciphertext) Digest() Digest {
	if c == nil || c.raw == nil {
		return Digest{}
	}
	return DigestOf(c.raw)
}

// Seal seals a small value, at most [MaxSmall] bytes, to one to eight
// recipients, each of whom can open it alone. Contents have functions of their
// own. Errors wrap [ErrSize], [ErrKind] or [ErrUnset].
func Seal(plain []byte, b Binding, to ...Recipient) (*Ciphertext, error) {
	if err := b.checkSmall(); err != nil {
		return nil, err
	}
	raw, key, err := sealSmall(plain, b, to)
	if err != nil {
		return nil, err
	}
	clear(key)
	return smallCiphertext(raw), nil
}

// sealSmall pads and encrypts in memory, and also returns the file key.
func sealSmall(plain []byte, b Binding, to []Recipient) (raw, fileKey []byte, err error) {
	if len(plain) > MaxSmall {
		return nil, nil, fmt.Errorf("%w: %d bytes are too many to seal at once", ErrSize, len(plain))
	}
	policy, _ := b.kind.padding()
	padded := policy.pad(plain)
	defer clear(padded)
	var out bytes.Buffer
	w, fileKey, err := encrypt(&out, b, to)
	if err != nil {
		return nil, nil, err
	}
	if _, err := w.Write(padded); err != nil {
		return nil, nil, fmt.Errorf("sealing: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, nil, fmt.Errorf("sealing: %w", err)
	}
	return out.Bytes(), fileKey, nil
}

// encrypt starts an age file on w: header and nonce are written when it
// returns. The file key is the caller's to clear.
func encrypt(w io.Writer, b Binding, to []Recipient) (io.WriteCloser, []byte, error) {
	if len(to) == 0 {
		return nil, nil, fmt.Errorf("recipients: %w", ErrUnset)
	}
	if len(to) > maxRecipients {
		return nil, nil, fmt.Errorf("%w: %d recipients, at most %d", ErrSize, len(to), maxRecipients)
	}
	bound := &binder{binding: b}
	recipients := []age.Recipient{bound}
	for _, r := range to {
		parsed, err := r.age()
		if err != nil {
			return nil, nil, err
		}
		recipients = append(recipients, parsed)
	}
	out, err := age.Encrypt(w, recipients...)
	if err != nil {
		return nil, nil, fmt.Errorf("sealing: %w", err)
	}
	return out, bound.fileKey, nil
}

// Open opens what [Seal] made, wholly or not at all. The caller compares raw
// with a digest from a signed entry first: whoever knows a recipient can seal.
// Errors wrap [ErrTampered], [ErrNoKey], [ErrKind] or [ErrUnset].
func (id *Identity) Open(raw []byte, b Binding) (Secret, error) {
	if err := b.checkSmall(); err != nil {
		return Secret{}, err
	}
	key, _, err := id.fileKey(raw, b)
	if err != nil {
		return Secret{}, err
	}
	return openSmall(raw, b, key)
}

// fileKey opens the header at the start of raw and returns its length too.
func (id *Identity) fileKey(raw []byte, b Binding) (FileKey, int, error) {
	if id.isZero() {
		return FileKey{}, 0, fmt.Errorf("identity: %w", ErrUnset)
	}
	header, err := headerOf(raw)
	if err != nil {
		return FileKey{}, 0, err
	}
	k, err := age.DecryptHeader(header, unbinder{binding: b, key: id.key.lift()})
	if errors.Is(err, age.ErrIncorrectIdentity) {
		return FileKey{}, 0, fmt.Errorf("%w: %w", ErrNoKey, err)
	}
	if err != nil {
		return FileKey{}, 0, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	key, err := fileKeyOf(k)
	return key, len(header), err
}

// headerOf returns the header at the start of raw, no longer than [HeaderLimit]
// and in the only spelling there is of it.
func headerOf(raw []byte) ([]byte, error) {
	header, err := age.ExtractHeader(bytes.NewReader(raw[:min(len(raw), HeaderLimit)]))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	if !bytes.HasPrefix(raw, header) {
		return nil, fmt.Errorf("%w: header spelled in another way", ErrTampered)
	}
	return raw[:len(header)], nil
}

// openSmall decrypts and unpads in memory, by file key. age checks the header's
// MAC once more.
func openSmall(raw []byte, b Binding, key FileKey) (Secret, error) {
	if len(raw) > maxRaw {
		return Secret{}, fmt.Errorf("%w: %d bytes are too many to open at once", ErrSize, len(raw))
	}
	r, err := age.Decrypt(bytes.NewReader(raw), unbinder{binding: b, key: key.identity()})
	if err != nil {
		return Secret{}, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	padded, err := io.ReadAll(r)
	if err != nil {
		return Secret{}, fmt.Errorf("%w: %w", ErrTampered, err)
	}
	policy, _ := b.kind.padding()
	plain, err := policy.unpad(padded)
	if err != nil {
		clear(padded)
		return Secret{}, err
	}
	return NewSecret(plain), nil
}
