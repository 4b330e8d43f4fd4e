package seal

import (
	"bytes"
	"io"
	"testing"
)

func TestPaddingHidesTheLengthAndCostsLittle(t *testing.T) {
	t.Parallel()
	for _, n := range []int64{0, 1, 1022, 1023, 1024, 2303, 4095, 65_535, 100_000, 1 << 20, 5<<20 + 1, 100 << 20, MaxContent} {
		p := contentPadding.padded(n)
		if p < 1024 || p <= n || n >= 1024 && p-n-1 > n/16 {
			t.Errorf("%d bytes are padded to %d", n, p)
		}
		if contentPadding.padded(p-1) != p {
			t.Errorf("%d is not a length of its own", p)
		}
	}
	for _, n := range []int64{0, 1, 510, 511, 512, 1023} {
		if p := recordPadding.padded(n); p%512 != 0 || p <= n || p > n+512 {
			t.Errorf("a record of %d bytes is padded to %d", n, p)
		}
	}
	lengths := map[int64]bool{}
	for n := range int64(100_000) {
		lengths[contentPadding.padded(n)] = true
	}
	if len(lengths) > 120 {
		t.Errorf("%d lengths tell contents under 100 kB apart", len(lengths))
	}
}

func TestPaddingIsCutInOneWayOnly(t *testing.T) {
	t.Parallel()
	for _, p := range []padding{contentPadding, recordPadding, detailPadding} {
		for _, plain := range [][]byte{{}, {0}, {padMarker}, {padMarker, 0}, []byte("avis"), make([]byte, 5000), randomBytes(70_000)} {
			padded := p.pad(plain)
			streamed := must(io.ReadAll(io.MultiReader(bytes.NewReader(plain), p.tail(int64(len(plain))))))(t)
			if !bytes.Equal(padded, streamed) {
				t.Fatalf("%d bytes are padded in two ways", len(plain))
			}
			if got := must(p.unpad(padded))(t); !bytes.Equal(got, plain) {
				t.Fatalf("%d bytes come back as %d", len(plain), len(got))
			}
			n := must(p.unpaddedSize(bytes.NewReader(padded), int64(len(padded))))(t)
			if n != int64(len(plain)) {
				t.Fatalf("%d bytes measured as %d", len(plain), n)
			}
			for _, bad := range [][]byte{padded[:len(padded)-1], append(bytes.Clone(padded), 0), append(bytes.Clone(padded), 1), nil} {
				_, err := p.unpad(bad)
				wantErr(t, err, ErrTampered)
				_, err = p.unpaddedSize(bytes.NewReader(bad), int64(len(bad)))
				wantErr(t, err, ErrTampered)
			}
		}
	}
	zeros := make([]byte, 10<<20)
	reads := &countingReaderAt{ReaderAt: bytes.NewReader(zeros)}
	_, err := contentPadding.unpaddedSize(reads, int64(len(zeros)))
	wantErr(t, err, ErrTampered)
	if reads.n > len(zeros)/8 {
		t.Errorf("%d bytes were read in search of a padding that cannot be there", reads.n)
	}
}

type countingReaderAt struct {
	io.ReaderAt
	n int
}

func (c *countingReaderAt) ReadAt(p []byte, off int64) (int, error) {
	c.n += len(p)
	return c.ReaderAt.ReadAt(p, off)
}

func FuzzUnpad(f *testing.F) {
	f.Add(contentPadding.pad([]byte("quittance")), uint8(0))
	f.Add(recordPadding.pad(nil), uint8(1))
	f.Add(make([]byte, 1024), uint8(0))
	f.Fuzz(func(t *testing.T, padded []byte, which uint8) {
		p := []padding{contentPadding, recordPadding, detailPadding, noPadding}[which%4]
		plain, err := p.unpad(padded)
		n, err2 := int64(len(plain)), error(nil)
		if p != noPadding {
			n, err2 = p.unpaddedSize(bytes.NewReader(padded), int64(len(padded)))
		}
		if (err == nil) != (err2 == nil) || err == nil && n != int64(len(plain)) {
			t.Fatalf("memory says %d, %v; stream says %d, %v", len(plain), err, n, err2)
		}
		if err == nil && !bytes.Equal(p.pad(plain), padded) {
			t.Fatal("a second padding of the same plaintext was taken")
		}
	})
}
