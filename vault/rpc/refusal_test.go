package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

// An attempt calls one method for a safe and a document.
type attempt func(ctx context.Context, conn grpc.ClientConnInterface, safe, doc string) error

// attempts are all methods that need a session. The document is not used by
// those that concern a whole safe.
var attempts = map[string]attempt{
	coffrev1.SessionService_Unlock_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := coffrev1.NewSessionServiceClient(conn).Unlock(ctx, coffrev1.UnlockRequest_builder{Safe: &safe, Code: new("0000-1111-2222-3333-4444")}.Build())
		return err
	},
	coffrev1.SessionService_Lock_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := coffrev1.NewSessionServiceClient(conn).Lock(ctx, coffrev1.LockRequest_builder{Safe: &safe}.Build())
		return err
	},
	coffrev1.SafeService_EntrustDrawer_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := coffrev1.NewSafeServiceClient(conn).EntrustDrawer(ctx, coffrev1.EntrustDrawerRequest_builder{RequestId: requestID(), Safe: &safe, Drawer: new("sante"), AgreementVersion: new(texts.Version)}.Build())
		return err
	},
	coffrev1.SafeService_TakeBackDrawer_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := coffrev1.NewSafeServiceClient(conn).TakeBackDrawer(ctx, coffrev1.TakeBackDrawerRequest_builder{RequestId: requestID(), Safe: &safe, Drawer: new("sante")}.Build())
		return err
	},
	coffrev1.DocumentService_Deposit_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := deposit(ctx, conn, *requestID(), safe, paper{title: "essai", body: []byte("essai")})
		return err
	},
	coffrev1.DocumentService_DepositBatch_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := depositBatch(ctx, conn, *requestID(), safe, paper{title: "essai", body: []byte("essai")})
		return err
	},
	coffrev1.DocumentService_Read_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, doc string) error {
		stream, err := coffrev1.NewDocumentServiceClient(conn).Read(ctx, coffrev1.ReadRequest_builder{Safe: &safe, Document: &doc}.Build())
		if err != nil {
			return err
		}
		for {
			if _, err := stream.Recv(); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return err
			}
		}
	},
	coffrev1.DocumentService_Destroy_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, doc string) error {
		_, err := coffrev1.NewDocumentServiceClient(conn).Destroy(ctx, coffrev1.DestroyRequest_builder{RequestId: requestID(), Safe: &safe, Document: &doc}.Build())
		return err
	},
	coffrev1.DocumentService_ReadTechnicalMetadata_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, doc string) error {
		_, err := coffrev1.NewDocumentServiceClient(conn).ReadTechnicalMetadata(ctx, coffrev1.ReadTechnicalMetadataRequest_builder{Safe: &safe, Document: &doc}.Build())
		return err
	},
	coffrev1.DocumentService_Control_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, doc string) error {
		_, err := coffrev1.NewDocumentServiceClient(conn).Control(ctx, coffrev1.ControlRequest_builder{Safe: &safe, Document: &doc}.Build())
		return err
	},
	coffrev1.DocumentService_List_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := coffrev1.NewDocumentServiceClient(conn).List(ctx, coffrev1.ListRequest_builder{Safe: &safe}.Build())
		return err
	},
	coffrev1.DocumentService_Count_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := coffrev1.NewDocumentServiceClient(conn).Count(ctx, coffrev1.CountRequest_builder{Safe: &safe}.Build())
		return err
	},
	coffrev1.DocumentService_Move_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, doc string) error {
		_, err := coffrev1.NewDocumentServiceClient(conn).Move(ctx, coffrev1.MoveRequest_builder{RequestId: requestID(), Safe: &safe, Document: &doc, Drawer: new("sante")}.Build())
		return err
	},
	coffrev1.DocumentService_Rename_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, doc string) error {
		_, err := coffrev1.NewDocumentServiceClient(conn).Rename(ctx, coffrev1.RenameRequest_builder{RequestId: requestID(), Safe: &safe, Document: &doc, Title: new("essai")}.Build())
		return err
	},
	coffrev1.DocumentService_Describe_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, doc string) error {
		_, err := coffrev1.NewDocumentServiceClient(conn).Describe(ctx, coffrev1.DescribeRequest_builder{RequestId: requestID(), Safe: &safe, Document: &doc, Description: &coffrev1.Description{}}.Build())
		return err
	},
	coffrev1.TrailService_ReadJournal_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := coffrev1.NewTrailServiceClient(conn).ReadJournal(ctx, coffrev1.ReadJournalRequest_builder{Safe: &safe}.Build())
		return err
	},
	coffrev1.TrailService_ProveInclusion_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, safe, _ string) error {
		_, err := coffrev1.NewTrailServiceClient(conn).ProveInclusion(ctx, coffrev1.ProveInclusionRequest_builder{Safe: &safe, Positions: []uint64{0}, TreeSize: new(uint64(1))}.Build())
		return err
	},
	// Without a safe.
	coffrev1.SessionService_CloseSession_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, _, _ string) error {
		_, err := coffrev1.NewSessionServiceClient(conn).CloseSession(ctx, &coffrev1.CloseSessionRequest{})
		return err
	},
	coffrev1.SafeService_OpenSafe_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, _, _ string) error {
		_, err := coffrev1.NewSafeServiceClient(conn).OpenSafe(ctx, coffrev1.OpenSafeRequest_builder{RequestId: requestID(), InformationVersion: new(texts.Version)}.Build())
		return err
	},
	coffrev1.TrailService_Checkpoint_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, _, _ string) error {
		_, err := coffrev1.NewTrailServiceClient(conn).Checkpoint(ctx, &coffrev1.CheckpointRequest{})
		return err
	},
	coffrev1.TrailService_ProveConsistency_FullMethodName: func(ctx context.Context, conn grpc.ClientConnInterface, _, _ string) error {
		_, err := coffrev1.NewTrailServiceClient(conn).ProveConsistency(ctx, coffrev1.ProveConsistencyRequest_builder{OldSize: new(uint64(1)), TreeSize: new(uint64(1))}.Build())
		return err
	},
}

