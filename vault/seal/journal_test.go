package seal

import (
	"bytes"
	"testing"
)

func TestADetailOpensWithItsKeyAndPlaceOnly(t *testing.T) {
	t.Parallel()
	key, other := must(NewJournalKey())(t), must(NewJournalKey())(t)
	ad := []byte("leaf 12")
	for _, n := range []int{0, 1, 254, 255, 256, 5000, maxDetail} {
		detail := randomBytes(n)
		raw := must(key.Seal(detail, ad))(t)
		if len(raw) < minSealedDetail {
			t.Fatalf("%d bytes are sealed in %d", n, len(raw))
		}
		if got := must(must(ParseJournalKey(key.Export()))(t).Open(raw, ad))(t); !bytes.Equal(got, detail) {
			t.Fatalf("%d bytes came back changed", n)
		}
		_, err := other.Open(raw, ad)
		wantErr(t, err, ErrTampered)
		_, err = key.Open(raw, []byte("leaf 13"))
		wantErr(t, err, ErrTampered)
		_, err = key.Open(raw, nil)
		wantErr(t, err, ErrTampered)
	}
	if len(must(key.Seal(nil, ad))(t)) != len(must(key.Seal(make([]byte, 200), ad))(t)) {
		t.Error("two short details can be told apart by their length")
	}
	_, err := key.Seal(make([]byte, maxDetail+1), ad)
	wantErr(t, err, ErrSize)
	_, err = ParseJournalKey(NewSecret(make([]byte, 31)))
	wantErr(t, err, ErrKeyText)
}

func TestEveryFlippedBitOfADetailIsRefused(t *testing.T) {
	t.Parallel()
	key := must(NewJournalKey())(t)
	raw := must(key.Seal([]byte("agent, document, accord"), nil))(t)
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			_, err := key.Open(raw, nil)
			wantErr(t, err, ErrTampered)
			raw[i] ^= 1 << bit
		}
	}
	for cut := range len(raw) {
		_, err := key.Open(raw[:cut], nil)
		wantErr(t, err, ErrTampered)
	}
}

func TestTagKeyIsStableAndItsOwn(t *testing.T) {
	t.Parallel()
	key := must(NewJournalKey())(t)
	if key.TagKey() != must(ParseJournalKey(key.Export()))(t).TagKey() {
		t.Fatal("tags would be lost at the next start")
	}
	if tag := key.TagKey(); bytes.Equal(tag[:], key.Export().Reveal()) || tag == must(NewJournalKey())(t).TagKey() {
		t.Fatal("the tag key is not its own")
	}
}

func TestABatchCarriesSealedDetailsOnly(t *testing.T) {
	t.Parallel()
	key := must(NewJournalKey())(t)
	a, b := must(key.Seal([]byte("a"), nil))(t), must(key.Seal(make([]byte, 900), nil))(t)
	c := must(DetailBatch([][]byte{a, nil, b, {}}))(t)
	got := must(ParseDetailBatch(c.Bytes()))(t)
	if len(got) != 4 || !bytes.Equal(got[0], a) || got[1] != nil || !bytes.Equal(got[2], b) || got[3] != nil {
		t.Fatal("the batch came back changed")
	}
	if got := must(ParseDetailBatch(must(DetailBatch(nil))(t).Bytes()))(t); len(got) != 0 {
		t.Fatal("nothing came back as something")
	}
	for _, clear := range [][]byte{[]byte("titre en clair"), make([]byte, minSealedDetail), a[:minSealedDetail-1]} {
		_, err := DetailBatch([][]byte{a, clear})
		wantErr(t, err, ErrTampered)
	}
	big := make([][]byte, 100)
	for i := range big {
		big[i] = append([]byte{detailVersion}, make([]byte, 100_000)...)
	}
	_, err := DetailBatch(big)
	wantErr(t, err, ErrSize)
	_, err = ParseDetailBatch(make([]byte, MaxBatch+1))
	wantErr(t, err, ErrTampered)
}

func FuzzParseDetailBatch(f *testing.F) {
	key := must(NewJournalKey())(f)
	f.Add(must(DetailBatch([][]byte{must(key.Seal([]byte("a"), nil))(f), nil}))(f).Bytes())
	f.Add([]byte(batchMagic + "\x01\xff\xff\xff\xff"))
	f.Add([]byte(batchMagic + "\x02"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		details, err := ParseDetailBatch(raw)
		if err != nil {
			wantErr(t, err, ErrTampered)
			return
		}
		if again := must(DetailBatch(details))(t); !bytes.Equal(again.Bytes(), raw) {
			t.Fatal("a second spelling of the same batch was taken")
		}
	})
}

func FuzzOpenDetail(f *testing.F) {
	v := readVectors(f).Journal // not drawn anew: the fuzzer's processes must agree on what was sealed
	key := must(ParseJournalKey(NewSecret(v.Key)))(f)
	f.Add(v.Sealed, v.AD)
	f.Fuzz(func(t *testing.T, raw, ad []byte) {
		if _, err := key.Open(raw, ad); err == nil && !(bytes.Equal(raw, v.Sealed) && bytes.Equal(ad, v.AD)) {
			t.Fatal("a forged detail opened")
		}
	})
}
