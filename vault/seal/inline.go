package seal

import "fmt"

const (
	// MaxInline is the largest sealed content that lives inside a chain entry
	// instead of an object of its own, in bytes.
	MaxInline = 4 << 10

	// MaxInlinePlain is the longest plaintext that fits in it, in bytes.
	MaxInlinePlain = 2303
)

// SealInline seals a small content (a memo, mostly) for a chain entry. It is a
// content like any other: it is opened by its file key, which the facts hold.
// Errors wrap [ErrSize], [ErrKind] or [ErrUnset].
func SealInline(plain []byte, b Binding, to Recipient) (*Ciphertext, Facts, error) {
	if err := b.check(KindInline); err != nil {
		return nil, Facts{}, err
	}
	if len(plain) > MaxInlinePlain {
		return nil, Facts{}, fmt.Errorf("%w: %d bytes do not fit in an entry", ErrSize, len(plain))
	}
	raw, k, err := sealSmall(plain, b, []Recipient{to})
	if err != nil {
		return nil, Facts{}, err
	}
	defer clear(k)
	stored, err := StoredOf(raw)
	if err != nil {
		return nil, Facts{}, err
	}
	key, err := fileKeyOf(k)
	if err != nil {
		return nil, Facts{}, err
	}
	facts := Facts{Stored: stored, PlainSize: int64(len(plain)), PlainDigest: DigestOf(plain), FileKey: key}
	return smallCiphertext(raw), facts, nil
}

// ReleaseInline takes the file key out of an inline content. The signature of
// the entry that raw lies in vouches for its bytes. Errors wrap [ErrTampered],
// [ErrNoKey], [ErrSize], [ErrKind] or [ErrUnset].
func (id *Identity) ReleaseInline(raw []byte, b Binding) (FileKey, error) {
	if err := checkInline(raw, b); err != nil {
		return FileKey{}, err
	}
	key, _, err := id.fileKey(raw, b)
	return key, err
}

// OpenInline opens an inline content with its file key. Errors wrap
// [ErrTampered], [ErrSize], [ErrKind] or [ErrUnset].
func OpenInline(raw []byte, k FileKey, b Binding) (Secret, error) {
	if err := checkInline(raw, b); err != nil {
		return Secret{}, err
	}
	if k.IsZero() {
		return Secret{}, fmt.Errorf("file key: %w", ErrUnset)
	}
	if _, err := headerOf(raw); err != nil {
		return Secret{}, err
	}
	return openSmall(raw, b, k)
}

func checkInline(raw []byte, b Binding) error {
	if err := b.check(KindInline); err != nil {
		return err
	}
	if len(raw) > MaxInline {
		return fmt.Errorf("%w: %d bytes in an entry", ErrSize, len(raw))
	}
	return nil
}
