package vault

import "net/netip"

// Words for callers without an address that can be told apart.
const (
	NetworkUnknown = "unknown"
	NetworkSocket  = "unix" // a socket of this machine
)

// NetworkOf reads where a call came from, in the words of an API node: a /24 or
// /48 in its only spelling, or one of the words above. It stands in the trail,
// so whatever else was told is [NetworkUnknown].
func NetworkOf(told string) string {
	p, err := netip.ParsePrefix(told)
	if err != nil {
		if told == NetworkSocket {
			return told
		}
		return NetworkUnknown
	}
	bits := 48
	if p.Addr().Is4() {
		bits = 24
	}
	if p.Bits() != bits || p.Masked().String() != told {
		return NetworkUnknown
	}
	return told
}
