package rpc_test

import (
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// What befalls the service is said as it is: come back later, or do not.
func TestOutagesAndDamageAreToldApart(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	receipt, err := deposit(t.Context(), who, *requestID(), safe, paper{title: "papier", body: vaulttest.Text("papier", 1<<20)})
	must(t, err)
	doc := receipt.GetDocument()

	s.house.Bucket.SetRule(func(op storagetest.Op, _ storage.Key) storagetest.Fault {
		if op == storagetest.OpGet || op == storagetest.OpPut {
			return storagetest.NotApplied
		}
		return storagetest.None
	})
	for name, err := range map[string]error{
		"read":    second(read(t, who, safe, doc, 0)),
		"deposit": last(deposit(t.Context(), who, *requestID(), safe, paper{body: vaulttest.Text("papier", 1<<20)})),
	} {
		if retry := detail[*errdetails.RetryInfo](err); status.Code(err) != codes.Unavailable || reason(t, err) != "STORE_UNAVAILABLE" || retry.GetRetryDelay().AsDuration() <= 0 {
			t.Errorf("%s while the bucket is away: %v, retry %v", name, err, retry)
		}
	}
	s.house.Bucket.SetRule(nil)

	// L-48: an altered object is found without reading it, and never served.
	for k, err := range s.house.Bucket.List(t.Context(), storage.Key("v1/s/"+safe+"/o/"), "") {
		must(t, err)
		s.house.Bucket.Flip(k.Key, 8*(k.Size-1))
	}
	control, err := coffrev1.NewDocumentServiceClient(who).Control(t.Context(), coffrev1.ControlRequest_builder{Safe: &safe, Document: &doc}.Build())
	if err != nil || control.GetVerdict() != coffrev1.ControlResponse_VERDICT_ALTERED {
		t.Errorf("control: %v, %v", control, err)
	}
	_, body, err := read(t, who, safe, doc, 0)
	if len(body) != 0 || status.Code(err) != codes.DataLoss || reason(t, err) != "OBJECT_ALTERED" {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if m := detail[*errdetails.LocalizedMessage](err).GetMessage(); !strings.Contains(m, "Prévenez") {
		t.Errorf("says %q", m)
	}
}

// L-44: six facts, about the stored object and none of the person's words.
func TestTechnicalMetadataAreTheSixFacts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	who, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	receipt, err := deposit(t.Context(), who, *requestID(), safe, paper{title: "papier", body: vaulttest.Text("papier", 50_000)})
	must(t, err)
	got, err := coffrev1.NewDocumentServiceClient(who).ReadTechnicalMetadata(t.Context(), coffrev1.ReadTechnicalMetadataRequest_builder{
		Safe: &safe, Document: new(receipt.GetDocument()),
	}.Build())
	must(t, err)
	if got.GetObject() == "" || got.GetDepositor() == "" || got.GetStoredSize() <= receipt.GetSize() || got.GetDigestAlgorithm() != "SHA-256" ||
		len(got.GetDigest()) != 32 || !got.HasCreateTime() {
		t.Errorf("%v", got)
	}
	if strings.Contains(got.GetDepositor(), vaulttest.Person) {
		t.Errorf("the depositor is no pseudonym: %s", got.GetDepositor())
	}
	if string(got.GetDigest()) == string(receipt.GetSha256()) {
		t.Error("the digest is the content's, which tells what the paper is")
	}
}

func second[A, B any](_ A, _ B, err error) error { return err }

func last[A any](_ A, err error) error { return err }
