package rpc

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/texts"
)

const zeroID = "aaaaaaaaaaaaaaaaaaaaaaaaaa"

func catalogue(t testing.TB) *papers.Catalogue {
	t.Helper()
	c, err := papers.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// refused lists the fields that a parser refused, and fails if it repeated what
// was sent.
func refused(t testing.TB, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	if strings.Contains(err.Error(), marker) || strings.Contains(answerTo(err, "").Proto().String(), marker) {
		t.Errorf("the answer repeats a value: %v", err)
	}
	all, ok := errors.AsType[invalidFields](err)
	if !ok {
		t.Fatalf("%v is not about fields", err)
	}
	names := make([]string, len(all))
	for i, f := range all {
		names[i] = f.Field
		if f.Rule == "" {
			t.Errorf("%s is refused without a rule", f.Field)
		}
	}
	return names
}

// parsers are every parser of a request that is not a stream, on a request that
// holds s in each text and n in each number.
func parsers(t testing.TB) map[string]reading {
	kinds, p := catalogue(t), newPages()
	d := func(s string) *coffrev1.Description {
		return coffrev1.Description_builder{Title: &s, FileName: &s, Drawer: &s, Kind: &s, DocumentDate: &s, ExpireDate: &s, Whose: &s, OriginalPlace: &s}.Build()
	}
	all := map[string]reading{
		"OpenSession": func(s string, n int64) error {
			_, err := parseOpenSession(coffrev1.OpenSessionRequest_builder{IdToken: &s, ClientPublicKey: []byte(s), NonceSalt: []byte(s), Place: new(coffrev1.Place(int32(n)))}.Build())
			return err
		},
		"Unlock": func(s string, _ int64) error {
			_, err := parseUnlock(coffrev1.UnlockRequest_builder{Safe: &s, Code: &s}.Build())
			return err
		},
		"OpenSafe": func(s string, _ int64) error {
			_, err := parseOpenSafe(coffrev1.OpenSafeRequest_builder{RequestId: &s, OwnerIssuer: &s, OwnerSubject: &s, InformationVersion: &s, EntrustedDrawers: []string{s}, AgreementVersion: &s}.Build(), kinds)
			return err
		},
		"EntrustDrawer": func(s string, _ int64) error {
			_, err := parseEntrust(coffrev1.EntrustDrawerRequest_builder{RequestId: &s, Safe: &s, Drawer: &s, AgreementVersion: &s}.Build(), kinds)
			return err
		},
		"TakeBackDrawer": func(s string, _ int64) error {
			_, err := parseTakeBack(coffrev1.TakeBackDrawerRequest_builder{RequestId: &s, Safe: &s, Drawer: &s}.Build())
			return err
		},
		"Destroy": func(s string, _ int64) error {
			_, err := parseDestroy(coffrev1.DestroyRequest_builder{RequestId: &s, Safe: &s, Document: &s}.Build())
			return err
		},
		"Move": func(s string, _ int64) error {
			_, err := parseMove(coffrev1.MoveRequest_builder{RequestId: &s, Safe: &s, Document: &s, Drawer: &s}.Build(), kinds)
			return err
		},
		"Rename": func(s string, _ int64) error {
			_, err := parseRename(coffrev1.RenameRequest_builder{RequestId: &s, Safe: &s, Document: &s, Title: &s}.Build())
			return err
		},
		"Describe": func(s string, _ int64) error {
			_, err := parseDescribe(coffrev1.DescribeRequest_builder{RequestId: &s, Safe: &s, Document: &s, Description: d(s)}.Build(), kinds)
			return err
		},
		"Read": func(s string, n int64) error {
			_, err := parseRead(coffrev1.ReadRequest_builder{Safe: &s, Document: &s, Offset: &n}.Build())
			return err
		},
		"List": func(s string, n int64) error {
			_, _, err := parseList(coffrev1.ListRequest_builder{Safe: &s, PageSize: new(int32(n)), Drawer: &s}.Build(), p, s)
			return err
		},
		"ProveInclusion": func(s string, n int64) error {
			_, err := parseProveInclusion(coffrev1.ProveInclusionRequest_builder{Safe: &s, Positions: []uint64{uint64(n)}, TreeSize: new(uint64(n))}.Build())
			return err
		},
		"document": func(s string, _ int64) error {
			_, _, err := one(s, s)
			return err
		},
	}
	maps.Copy(all, papersParsers(t.Context(), kinds))
	maps.Copy(all, peopleParsers(kinds))
	maps.Copy(all, memoParsers())
	return all
}

func TestEveryFieldOutOfBoundsIsNamedAndNoneRepeated(t *testing.T) {
	t.Parallel()
	bad := marker + "/\x00" + strings.Repeat("é", 300)
	want := map[string]string{
		"OpenSession":     "client_public_key nonce_salt place",
		"Unlock":          "safe code",
		"OpenSafe":        "request_id owner_subject information_version entrusted_drawers agreement_version",
		"PutMemos":        "request_id safe notebook " + refusedMemo("memos[0].memo") + " memos[0].whose memos[0].secret memos[0].others[0].label memos[0].others[0].secret memos[1].memo.name",
		"OpenMemo":        "safe document reason label",
		"ChangeMemo":      "request_id safe document label " + refusedMemo("memo") + " secret",
		"DestroyNotebook": "request_id notebook moved left date place approval",
		"Bring":           "safe purpose members members members",
		"PrintBring":      "safe purpose members members members place appointment_time format",
		"Sort":            "safe answers.since_date answers.birth_date answers.answer answers document page_size",
		"EntrustDrawer":   "request_id safe drawer agreement_version",
		"TakeBackDrawer":  "request_id safe drawer",
		"Destroy":         "request_id safe document",
		"Move":            "request_id safe document drawer",
		"Rename":          "request_id safe document title",
		"Describe": "request_id safe document description.kind description.file_name description.title " +
			"description.document_date description.expire_date description.whose description.original_place",
		"Read":           "safe document offset",
		"List":           "safe page_size drawer",
		"ProveInclusion": "safe tree_size",
		"document":       "safe document",
	}
	maps.Copy(want, peopleRefuse())
	for name, parse := range parsers(t) {
		if got := strings.Join(refused(t, parse(bad, -7)), " "); got != want[name] {
			t.Errorf("%s refuses %s, want %s", name, got, want[name])
		}
		for _, id := range []string{"", zeroID, strings.Repeat("a", 25), strings.Repeat("a", 27), strings.ToUpper(vault.NewSafeID().String())} {
			if parse(id, 1) == nil {
				t.Errorf("%s accepts the id %q", name, id)
			}
		}
	}
}

func FuzzParseRequests(f *testing.F) {
	all := parsers(f)
	f.Add(vault.NewSafeID().String(), int64(1))
	f.Add("", int64(0))
	f.Add("0123-4567-89AB-CDEF-GHJK", int64(-1))
	f.Add("\u202e\x00logement", int64(1)<<40)
	f.Fuzz(func(t *testing.T, s string, n int64) {
		for name, parse := range all {
			err := parse(s, n)
			if err == nil && s == "" {
				t.Errorf("%s accepts nothing at all", name)
			}
			if fields := refused(t, err); err != nil && len(fields) == 0 {
				t.Errorf("%s refuses and names no field", name)
			}
		}
	})
}

func TestAGoodRequestIsReadAsItIs(t *testing.T) {
	t.Parallel()
	request, safe, doc := vault.NewRequestID(), vault.NewSafeID(), vault.NewDocumentID()
	move, err := parseMove(coffrev1.MoveRequest_builder{
		RequestId: new(request.String()), Safe: new(safe.String()), Document: new(doc.String()), Drawer: new("sante"),
	}.Build(), catalogue(t))
	if err != nil || move.Request != request || move.Safe != safe || move.Document != doc || *move.Drawer != "sante" || move.Title != nil || move.All != nil {
		t.Errorf("move %+v, %v", move, err)
	}
	open, err := parseOpenSafe(coffrev1.OpenSafeRequest_builder{RequestId: new(request.String()), InformationVersion: new(texts.Version)}.Build(), catalogue(t))
	if err != nil || !open.Owner.IsZero() {
		t.Errorf("a person without a login: %v", err)
	}
	open, err = parseOpenSafe(coffrev1.OpenSafeRequest_builder{
		RequestId: new(request.String()), InformationVersion: new(texts.Version), OwnerIssuer: new("https://issuer.test"), OwnerSubject: new("s-1"),
	}.Build(), catalogue(t))
	if err != nil || open.Owner.Issuer() != "https://issuer.test" || open.Owner.Subject() != "s-1" || open.Information != texts.Version {
		t.Errorf("a person with a login: %v", err)
	}
	for _, half := range []*coffrev1.OpenSafeRequest{
		coffrev1.OpenSafeRequest_builder{RequestId: new(request.String()), InformationVersion: new(texts.Version), OwnerIssuer: new("https://issuer.test")}.Build(),
		coffrev1.OpenSafeRequest_builder{RequestId: new(request.String()), InformationVersion: new(texts.Version), OwnerSubject: new("s-1")}.Build(),
	} {
		if _, err := parseOpenSafe(half, catalogue(t)); !slices.Equal(refused(t, err), []string{"owner_subject"}) {
			t.Errorf("half a login: %v", err)
		}
	}
	// L-11: without the information given before, or with one that nobody published, no safe.
	for _, version := range []string{"", "2026-11", texts.Version + "0"} {
		if _, err := parseOpenSafe(coffrev1.OpenSafeRequest_builder{RequestId: new(request.String()), InformationVersion: &version}.Build(), catalogue(t)); !slices.Equal(refused(t, err), []string{"information_version"}) {
			t.Errorf("information %q: %v", version, err)
		}
	}
}

func TestPlaceIsSharedUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	for said, want := range map[coffrev1.Place]vault.Place{
		coffrev1.Place_PLACE_UNSPECIFIED: vault.PlaceShared,
		coffrev1.Place_PLACE_SHARED:      vault.PlaceShared,
		coffrev1.Place_PLACE_OWN:         vault.PlaceOwn,
	} {
		o, err := parseOpenSession(coffrev1.OpenSessionRequest_builder{IdToken: new("t"), ClientPublicKey: make([]byte, 32), NonceSalt: make([]byte, 16), Place: &said}.Build())
		if err != nil || o.place != want {
			t.Errorf("%v: %v, %v", said, o.place, err)
		}
	}
	for _, token := range []string{"", strings.Repeat("t", maxIDToken+1)} {
		_, err := parseOpenSession(coffrev1.OpenSessionRequest_builder{IdToken: &token, ClientPublicKey: make([]byte, 32), NonceSalt: make([]byte, 16)}.Build())
		if !slices.Equal(refused(t, err), []string{"id_token"}) {
			t.Errorf("a token of %d bytes: %v", len(token), err)
		}
	}
}

