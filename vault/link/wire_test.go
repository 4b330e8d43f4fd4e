package link

import (
	"bytes"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	keeperv1 "github.com/coffre-fort/coffre/proto/coffre/keeper/v1"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/seal"
)

// A filler gives every field of a value something of its own, so that one that
// does not cross is missed.
type filler struct {
	n         int
	recipient seal.Recipient
}

func newFiller(t testing.TB) *filler {
	t.Helper()
	id, err := seal.NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return &filler{recipient: id.Recipient()}
}

func (f *filler) bytes(n int) []byte {
	f.n++
	return bytes.Repeat([]byte{byte(f.n)}, n)
}

func (f *filler) special(t testing.TB, v reflect.Value) bool {
	t.Helper()
	var is any
	switch v.Interface().(type) {
	case seal.FileKey:
		k, err := seal.ParseFileKey(seal.NewSecret(f.bytes(16)))
		if err != nil {
			t.Fatal(err)
		}
		is = k
	case seal.Binding:
		is = seal.Bind(seal.KindContent, strconv.Itoa(f.n))
	case seal.Recipient:
		is = f.recipient
	case storage.Key:
		is = storage.Key("v1/s/" + strings.Repeat("a", 1+f.n%9))
	case time.Time:
		is = time.Unix(int64(1_700_000_000+f.n), 0).UTC()
	default:
		return false
	}
	f.n++
	v.Set(reflect.ValueOf(is))
	return true
}

