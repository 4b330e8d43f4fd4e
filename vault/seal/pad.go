package seal

import (
	"bytes"
	"fmt"
	"io"
	"math/bits"
)

// A padding says how the length of a plaintext is hidden: ISO/IEC 7816-4, one
// byte 0x80 and then zeros, up to a length that many plaintexts share. Padding
// is canonical: an opened plaintext whose length is not the one this policy
// gives is refused, so that a plaintext has one sealed form.
type padding uint8

const (
	noPadding      padding = iota
	contentPadding         // PADMÉ, at least 1 024 bytes
	recordPadding          // multiples of 512 bytes
	detailPadding          // PADMÉ, at least 256 bytes
)

const (
	padMarker    = 0x80
	contentFloor = 1 << 10
	detailFloor  = 256
	recordStep   = 512
)

// padded is the length of n bytes once padded; at least one byte is added
// unless the policy is not to pad.
func (p padding) padded(n int64) int64 {
	switch p {
	case contentPadding:
		return max(contentFloor, padme(n+1))
	case recordPadding:
		return (n/recordStep + 1) * recordStep
	case detailPadding:
		return max(detailFloor, padme(n+1))
	case noPadding:
	}
	return n
}

// padme rounds a length up so that it keeps only about log2(log2 n) significant
// bits (PADMÉ, Nikitin et al. 2019): at most 6.3 % longer from 1 KiB on.
func padme(n int64) int64 {
	if n < 2 {
		return n
	}
	exponent := bits.Len64(uint64(n)) - 1
	kept := bits.Len(uint(exponent))
	mask := int64(1)<<(exponent-kept) - 1
	return (n + mask) &^ mask
}

// pad returns plain with its padding, in memory of its own.
func (p padding) pad(plain []byte) []byte {
	n := int64(len(plain))
	out := make([]byte, p.padded(n))
	copy(out, plain)
	if p != noPadding {
		out[n] = padMarker
	}
	return out
}

// tail streams the padding that follows n bytes.
func (p padding) tail(n int64) io.Reader {
	if p == noPadding {
		return bytes.NewReader(nil)
	}
	zeros := p.padded(n) - n - 1
	return io.MultiReader(bytes.NewReader([]byte{padMarker}), io.LimitReader(zeroReader{}, zeros))
}

type zeroReader struct{}

func (zeroReader) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// unpad returns the part of b before the padding.
func (p padding) unpad(b []byte) ([]byte, error) {
	if p == noPadding {
		return b, nil
	}
	end := len(bytes.TrimRight(b, "\x00")) - 1
	if end < 0 || b[end] != padMarker || p.padded(int64(end)) != int64(len(b)) {
		return nil, fmt.Errorf("%w: padding", ErrTampered)
	}
	return b[:end], nil
}

// unpaddedSize finds where the padding of a plaintext of size bytes begins,
// reading backwards and no further than a padding can reach.
func (p padding) unpaddedSize(r io.ReaderAt, size int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for end := size; end > 0; {
		start := max(0, end-int64(len(buf)))
		window := buf[:end-start]
		if n, err := r.ReadAt(window, start); n < len(window) {
			return 0, fmt.Errorf("reading the padding: %w", err)
		}
		if kept := bytes.TrimRight(window, "\x00"); len(kept) > 0 {
			n := start + int64(len(kept)) - 1
			if kept[len(kept)-1] != padMarker || p.padded(n) != size {
				break
			}
			return n, nil
		}
		if end = start; p.padded(end) < size {
			break // every shorter plaintext would be padded to less
		}
	}
	return 0, fmt.Errorf("%w: padding", ErrTampered)
}
