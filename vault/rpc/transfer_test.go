package rpc_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func count(t *testing.T, who visitor, safe string) int {
	t.Helper()
	n, err := coffrev1.NewDocumentServiceClient(who).Count(t.Context(), coffrev1.CountRequest_builder{Safe: &safe}.Build())
	must(t, err)
	return int(n.GetDocuments())
}

// L-01, L-43: what goes in comes out, from any byte on.
func TestWhatGoesInComesOutFromAnyByteOn(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	for _, size := range []int{1, 100, 256 << 10, 700_000, 5 << 20} {
		body := vaulttest.Text("papier", size)
		receipt, err := deposit(t.Context(), who, *requestID(), safe, paper{title: "papier", body: body, chunk: 100_000})
		must(t, err)
		if receipt.GetSize() != int64(size) || !bytes.Equal(receipt.GetSha256(), paper{body: body}.digest()) || len(receipt.GetSigned()) == 0 || receipt.GetSafe() != safe {
			t.Errorf("receipt for %d bytes: %v", size, receipt)
		}
		for _, offset := range []int{0, 1, size / 2, size - 1, size} {
			header, got, err := read(t, who, safe, receipt.GetDocument(), int64(offset))
			if err != nil || !bytes.Equal(got, body[offset:]) {
				t.Errorf("%d bytes from %d: %d bytes, %v", size, offset, len(got), err)
			}
			if header.GetSize() != int64(size) || header.GetMediaType() != "text/plain" || header.GetDescription().GetTitle() != "papier" {
				t.Errorf("header %v", header)
			}
		}
		for _, offset := range []int64{-1, int64(size) + 1, 1 << 62} {
			header, got, err := read(t, who, safe, receipt.GetDocument(), offset)
			if header != nil || len(got) != 0 || reason(t, err) != "INVALID_REQUEST" || detail[*errdetails.BadRequest](err).GetFieldViolations()[0].GetField() != "offset" {
				t.Errorf("%d bytes from %d: %v", size, offset, err)
			}
		}
	}
}

func TestARefusedDepositLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	text := vaulttest.Text("papier", 10_000)
	for _, c := range []struct {
		name  string
		paper paper
		want  string
	}{
		{"empty", paper{}, "DOCUMENT_EMPTY"},
		{"another digest (L-45)", paper{body: text, sum: make([]byte, 32)}, "DIGEST_MISMATCH"},
		{"half a digest", paper{body: text, sum: make([]byte, 16)}, "INVALID_REQUEST"},
		{"shorter than announced", paper{body: text, size: 10_001}, "SIZE_MISMATCH"},
		{"longer than announced", paper{body: text, size: 9_999}, "SIZE_MISMATCH"},
		{"longer than announced, and small", paper{body: text[:10], size: 9}, "SIZE_MISMATCH"},
		{"a negative size", paper{body: text, size: -1}, "INVALID_REQUEST"},
		{"too large", paper{body: text, size: vault.MaxDocument + 1}, "DOCUMENT_TOO_LARGE"},
		{"a program", paper{body: append([]byte("MZ\x90\x00\x03\x00\x00\x00"), make([]byte, 200)...)}, "MEDIA_TYPE_REFUSED"},
		{"a page that runs", paper{body: []byte("<!DOCTYPE html><script>alert(1)</script>")}, "MEDIA_TYPE_REFUSED"},
		{"a chunk too large", paper{body: vaulttest.Text("papier", 300<<10), chunk: 300 << 10}, "INVALID_REQUEST"},
		{"a title too long", paper{title: strings.Repeat("x", 201), body: text}, "INVALID_REQUEST"},
	} {
		_, err := deposit(t.Context(), who, *requestID(), safe, c.paper)
		if got := reason(t, err); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if quota := detail[*errdetails.QuotaFailure](err); (c.want == "DOCUMENT_TOO_LARGE") && quota == nil {
			t.Errorf("%s: no quota failure", c.name)
		}
	}
	// gRPC refuses a message beyond any chunk by itself, before it is in memory.
	_, err := deposit(t.Context(), who, *requestID(), safe, paper{body: vaulttest.Text("papier", 3<<20), chunk: 2 << 20})
	if status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a message of 2 MiB: %v", err)
	}
	if n := count(t, who, safe); n != 0 {
		t.Errorf("%d documents are there", n)
	}
}

func TestABatchIsTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	other, theirs := s.open(t, "autre-fictive")
	good := func(n int) (all []paper) {
		for i := range n {
			all = append(all, paper{title: fmt.Sprintf("papier %d", i), body: vaulttest.Text("papier", 1+i*700)})
		}
		return all
	}
	for name, c := range map[string]struct {
		all      []paper
		document string
		want     string
	}{
		"none":                   {nil, "", "INVALID_REQUEST"},
		"a bad one in the midst": {append(good(2), paper{body: []byte("x"), sum: make([]byte, 32)}), "3", "DIGEST_MISMATCH"},
		"an empty one":           {append(good(1), paper{}), "2", "DOCUMENT_EMPTY"},
		"one for another safe":   {append(good(1), paper{body: []byte("x"), safe: theirs.GetSafe()}), "2", "INVALID_REQUEST"},
		"a hundred and one":      {good(vault.MaxBatch + 1), "100", "INVALID_REQUEST"},
	} {
		_, err := depositBatch(t.Context(), who, *requestID(), safe, c.all...)
		if got := reason(t, err); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if got := detail[*errdetails.ErrorInfo](err).GetMetadata()["document"]; got != c.document {
			t.Errorf("%s: document %q, want %q", name, got, c.document)
		}
	}
	if mine, others := count(t, who, safe), count(t, other, theirs.GetSafe()); mine+others != 0 {
		t.Errorf("%d and %d documents are there", mine, others)
	}
	receipts, err := depositBatch(t.Context(), who, *requestID(), safe, good(5)...)
	if err != nil || len(receipts) != 5 || count(t, who, safe) != 5 {
		t.Errorf("%d receipts, %v", len(receipts), err)
	}
}

// A retry is answered like the first call, before its content is sent again.
func TestARetryIsAnsweredEarlyAndTheSame(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe, request := opened.GetSafe(), *requestID()
	p := paper{title: "papier", body: vaulttest.Text("papier", 50_000)}
	first, err := deposit(t.Context(), who, request, safe, p)
	must(t, err)
	stream, err := coffrev1.NewDocumentServiceClient(who).Deposit(t.Context())
	must(t, err)
	must(t, stream.Send(coffrev1.DepositRequest_builder{Header: p.header(request, safe)}.Build()))
	again := &coffrev1.DepositResponse{}
	must(t, stream.RecvMsg(again)) // nothing but the header was sent, and the stream is still open
	if again.GetReceipt().GetDocument() != first.GetDocument() || !bytes.Equal(again.GetReceipt().GetSigned(), first.GetSigned()) {
		t.Errorf("first %v, then %v", first, again.GetReceipt())
	}
	if n := count(t, who, safe); n != 1 {
		t.Errorf("%d documents are there", n)
	}
	other, theirs := s.open(t, "autre-fictive")
	if _, err := deposit(t.Context(), other, request, theirs.GetSafe(), p); err != nil {
		t.Errorf("another person with the same request id: %v", err)
	}
	// The same id for something else is refused.
	batch := *requestID()
	if _, err := depositBatch(t.Context(), who, batch, safe, p, p); err != nil {
		t.Error(err)
	}
	if _, err := deposit(t.Context(), who, batch, safe, p); reason(t, err) != "REQUEST_ID_REUSED" {
		t.Errorf("a batch's request id for one document: %v", err)
	}
	docs := coffrev1.NewDocumentServiceClient(who)
	destroy := *requestID()
	for range 2 {
		_, err = docs.Destroy(t.Context(), coffrev1.DestroyRequest_builder{RequestId: &destroy, Safe: &safe, Document: new(first.GetDocument())}.Build())
		must(t, err)
	}
	rename := *requestID()
	left := list(t, who, safe, 10, "")[0].GetDocument()
	for _, c := range []struct{ title, want string }{{"un", ""}, {"un", ""}, {"deux", "REQUEST_ID_REUSED"}} {
		_, err := docs.Rename(t.Context(), coffrev1.RenameRequest_builder{RequestId: &rename, Safe: &safe, Document: &left, Title: &c.title}.Build())
		if got := reason(t, err); got != c.want {
			t.Errorf("rename to %s: %q, want %q", c.title, got, c.want)
		}
	}
}