func (f *filler) fill(t testing.TB, v reflect.Value) {
	t.Helper()
	f.n++
	if f.special(t, v) {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				f.fill(t, v.Field(i))
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(f.bytes(20))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			f.fill(t, v.Index(i))
		}
	case reflect.Array:
		reflect.Copy(v, reflect.ValueOf(f.bytes(v.Len())))
	case reflect.String:
		v.SetString("texte " + strconv.Itoa(f.n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(f.n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		// A memo never crosses as a content: its calls are relayed as they are, and a
		// node that says one of a deposit is not listened to.
		if v.Type() != reflect.TypeFor[*vault.Memo]() {
			t.Fatalf("a pointer to %v is new here", v.Type().Elem())
		}
	default:
		t.Fatalf("a field of kind %v is new here", v.Kind())
	}
}

// crosses checks that a value comes out as it went in, and is known to the other
// end to the last field.
func crosses[T any, M proto.Message](t *testing.T, change func(*T), write func(T) M, read func(*reader, M) T) {
	t.Helper()
	var want T
	newFiller(t).fill(t, reflect.ValueOf(&want).Elem())
	if change != nil {
		change(&want)
	}
	raw, err := proto.Marshal(write(want))
	if err != nil {
		t.Fatal(err)
	}
	m := write(want).ProtoReflect().New().Interface().(M)
	if err := proto.Unmarshal(raw, m); err != nil {
		t.Fatal(err)
	}
	var r reader
	r.known(m)
	if have := read(&r, m); r.err != nil || !reflect.DeepEqual(have, want) {
		t.Errorf("%T came out otherwise, %v", want, r.err)
	}
}

// Every field of what node and keeper say to each other crosses: a field that is
// added to the domain and forgotten here is missed.
func TestEveryFieldCrosses(t *testing.T) {
	t.Parallel()
	crosses(t, nil, writeBegin, (*reader).begin)
	crosses(t, nil, writePlace, (*reader).item)
	crosses(t, nil, func(c []vault.Content) *keeperv1.CommitDeposit { m, _ := writeCommit(c); return m }, (*reader).contents)
	crosses(t, func(x *vault.DepositTicket) { x.ID = vault.ReleaseID{} }, writeTicket, (*reader).ticket) // a hold has no ids
	crosses(t, nil, writeSlot, (*reader).slot)
	crosses(t, nil, writeReceipts, (*reader).receipts)
	released := func(rel vault.Release) *keeperv1.Released { m, _ := writeReleased(rel); return m }
	crosses(t, func(x *vault.Release) { x.ID, x.Inline = vault.ReleaseID{}, nil }, released, (*reader).released)
	crosses(t, func(x *vault.Release) { x.ID, x.Key, x.Stored = vault.ReleaseID{}, "", seal.Stored{} }, released, (*reader).released)
	crosses(t, func(x *vault.Inspection) { x.ID, x.Inline = vault.ReleaseID{}, nil }, writeInspected, (*reader).inspected)
	crosses(t, func(x *vault.Inspection) { x.ID, x.Key = vault.ReleaseID{}, "" }, writeInspected, (*reader).inspected)
	for _, o := range []vault.Outcome{vault.OutcomeDone, vault.OutcomeRefused, vault.OutcomeFailed} {
		var r reader
		if have := r.outcome(writeOutcome(o)); have != o || r.err != nil {
			t.Errorf("outcome %d is read as %d, %v", o, have, r.err)
		}
	}
}

// The key leaves zeros behind in the message it came in, and in the one it went in.
func TestAFileKeyLeavesNothingInItsMessages(t *testing.T) {
	t.Parallel()
	var rel vault.Release
	newFiller(t).fill(t, reflect.ValueOf(&rel).Elem())
	rel.Inline = nil
	m, wipe := writeReleased(rel)
	raw := m.GetFileKey()
	if !bytes.Equal(raw, rel.FileKey.ExportFileKey().Reveal()) {
		t.Fatal("another key")
	}
	wipe()
	if !bytes.Equal(raw, make([]byte, 16)) {
		t.Error("the key stands in the message that was sent")
	}
	m, _ = writeReleased(rel)
	raw = m.GetFileKey()
	var r reader
	if got := r.released(m); r.err != nil || !reflect.DeepEqual(got.FileKey, rel.FileKey) || !bytes.Equal(raw, make([]byte, 16)) {
		t.Errorf("the key stands in the message that was read, or was lost: %v", r.err)
	}
}

// What is not exactly what this version says is refused.
func TestWhatIsNotExactIsRefused(t *testing.T) {
	t.Parallel()
	unknown := &keeperv1.BeginDeposit{}
	if err := proto.Unmarshal([]byte{0x92, 0x3, 1, 'x'}, unknown); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(*reader){
		"unknown field": func(r *reader) {
			r.known(keeperv1.HoldRequest_builder{BeginDeposit: unknown}.Build())
		},
		"short id":        func(r *reader) { readID[vault.SafeID](r, make([]byte, 15)) },
		"zero id":         func(r *reader) { readID[vault.SafeID](r, make([]byte, 16)) },
		"long digest":     func(r *reader) { r.digest(make([]byte, 33)) },
		"long text":       func(r *reader) { r.text(strings.Repeat("x", maxText+1)) },
		"short key":       func(r *reader) { r.fileKey(make([]byte, 15)) },
		"foreign binding": func(r *reader) { r.binding("content:abc") },
		"foreign name":    func(r *reader) { r.key("../etc/passwd") },
		"two places":      func(r *reader) { r.place("v1/a", []byte{1}) },
		"no place":        func(r *reader) { r.place("", nil) },
		"large content":   func(r *reader) { r.inline(make([]byte, vault.MaxInline+1)) },
		"negative size":   func(r *reader) { r.size(-1) },
		"enormous size":   func(r *reader) { r.size(maxStored + 1) },
		"no facts":        func(r *reader) { r.stored(nil) },
		"no outcome":      func(r *reader) { r.outcome(keeperv1.Outcome_OUTCOME_UNSPECIFIED) },
		"long lease":      func(r *reader) { r.leased(keeperv1.Leased_builder{Remaining: int64(vault.LeaseTime) + 1}.Build()) },
		"negative lease":  func(r *reader) { r.leased(keeperv1.Leased_builder{Remaining: -1}.Build()) },
		"no receipts":     func(r *reader) { r.receipts(&keeperv1.Receipts{}) },
		"no description":  func(r *reader) { r.item(&keeperv1.Place{}) },
		"too many objects": func(r *reader) {
			r.contents(keeperv1.CommitDeposit_builder{Contents: make([]*keeperv1.Content, vault.MaxBatch+1)}.Build())
		},
	} {
		var r reader
		if f(&r); r.err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

// A lease is worth at most what is left of it when it is answered, counted from
// when it was asked for.
func TestALeaseIsNeverLongerThanTheKeepers(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, c := range []struct{ until, want time.Duration }{
		{vault.LeaseTime, vault.LeaseTime}, {time.Hour, vault.LeaseTime}, {time.Millisecond, time.Millisecond}, {0, 0}, {-time.Hour, 0},
	} {
		if have := remaining(now.Add(c.until), now); have != c.want {
			t.Errorf("%v: %v, want %v", c.until, have, c.want)
		}
	}
}

// Whatever bytes a node sends are read as something that says the same again, or
// refused; nothing panics.
func FuzzAsk(f *testing.F) {
	fill := newFiller(f)
	var begin vault.BeginDeposit
	var contents []vault.Content
	fill.fill(f, reflect.ValueOf(&begin).Elem())
	fill.fill(f, reflect.ValueOf(&contents).Elem())
	commit, _ := writeCommit(contents)
	for _, m := range []*keeperv1.HoldRequest{
		keeperv1.HoldRequest_builder{BeginDeposit: writeBegin(begin)}.Build(),
		keeperv1.HoldRequest_builder{CommitDeposit: commit}.Build(),
		keeperv1.HoldRequest_builder{Continue: keeperv1.Continue_builder{Read: 7}.Build()}.Build(),
		keeperv1.HoldRequest_builder{Open: keeperv1.Open_builder{Token: "x", Method: methodRead}.Build()}.Build(),
	} {
		raw, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := new(keeperv1.HoldRequest)
		if proto.Unmarshal(raw, m) != nil {
			return
		}
		var r reader
		again := new(keeperv1.HoldRequest)
		r.known(m)
		whole := proto.CloneOf(m) // reading takes the keys out
		switch m.WhichAsk() {
		case keeperv1.HoldRequest_BeginDeposit_case:
			again.SetBeginDeposit(writeBegin(r.begin(m.GetBeginDeposit())))
		case keeperv1.HoldRequest_Place_case:
			again.SetPlace(writePlace(r.item(m.GetPlace())))
		case keeperv1.HoldRequest_CommitDeposit_case:
			c, _ := writeCommit(r.contents(m.GetCommitDeposit()))
			again.SetCommitDeposit(c)
		default:
			return
		}
		if r.err == nil && !proto.Equal(again, whole) {
			t.Errorf("read as something else: %v", m.WhichAsk())
		}
	})
}
