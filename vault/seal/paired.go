package seal

import "fmt"

// A way in that takes two sheets has one layer more than others:
// age[outer]{ age[middle]{ age[inner]{ secret } } }. Neither sheet opens
// anything with the outer identity alone, and a new outer recipient is put around
// it as around any way in.

// SealPaired seals a secret (the text of an identity) to innerTo, that to
// middleTo, and that to each of outerTo. The two sheets have to be two. Errors
// wrap [ErrSize], [ErrKind] or [ErrUnset].
func SealPaired(secret Secret, inner Binding, innerTo Recipient, middle Binding, middleTo Recipient, outer Binding, outerTo ...Recipient) (*Ciphertext, error) {
	if innerTo == middleTo {
		return nil, fmt.Errorf("two sheets that are one: %w", ErrUnset)
	}
	in, err := SealNested(secret, inner, innerTo, middle, middleTo)
	if err != nil {
		return nil, err
	}
	out, err := Seal(in.raw, outer, outerTo...)
	if err != nil {
		return nil, fmt.Errorf("outer layer: %w", err)
	}
	return out, nil
}

// OpenPaired opens what [SealPaired] made. Errors wrap [ErrTampered],
// [ErrNoKey], [ErrKind] or [ErrUnset].
func OpenPaired(raw []byte, outer Binding, outerID *Identity, middle Binding, middleID *Identity, inner Binding, innerID *Identity) (Secret, error) {
	in, err := outerID.Open(raw, outer)
	if err != nil {
		return Secret{}, fmt.Errorf("outer layer: %w", err)
	}
	return OpenNested(in.Reveal(), middle, middleID, inner, innerID)
}