// L-21: access ends when the lock or the session does, also in mid-download.
func TestADownloadEndsWithTheLockAndTheSession(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	body := vaulttest.Text("papier", 24<<20)
	receipt, err := deposit(t.Context(), who, *requestID(), safe, paper{title: "papier", body: body})
	must(t, err)
	for _, c := range []struct {
		name, want string
		end        func(visitor) error
	}{
		{"lock", "SAFE_LOCKED", func(v visitor) error {
			_, err := coffrev1.NewSessionServiceClient(v).Lock(t.Context(), coffrev1.LockRequest_builder{Safe: &safe}.Build())
			return err
		}},
		{"session", "SESSION_INVALID", func(v visitor) error {
			_, err := coffrev1.NewSessionServiceClient(v).CloseSession(t.Context(), &coffrev1.CloseSessionRequest{})
			return err
		}},
	} {
		v, _ := s.login(t, vaulttest.Person)
		_, err := coffrev1.NewSessionServiceClient(v).Unlock(t.Context(), coffrev1.UnlockRequest_builder{Safe: &safe, Code: new(opened.GetCode())}.Build())
		must(t, err)
		stream, err := coffrev1.NewDocumentServiceClient(v).Read(t.Context(), coffrev1.ReadRequest_builder{Safe: &safe, Document: new(receipt.GetDocument())}.Build())
		must(t, err)
		_, err = stream.Recv()
		must(t, err)
		must(t, c.end(v))
		got := 0
		for err == nil {
			var m *coffrev1.ReadResponse
			if m, err = stream.Recv(); err == nil {
				got += len(m.GetChunk())
			}
		}
		if errors.Is(err, io.EOF) || reason(t, err) != c.want || got >= len(body) {
			t.Errorf("%s: %v after %d bytes, want %s", c.name, err, got, c.want)
		}
	}
}

func list(t *testing.T, who visitor, safe string, size int32, drawer string) (all []*coffrev1.Document) {
	t.Helper()
	req := coffrev1.ListRequest_builder{Safe: &safe, PageSize: &size, Drawer: &drawer}.Build()
	for range 100 {
		page, err := coffrev1.NewDocumentServiceClient(who).List(t.Context(), req)
		must(t, err)
		if len(page.GetDocuments()) > int(size) {
			t.Errorf("a page of %d, %d were asked for", len(page.GetDocuments()), size)
		}
		all = append(all, page.GetDocuments()...)
		if page.GetNextPageToken() == "" {
			return all
		}
		req.SetPageToken(page.GetNextPageToken())
	}
	t.Fatal("the list has no end")
	return nil
}

