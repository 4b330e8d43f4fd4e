package seal

import (
	"fmt"
	"strings"
)

// Bech32 as age uses it: BIP 173 without its limit of 90 characters. age keeps
// its own to itself, and we need it to turn the seed derived from a code into
// the text of an identity, and recipients into bytes and back.

const (
	bech32Charset  = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	bech32Checksum = 6
)

// bech32Encode writes data after a lower-case prefix.
func bech32Encode(prefix string, data []byte) string {
	values := fiveBits(data)
	sum := bech32Sum(prefix, values)
	out := make([]byte, 0, len(prefix)+1+len(values)+bech32Checksum)
	out = append(append(out, prefix...), '1')
	for _, v := range values {
		out = append(out, bech32Charset[v])
	}
	for i := range bech32Checksum {
		out = append(out, bech32Charset[sum>>(5*(bech32Checksum-1-i))&31])
	}
	return string(out)
}

// bech32Decode reads what bech32Encode wrote with this prefix. Writing the
// result again and comparing checks checksum, case and spare bits at once, so
// that one key has exactly one text.
func bech32Decode(prefix, text string) ([]byte, error) {
	body, found := strings.CutPrefix(text, prefix+"1")
	if !found || len(body) < bech32Checksum {
		return nil, fmt.Errorf("%w: it does not begin with %s1", ErrKeyText, prefix)
	}
	var data []byte
	acc, bits := uint32(0), 0
	for _, c := range []byte(body[:len(body)-bech32Checksum]) {
		v := strings.IndexByte(bech32Charset, c)
		if v < 0 {
			return nil, fmt.Errorf("%w: character outside the alphabet", ErrKeyText)
		}
		acc, bits = acc<<5|uint32(v), bits+5
		if bits >= 8 {
			bits -= 8
			data = append(data, byte(acc>>bits))
		}
	}
	if bech32Encode(prefix, data) != text {
		return nil, fmt.Errorf("%w: a character is wrong", ErrKeyText)
	}
	return data, nil
}

// fiveBits regroups bytes by five bits, the last group filled with zeros.
func fiveBits(data []byte) []byte {
	values := make([]byte, 0, (len(data)*8+4)/5)
	acc, bits := uint32(0), 0
	for _, b := range data {
		acc, bits = acc<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			values = append(values, byte(acc>>bits)&31)
		}
	}
	if bits > 0 {
		values = append(values, byte(acc<<(5-bits))&31)
	}
	return values
}

// bech32Sum is the checksum of BIP 173 over prefix and values.
func bech32Sum(prefix string, values []byte) uint32 {
	sum := uint32(1)
	feed := func(v byte) {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [...]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for _, c := range []byte(prefix) {
		feed(c >> 5)
	}
	feed(0)
	for _, c := range []byte(prefix) {
		feed(c & 31)
	}
	for _, v := range values {
		feed(v)
	}
	for range bech32Checksum {
		feed(0)
	}
	return sum ^ 1
}