func TestDrawersMayBeTakenBackThatNoCatalogueKnows(t *testing.T) {
	t.Parallel()
	id, kinds := new(vault.NewSafeID().String()), catalogue(t)
	if _, err := parseTakeBack(coffrev1.TakeBackDrawerRequest_builder{RequestId: id, Safe: id, Drawer: new("retire-en-2031")}.Build()); err != nil {
		t.Error(err)
	}
	if _, err := parseEntrust(coffrev1.EntrustDrawerRequest_builder{RequestId: id, Safe: id, Drawer: new("retire-en-2031"), AgreementVersion: new("fr-1")}.Build(), kinds); !slices.Equal(refused(t, err), []string{"drawer"}) {
		t.Errorf("entrusted: %v", err)
	}
}

func TestProofsAreAskedWithinATree(t *testing.T) {
	t.Parallel()
	safe := vault.NewSafeID().String()
	for _, c := range []struct {
		position, size uint64
		want           string
	}{
		{0, 1, ""},
		{41, 42, ""},
		{0, 0, "tree_size"},
		{42, 42, "positions"},
		{0, 1 << 63, "tree_size"},
	} {
		_, err := parseProveInclusion(coffrev1.ProveInclusionRequest_builder{Safe: &safe, Positions: []uint64{0, c.position}, TreeSize: &c.size}.Build())
		if got := strings.Join(refused(t, err), " "); got != c.want {
			t.Errorf("leaf %d of %d: %q, want %q", c.position, c.size, got, c.want)
		}
	}
	for _, c := range []struct {
		older, size uint64
		want        string
	}{
		{1, 1, ""},
		{1, 2, ""},
		{0, 2, "old_size"},
		{3, 2, "old_size"},
		{1, 0, "tree_size"},
		{1, 1 << 63, "tree_size"},
	} {
		_, _, err := parseProveConsistency(coffrev1.ProveConsistencyRequest_builder{OldSize: &c.older, TreeSize: &c.size}.Build())
		if got := strings.Join(refused(t, err), " "); got != c.want {
			t.Errorf("%d to %d: %q, want %q", c.older, c.size, got, c.want)
		}
	}
}