func TestPagesCoverTheListOnce(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	var papers []paper
	for i := range 6 {
		papers = append(papers, paper{title: fmt.Sprint(i), body: []byte("x")})
	}
	_, err := depositBatch(t.Context(), who, *requestID(), safe, papers...)
	must(t, err)
	for size := int32(1); size <= 7; size++ {
		var titles strings.Builder
		for _, d := range list(t, who, safe, size, "") {
			titles.WriteString(d.GetDescription().GetTitle())
		}
		if titles.String() != "012345" {
			t.Errorf("pages of %d: %s", size, titles.String())
		}
	}
	if all := list(t, who, safe, 2, "sante"); len(all) != 0 {
		t.Errorf("an empty drawer holds %v", all)
	}
	docs := coffrev1.NewDocumentServiceClient(who)
	page, err := docs.List(t.Context(), coffrev1.ListRequest_builder{Safe: &safe, PageSize: new(int32(2))}.Build())
	must(t, err)
	other, theirs := s.open(t, "autre-fictive")
	for name, c := range map[string]struct {
		who visitor
		req coffrev1.ListRequest_builder
	}{
		"another drawer": {who, coffrev1.ListRequest_builder{Safe: &safe, Drawer: new("sante")}},
		"another safe":   {other, coffrev1.ListRequest_builder{Safe: new(theirs.GetSafe())}},
	} {
		c.req.PageToken = new(page.GetNextPageToken())
		_, err := coffrev1.NewDocumentServiceClient(c.who).List(t.Context(), c.req.Build())
		if reason(t, err) != "PAGE_TOKEN_INVALID" {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A token is of its caller, and does not outlive the server.
	_, err = coffrev1.NewDocumentServiceClient(other).List(t.Context(), coffrev1.ListRequest_builder{Safe: &safe, PageToken: new(page.GetNextPageToken())}.Build())
	if reason(t, err) != "PAGE_TOKEN_INVALID" {
		t.Errorf("with somebody else's token: %v", err)
	}
	s.serve(t)
	who.conn = s.conn
	_, err = coffrev1.NewDocumentServiceClient(who).List(t.Context(), coffrev1.ListRequest_builder{Safe: &safe, PageToken: new(page.GetNextPageToken())}.Build())
	if reason(t, err) != "PAGE_TOKEN_INVALID" || !strings.Contains(detail[*errdetails.LocalizedMessage](err).GetMessage(), "Recommencez à la première page.") {
		t.Errorf("after a restart: %v", err)
	}
}

// L-04, L-46, L-56: the person reads who did what, in their words.
func TestTheJournalSaysWhatWasTried(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	receipt, err := deposit(t.Context(), who, *requestID(), safe, paper{title: "Quittance", body: []byte("bonjour")})
	must(t, err)
	stranger, _ := s.login(t, vaulttest.Stranger)
	if _, _, err := read(t, stranger, safe, receipt.GetDocument(), 0); reason(t, err) != "NOT_FOUND" {
		t.Error(err)
	}
	_, _, err = read(t, who, safe, receipt.GetDocument(), 0)
	must(t, err)
	trail := coffrev1.NewTrailServiceClient(who)
	var said []string
	var position uint64
	req := coffrev1.ReadJournalRequest_builder{Safe: &safe, PageSize: new(int32(3))}.Build()
	for range 100 {
		page, err := trail.ReadJournal(t.Context(), req)
		must(t, err)
		for _, l := range page.GetLines() {
			said = append(said, l.GetActor()+" "+l.GetAct()+": "+l.GetSentence())
			if time.Since(l.GetTime().AsTime()) > time.Hour {
				t.Errorf("a line of %v", l.GetTime().AsTime())
			}
			if l.GetAct() == "read" && l.GetActor() == "you" {
				position = l.GetPosition()
				if d := l.GetDocuments(); len(d) != 1 || d[0].GetTitle() != "Quittance" || d[0].GetDocument() != receipt.GetDocument() {
					t.Errorf("the line is about %v", d)
				}
			}
		}
		if page.GetNextPageToken() == "" {
			break
		}
		req.SetPageToken(page.GetNextPageToken())
	}
	for _, want := range []string{
		"agent open-safe: Un agent a ouvert ce coffre.",
		"you unlock: Vous avez déverrouillé ce coffre.",
		"you deposit: Vous avez fait un dépôt.",
		"other read: Une autre personne a essayé de lire un papier. Le service a refusé.",
		"you read: Vous avez lu un papier.",
		"you journal: Vous avez lu ce journal.",
	} {
		if !strings.Contains(strings.Join(said, "\n"), want) {
			t.Errorf("nobody says %q in\n%s", want, strings.Join(said, "\n"))
		}
	}
	cp, err := trail.Checkpoint(t.Context(), &coffrev1.CheckpointRequest{})
	must(t, err)
	var origin string
	var size uint64
	if _, err := fmt.Sscanf(string(cp.GetCheckpoint()), "%s\n%d\n", &origin, &size); err != nil || !strings.Contains(cp.GetVerifierKey(), "+") {
		t.Fatalf("%v: %v", cp, err)
	}
	proof, err := trail.ProveInclusion(t.Context(), coffrev1.ProveInclusionRequest_builder{Safe: &safe, Positions: []uint64{position}, TreeSize: &size}.Build())
	if err != nil || len(proof.GetProofs()) != 1 || len(proof.GetProofs()[0].GetLeaf()) == 0 || len(proof.GetProofs()[0].GetHashes()) == 0 {
		t.Errorf("%v, %v", proof, err)
	}
	if _, err := trail.ProveConsistency(t.Context(), coffrev1.ProveConsistencyRequest_builder{OldSize: new(size - 1), TreeSize: &size}.Build()); err != nil {
		t.Error(err)
	}
	for name, size := range map[string]uint64{"a tree of tomorrow": size + 1000, "beyond any tree": 1 << 62} {
		_, err := trail.ProveInclusion(t.Context(), coffrev1.ProveInclusionRequest_builder{Safe: &safe, Positions: []uint64{position}, TreeSize: &size}.Build())
		_, err2 := trail.ProveConsistency(t.Context(), coffrev1.ProveConsistencyRequest_builder{OldSize: new(uint64(1)), TreeSize: &size}.Build())
		if reason(t, err) == "INTERNAL" || reason(t, err2) == "INTERNAL" {
			t.Errorf("%s: %v and %v", name, err, err2)
		}
	}
}

// The canary: nothing of a person in the log of the door (L-54).
func TestTheLogHoldsNothingOfAnybody(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	receipt, err := deposit(t.Context(), who, *requestID(), safe, paper{title: "CANARI-titre", body: []byte("CANARI-contenu")})
	must(t, err)
	_, _, err = read(t, who, safe, receipt.GetDocument(), 0)
	must(t, err)
	for method, a := range attempts {
		if !strings.HasSuffix(method, "CloseSession") {
			_ = a.try(t.Context(), who, about(safe, receipt.GetDocument()))
			_ = a.try(t.Context(), s.nobody(), about(safe, receipt.GetDocument()))
		}
	}
	log := s.log.String()
	if strings.Count(log, "msg=call") < 2*len(attempts) {
		t.Fatalf("the log is empty: %q", log)
	}
	for name, secret := range map[string]string{
		"title": "CANARI", "token": who.token.Reveal(), "code": opened.GetCode(), "safe": safe, "document": receipt.GetDocument(),
		"subject": vaulttest.Person, "file name": "papier.txt", "name in the register": "ESSAI", "code that was typed": wrongCode,
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the %s", name)
		}
	}
}