// What an attempt is about.
var (
	withoutSafe = map[string]bool{
		coffrev1.SessionService_CloseSession_FullMethodName: true, coffrev1.SafeService_OpenSafe_FullMethodName: true,
		coffrev1.TrailService_Checkpoint_FullMethodName: true, coffrev1.TrailService_ProveConsistency_FullMethodName: true,
	}
	withDocument = map[string]bool{
		coffrev1.DocumentService_Read_FullMethodName: true, coffrev1.DocumentService_Destroy_FullMethodName: true,
		coffrev1.DocumentService_ReadTechnicalMetadata_FullMethodName: true, coffrev1.DocumentService_Control_FullMethodName: true,
		coffrev1.DocumentService_Move_FullMethodName: true, coffrev1.DocumentService_Rename_FullMethodName: true,
		coffrev1.DocumentService_Describe_FullMethodName: true,
	}
)

func TestEveryMethodIsAttempted(t *testing.T) {
	t.Parallel()
	protoregistry.GlobalFiles.RangeFilesByPackage("coffre.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				name := "/" + string(s.FullName()) + "/" + string(s.Methods().Get(j).Name())
				open := name == coffrev1.SessionService_ListIssuers_FullMethodName || name == coffrev1.SessionService_OpenSession_FullMethodName
				if (attempts[name] == nil) != open {
					t.Errorf("%s is not in the matrix", name)
				}
			}
		}
		return true
	})
}

const (
	zeroID      = "aaaaaaaaaaaaaaaaaaaaaaaaaa"
	malformedID = "Pas un identifiant ! 0189"
)

// Every method × every caller × foreign, unknown, zero and malformed ids gives
// one answer, and it is the same, byte for byte, for what does not exist and for
// what the caller may not know about (L-22, L-23).
func TestForeignIDsGiveOneAnswer(t *testing.T) {
	t.Parallel()
	s := newService(t)
	owner, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	receipt, err := deposit(t.Context(), owner, *requestID(), safe, paper{title: "le mien", body: []byte("bonjour")})
	must(t, err)
	doc := receipt.GetDocument()
	other, theirs := s.open(t, "autre-fictive")
	stranger, _ := s.login(t, vaulttest.Stranger)
	unknown := vault.NewSafeID().String()
	var notFound []byte
	for method, try := range attempts {
		for _, c := range []struct {
			name      string
			who       visitor
			safe, doc string
			want      string
			only      map[string]bool // methods it is about; nil is all with a safe
		}{
			{"no session", s.nobody(), safe, doc, "SESSION_INVALID", nil},
			{"no session, malformed", s.nobody(), malformedID, malformedID, "SESSION_INVALID", nil},
			{"a stranger", stranger, safe, doc, "NOT_FOUND", nil},
			{"the owner of another safe", other, safe, doc, "NOT_FOUND", nil},
			{"an unknown safe", owner, unknown, doc, "NOT_FOUND", nil},
			{"a stranger, an unknown safe", stranger, unknown, doc, "NOT_FOUND", nil},
			{"the zero safe", owner, zeroID, doc, "INVALID_REQUEST", nil},
			{"a malformed safe", owner, malformedID, doc, "INVALID_REQUEST", nil},
			{"an unknown document", owner, safe, vault.NewDocumentID().String(), "NOT_FOUND", withDocument},
			{"one's own safe, another's document", other, theirs.GetSafe(), doc, "NOT_FOUND", withDocument},
			{"the zero document", owner, safe, zeroID, "INVALID_REQUEST", withDocument},
			{"a malformed document", owner, safe, malformedID, "INVALID_REQUEST", withDocument},
		} {
			if c.only != nil && !c.only[method] || withoutSafe[method] && c.want != "SESSION_INVALID" {
				continue
			}
			err := try(t.Context(), c.who, c.safe, c.doc)
			if got := reason(t, err); got != c.want {
				t.Errorf("%s by %s: %s, want %s", method, c.name, got, c.want)
				continue
			}
			p := anonymous(t, err)
			for _, text := range []string{malformedID, "le mien", "essai", safe, doc} {
				if strings.Contains(fmt.Sprint(p), text) {
					t.Errorf("%s by %s: the answer repeats %q", method, c.name, text)
				}
			}
			if c.want == "NOT_FOUND" {
				raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(p)
				must(t, err)
				if notFound == nil {
					notFound = raw
				}
				if string(raw) != string(notFound) {
					t.Errorf("%s by %s can be told apart: %v", method, c.name, p)
				}
			}
		}
	}
	// Nothing of it had an effect.
	if _, body, err := read(t, owner, safe, doc, 0); err != nil || string(body) != "bonjour" {
		t.Errorf("afterwards: %q, %v", body, err)
	}
}

