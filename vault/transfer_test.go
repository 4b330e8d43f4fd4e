package vault_test

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

type desk struct {
	*vaulttest.House
	opened vault.OpenedSafe
	person session.Principal
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	h := vaulttest.New(t)
	d := &desk{House: h, opened: h.OpenSafe(t, vaulttest.Person)}
	d.person = h.Unlocked(t, vaulttest.Person, d.opened)
	return d
}

func upload(body []byte) vault.Upload {
	return vault.Upload{
		Description: vault.Description{Title: "papier"}, Size: int64(len(body)), Body: bytes.NewReader(body),
		Announced: func() (seal.Digest, error) { return seal.DigestOf(body), nil },
	}
}

func (d *desk) put(t testing.TB, all ...vault.Upload) ([]vault.Receipt, error) {
	t.Helper()
	return d.Vault.Deposit(t.Context(), d.person, vault.BeginDeposit{Safe: d.opened.Safe}, func() (vault.Upload, error) {
		if len(all) == 0 {
			return vault.Upload{}, io.EOF
		}
		up := all[0]
		all = all[1:]
		return up, nil
	})
}

// What is accepted comes back byte for byte and as what it is (L-01).
func TestAcceptedFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	picture := image.NewGray(image.Rect(0, 0, 300, 200))
	for i := range picture.Pix {
		picture.Pix[i] = byte(i * i)
	}
	var photo, scan bytes.Buffer
	if err := errors.Join(jpeg.Encode(&photo, picture, nil), png.Encode(&scan, picture)); err != nil {
		t.Fatal(err)
	}
	for want, body := range map[vault.MediaType][]byte{
		vault.MediaPDF:  []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"),
		vault.MediaJPEG: photo.Bytes(),
		vault.MediaPNG:  scan.Bytes(),
		vault.MediaHEIC: append([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), make([]byte, 9000)...),
		vault.MediaText: []byte("bonjour"),
	} {
		receipts, err := d.put(t, upload(body))
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		r, err := d.Vault.Read(t.Context(), d.person, d.opened.Safe, receipts[0].Document, 0)
		if err != nil {
			t.Errorf("%s: %v", want, err)
			continue
		}
		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, body) || r.Document.MediaType != want {
			t.Errorf("%s comes back as %d bytes of %s, %v", want, len(got), r.Document.MediaType, err)
		}
		verdict, _, err := d.Vault.Control(t.Context(), d.person, d.opened.Safe, receipts[0].Document)
		if verdict != vault.VerdictIntact || err != nil {
			t.Errorf("%s: control says %d, %v", want, verdict, err)
		}
		m, err := d.Keeper.Metadata(t.Context(), d.person, d.opened.Safe, receipts[0].Document)
		if err != nil || m.Object.IsZero() || m.Depositor == "" || m.Created.IsZero() || m.Stored.Size == 0 || m.Stored.Digest.IsZero() {
			t.Errorf("%s: technical metadata %v, %v", want, m, err) // L-44
		}
	}
}

