package seal

import (
	"bytes"
	"fmt"

	"filippo.io/age"
)

const fileKeySize = 16

// A FileKey opens one sealed object and nothing else: it is the unit of
// release. The zero FileKey opens nothing; in a [Piece] it says that the
// document may be seen but not read.
type FileKey struct {
	redact
	key veil[[fileKeySize]byte]
}

// ParseFileKey reads the 16 bytes that [FileKey.ExportFileKey] returned, for a keeper
// in another process. Errors wrap [ErrKeyText].
func ParseFileKey(s Secret) (FileKey, error) { return fileKeyOf(s.Reveal()) }

func fileKeyOf(b []byte) (FileKey, error) {
	if len(b) != fileKeySize {
		return FileKey{}, fmt.Errorf("%w: a file key has %d bytes, not %d", ErrKeyText, fileKeySize, len(b))
	}
	return FileKey{key: veiled((*[fileKeySize]byte)(bytes.Clone(b)))}, nil
}

// IsZero reports whether there is no key.
func (k FileKey) IsZero() bool { return k.key.lift() == nil }

// ExportFileKey returns a copy of the key; empty for the zero FileKey. Only package
// link calls it and [ParseFileKey]: a test sees to it.
func (k FileKey) ExportFileKey() Secret {
	if k.IsZero() {
		return Secret{}
	}
	return NewSecret(bytes.Clone(k.key.lift()[:]))
}

func (k FileKey) identity() age.Identity { return age.NewInjectedFileKeyIdentity(k.key.lift()[:]) }

// ReleaseFileKey takes the file key out of the header of a content: header is
// the first want.HeaderSize bytes of the object, and want comes from a signed
// entry. Errors wrap [ErrTampered], [ErrNoKey], [ErrKind] or [ErrUnset].
func (id *Identity) ReleaseFileKey(header []byte, want Stored, b Binding) (FileKey, error) {
	if err := b.check(KindContent); err != nil {
		return FileKey{}, err
	}
	if err := want.check(); err != nil {
		return FileKey{}, err
	}
	if len(header) != want.HeaderSize || DigestOf(header) != want.HeaderDigest {
		return FileKey{}, fmt.Errorf("%w: not the header that was signed for", ErrTampered)
	}
	key, n, err := id.fileKey(header, b)
	if err == nil && n != want.HeaderSize {
		return FileKey{}, fmt.Errorf("%w: header of %d bytes, not %d", ErrTampered, n, want.HeaderSize)
	}
	return key, err
}
