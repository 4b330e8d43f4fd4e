package seal

import "errors"

var (
	// ErrTampered is wrapped when bytes are not what was sealed or signed here:
	// cut, changed, swapped, bound to another place, forged, or never ours.
	// Nothing of them was released.
	ErrTampered = errors.New("tampered with or not ours")

	// ErrNoKey is wrapped when an object is sealed to other recipients than the
	// identity at hand. A damaged key stanza looks the same: who checked the
	// digest first knows that the key is wrong, not the object.
	ErrNoKey = errors.New("sealed to somebody else")

	// ErrSize is wrapped when something is larger than its format allows, or a
	// source gives more or fewer bytes than announced.
	ErrSize = errors.New("size out of bounds or not as announced")

	// ErrCode is wrapped when a text is not the code of a code sheet. It never
	// carries the text.
	ErrCode = errors.New("not a code")

	// ErrKeyText is wrapped when a text or a byte string is not a key of the
	// wanted kind. It never carries the text.
	ErrKeyText = errors.New("not a key of this kind")

	// ErrKind is wrapped when a binding or a signature is of a kind that the
	// called function does not handle.
	ErrKind = errors.New("not for this kind")

	// ErrUnset is wrapped when a zero value is used: a missing key, binding,
	// recipient, ciphertext or signature refuses instead of doing less.
	ErrUnset = errors.New("zero value")

	// ErrUnread is wrapped when facts are asked of a content that was not yet
	// read to its end.
	ErrUnread = errors.New("not read to its end")
)