// anyMemo is a memo that says the same everywhere.
func anyMemo(s string) *coffrev1.Memo {
	n := coffrev1.MemoNumber_builder{Name: &s, Value: &s}.Build()
	return coffrev1.Memo_builder{
		Body: &s, Name: &s, Login: &s, Hint: &s, Recovery: &s, Provider: &s, Numbers: []*coffrev1.MemoNumber{n, nil},
	}.Build()
}

// memoParsers are those of memos.
func memoParsers() map[string]reading {
	return map[string]reading{
		"PutMemos": func(s string, _ int64) error {
			m := coffrev1.NewMemo_builder{Memo: anyMemo(s), Whose: &s, Secret: &s, Others: anyOthers(s)}.Build()
			_, err := parsePutMemos(coffrev1.PutMemosRequest_builder{RequestId: &s, Safe: &s, Notebook: &s, Memos: []*coffrev1.NewMemo{m, nil}}.Build())
			return err
		},
		"OpenMemo": func(s string, _ int64) error {
			_, err := parseOpenMemo(coffrev1.OpenMemoRequest_builder{Safe: &s, Document: &s, Reason: &s, Label: &s}.Build())
			return err
		},
		"DestroyNotebook": func(s string, n int64) error {
			return second(parseDestroyNotebook(coffrev1.DestroyNotebookRequest_builder{
				RequestId: &s, Notebook: &s, Moved: new(int32(n)), Left: new(int32(n)), Date: &s, Place: &s, Approval: &s,
			}.Build()))
		},
		"ChangeMemo": func(s string, _ int64) error {
			_, err := parseChangeMemo(coffrev1.ChangeMemoRequest_builder{RequestId: &s, Safe: &s, Document: &s, Memo: anyMemo(s), Secret: &s, Label: &s}.Build())
			return err
		},
	}
}

// anyOthers are other secrets that say s.
func anyOthers(s string) []*coffrev1.LabelledSecret {
	return []*coffrev1.LabelledSecret{coffrev1.LabelledSecret_builder{Label: &s, Secret: &s}.Build()}
}

// refusedMemo are the fields of one, each out of its bounds.
func refusedMemo(at string) string {
	return at + strings.Join([]string{
		".body ", ".name ", ".login ", ".hint ", ".recovery ", ".provider ", ".numbers[0].name ", ".numbers[0].value",
	}, at)
}