// anonymous is the answer without its request id.
func anonymous(t *testing.T, err error) proto.Message {
	t.Helper()
	p := status.Convert(err).Proto()
	for i, d := range p.GetDetails() {
		if d.MessageIs((*errdetails.RequestInfo)(nil)) {
			p.Details = append(p.Details[:i], p.Details[i+1:]...)
			return p
		}
	}
	t.Errorf("%v has no request id", err)
	return p
}

// A session is good with its own key, for the method at hand, once.
func TestAProofIsGoodOnceForOneMethod(t *testing.T) {
	t.Parallel()
	s := newService(t)
	owner, opened := s.open(t, vaulttest.Person)
	count := attempts[coffrev1.DocumentService_Count_FullMethodName]
	safe := opened.GetSafe()
	must(t, count(t.Context(), owner, safe, ""))
	const method = coffrev1.DocumentService_Count_FullMethodName
	once := owner.key.Prove(owner.token, method, time.Now())
	for _, c := range []struct {
		name  string
		proof func(string) session.Proof
		want  string
	}{
		{"good", func(m string) session.Proof { return owner.key.Prove(owner.token, m, time.Now()) }, ""},
		{"fixed, the first time", func(string) session.Proof { return once }, ""},
		{"fixed, the second time", func(string) session.Proof { return once }, "SESSION_INVALID"},
		{"for another method", func(string) session.Proof {
			return owner.key.Prove(owner.token, coffrev1.DocumentService_List_FullMethodName, time.Now())
		}, "SESSION_INVALID"},
		{"with another key", func(m string) session.Proof { return session.NewClientKey().Prove(owner.token, m, time.Now()) }, "SESSION_INVALID"},
		{"of two minutes ago", func(m string) session.Proof { return owner.key.Prove(owner.token, m, time.Now().Add(-2*time.Minute)) }, "CLIENT_CLOCK"},
	} {
		v := owner
		v.proof = c.proof
		if got := reason(t, count(t.Context(), v, safe, "")); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	must(t, attempts[coffrev1.SessionService_CloseSession_FullMethodName](t.Context(), owner, "", ""))
	if got := reason(t, count(t.Context(), owner, safe, "")); got != "SESSION_INVALID" {
		t.Errorf("after the session: %q", got)
	}
}

func TestALoginOpensOneSessionForOneKey(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c := coffrev1.NewSessionServiceClient(s.conn)
	key := session.NewClientKey()
	req := s.request(t, vaulttest.Person, key)
	answer, err := c.OpenSession(t.Context(), req)
	must(t, err)
	if end := answer.GetExpireTime().AsTime(); end.Before(time.Now().Add(9*60*time.Minute)) || end.After(time.Now().Add(10*60*time.Minute)) {
		t.Errorf("the session ends at %v", end)
	}
	if len(answer.GetSafes()) != 0 {
		t.Errorf("somebody without a safe owns %v", answer.GetSafes())
	}
	_, opened := s.open(t, "autre-fictive")
	if _, again := s.login(t, "autre-fictive"); len(again.GetSafes()) != 1 || again.GetSafes()[0].GetSafe() != opened.GetSafe() || again.GetSafes()[0].GetUnlocked() {
		t.Errorf("their own safe in a new session: %v", again.GetSafes())
	}
	stolen := s.request(t, vaulttest.Person, key)
	stolen.SetClientPublicKey(session.NewClientKey().Public())
	broken := s.request(t, vaulttest.Person, key)
	broken.SetIdToken(broken.GetIdToken() + "A")
	garbage := s.request(t, vaulttest.Person, key)
	garbage.SetIdToken("garbage")
	empty := s.request(t, vaulttest.Person, key)
	empty.SetIdToken("")
	for name, c2 := range map[string]struct {
		req  *coffrev1.OpenSessionRequest
		want string
	}{
		"the same login again": {req, "LOGIN_REFUSED"},
		"for another key":      {stolen, "LOGIN_REFUSED"},
		"a broken signature":   {broken, "LOGIN_REFUSED"},
		"garbage":              {garbage, "LOGIN_REFUSED"},
		"nothing":              {empty, "INVALID_REQUEST"},
	} {
		_, err := c.OpenSession(t.Context(), c2.req)
		if got := reason(t, err); got != c2.want {
			t.Errorf("%s: %s, want %s", name, got, c2.want)
		}
		if m := detail[*errdetails.LocalizedMessage](err).GetMessage(); m == "" {
			t.Errorf("%s: nobody says what to do", name)
		}
	}
}
