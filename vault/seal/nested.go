package seal

import "fmt"

// Ways in and bundle keys are nested: age[outer]{ age[inner]{ secret } }. It
// takes both identities to open, and whoever holds only the outer one can
// re-seal the inner file, as it is, to a new outer recipient. That is how a
// master key is replaced without anybody's code:
//
//	inner, err := oldMaster.Open(raw, outer)
//	again, err := Seal(inner.Reveal(), newOuter, newMaster.Recipient())

// SealNested seals a secret (the text of an identity) to innerTo, and that to
// each of outerTo. Errors wrap [ErrSize], [ErrKind] or [ErrUnset].
func SealNested(secret Secret, inner Binding, innerTo Recipient, outer Binding, outerTo ...Recipient) (*Ciphertext, error) {
	if secret.IsZero() {
		return nil, fmt.Errorf("secret: %w", ErrUnset)
	}
	in, err := Seal(secret.Reveal(), inner, innerTo)
	if err != nil {
		return nil, fmt.Errorf("inner layer: %w", err)
	}
	out, err := Seal(in.raw, outer, outerTo...)
	if err != nil {
		return nil, fmt.Errorf("outer layer: %w", err)
	}
	return out, nil
}

// OpenNested opens what [SealNested] made. Errors wrap [ErrTampered],
// [ErrNoKey], [ErrKind] or [ErrUnset], and name the layer.
func OpenNested(raw []byte, outer Binding, outerID *Identity, inner Binding, innerID *Identity) (Secret, error) {
	in, err := outerID.Open(raw, outer)
	if err != nil {
		return Secret{}, fmt.Errorf("outer layer: %w", err)
	}
	secret, err := innerID.Open(in.Reveal(), inner)
	if err != nil {
		return Secret{}, fmt.Errorf("inner layer: %w", err)
	}
	return secret, nil
}