// What is refused is refused with its reason, journalled as refused (L-45), and
// leaves nothing behind, nor of the uploads before it.
func TestRefusedUploads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		text := vaulttest.Text("papier", 9000)
		with := func(change func(*vault.Upload)) vault.Upload {
			up := upload(text)
			change(&up)
			return up
		}
		broken := errors.New("the connection broke")
		synctest.Wait() // what no entry names any more goes in the background
		before := len(d.Bucket.Keys())
		for name, c := range map[string]struct {
			up      vault.Upload
			want    error
			outcome vault.Outcome
		}{
			"empty":         {upload(nil), vault.ErrEmpty, vault.OutcomeRefused},
			"negative":      {with(func(u *vault.Upload) { u.Size = -1 }), vault.ErrEmpty, vault.OutcomeRefused},
			"too large":     {with(func(u *vault.Upload) { u.Size = vault.MaxDocument + 1 }), vault.ErrTooLarge, vault.OutcomeRefused},
			"enormous":      {with(func(u *vault.Upload) { u.Size = math.MaxInt64 }), vault.ErrTooLarge, vault.OutcomeRefused},
			"shorter":       {with(func(u *vault.Upload) { u.Size++ }), vault.ErrSize, vault.OutcomeRefused},
			"longer":        {with(func(u *vault.Upload) { u.Size-- }), vault.ErrSize, vault.OutcomeRefused},
			"small shorter": {with(func(u *vault.Upload) { u.Size, u.Body = 10, strings.NewReader("court") }), vault.ErrSize, vault.OutcomeRefused},
			"small longer":  {with(func(u *vault.Upload) { u.Size, u.Body = 3, strings.NewReader("trop long") }), vault.ErrSize, vault.OutcomeRefused},
			"wrong type":    {upload([]byte("<html><script>alert(1)</script></html>")), vault.ErrMediaType, vault.OutcomeRefused},
			"wrong digest": {with(func(u *vault.Upload) { u.Announced = func() (seal.Digest, error) { return seal.DigestOf(nil), nil } }),
				vault.ErrDigest, vault.OutcomeRefused},
			"no digest": {with(func(u *vault.Upload) { u.Announced = func() (seal.Digest, error) { return seal.Digest{}, broken } }),
				broken, vault.OutcomeFailed},
			"broken": {with(func(u *vault.Upload) { u.Body = iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(text))) }),
				iotest.ErrTimeout, vault.OutcomeFailed},
		} {
			if _, err := d.put(t, upload(text), upload([]byte("petit")), c.up); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			lines, err := d.Keeper.Journal(t.Context(), d.person, vault.ReadJournal{Safe: d.opened.Safe, Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			if last := lines[len(lines)-2]; last.Act != vault.ActDeposit || last.Outcome != c.outcome {
				t.Errorf("%s: the journal says %v %d, want %d", name, last.Act, last.Outcome, c.outcome)
			}
		}
		if _, err := d.put(t); err == nil {
			t.Error("a deposit of nothing")
		}
		if n, err := d.Keeper.Count(t.Context(), d.person, d.opened.Safe); n != 0 || err != nil {
			t.Errorf("%d papers, %v", n, err)
		}
		synctest.Wait()
		if after := len(d.Bucket.Keys()); after != before {
			t.Errorf("the bucket went from %d to %d objects", before, after)
		}
	})
}

// A document is read from any offset to its end, in chunks of any size; an
// offset outside is refused and recorded.
func TestReadFromAnOffset(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	body := vaulttest.Text("papier", seal.SegmentSize+5000)
	receipts, err := d.put(t, upload(body))
	if err != nil {
		t.Fatal(err)
	}
	doc, size := receipts[0].Document, int64(len(body))
	for _, off := range []int64{0, 1, seal.SegmentSize - 100, seal.SegmentSize, size - 1, size} {
		r, err := d.Vault.Read(t.Context(), d.person, d.opened.Safe, doc, off)
		if err != nil {
			t.Fatalf("from %d: %v", off, err)
		}
		got, err := io.ReadAll(iotest.DataErrReader(io.Reader(r)))
		if err := errors.Join(err, r.Close()); err != nil || !bytes.Equal(got, body[off:]) {
			t.Errorf("from %d: %d bytes, %v", off, len(got), err)
		}
		if n, err := r.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
			t.Errorf("after its end: %d bytes, %v", n, err)
		}
	}
	for _, off := range []int64{-1, size + 1, math.MaxInt64, math.MinInt64} {
		_, err := d.Vault.Read(t.Context(), d.person, d.opened.Safe, doc, off)
		if _, invalid := errors.AsType[*vault.InvalidError](err); !invalid {
			t.Errorf("from %d: %v", off, err)
		}
	}
}

// A vault without one of its parts is not made.
func TestNewChecks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, cfg := range map[string]vault.Config{
		"zero":      {},
		"no keeper": {Bucket: d.Bucket, MaxDocument: 1},
		"no bucket": {Keeper: d.Keeper, MaxDocument: 1},
		"no limit":  {Keeper: d.Keeper, Bucket: d.Bucket},
		"too much":  {Keeper: d.Keeper, Bucket: d.Bucket, MaxDocument: vault.MaxDocument + 1},
	} {
		if _, err := vault.New(cfg); err == nil {
			t.Errorf("%s: made", name)
		}
	}
}
