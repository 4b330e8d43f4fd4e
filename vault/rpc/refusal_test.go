package rpc_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/vaulttest"
)

func TestEveryMethodIsAttempted(t *testing.T) {
	t.Parallel()
	protoregistry.GlobalFiles.RangeFilesByPackage("coffre.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				name := "/" + string(s.FullName()) + "/" + string(s.Methods().Get(j).Name())
				open := name == coffrev1.SessionService_ListIssuers_FullMethodName || name == coffrev1.SessionService_OpenSession_FullMethodName ||
					name == coffrev1.InformationService_GetServiceInformation_FullMethodName || name == coffrev1.LockService_ResetPassword_FullMethodName ||
					name == coffrev1.PrintService_CheckPage_FullMethodName ||
					name == coffrev1.PapersService_GetCatalogue_FullMethodName || name == coffrev1.PapersService_GetGeneralList_FullMethodName
				if (attempts[name].try == nil) != open {
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
	for name, apart := range map[string]bool{"beside the keeper": false, "on a node": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			foreignIDs(t, newServiceAs(t, apart))
		})
	}
}

func foreignIDs(t *testing.T, s *service) {
	t.Helper()
	owner, opened := s.open(t, vaulttest.Person)
	safe := opened.GetSafe()
	receipt, err := deposit(t.Context(), owner, *requestID(), safe, paper{title: "le mien", body: []byte("bonjour")})
	must(t, err)
	doc := receipt.GetDocument()
	other, theirs := s.open(t, "autre-fictive")
	stranger, _ := s.login(t, vaulttest.Stranger)
	unknown := vault.NewSafeID().String()
	var notFound []byte
	for method, a := range attempts {
		for _, c := range []struct {
			name      string
			who       visitor
			safe, doc string
			want      string
			only      naming // the methods it is about
		}{
			{"no session", s.nobody(), safe, doc, "SESSION_INVALID", 0},
			{"no session, malformed", s.nobody(), malformedID, malformedID, "SESSION_INVALID", 0},
			{"a stranger", stranger, safe, doc, "NOT_FOUND", onSafe},
			{"the owner of another safe", other, safe, doc, "NOT_FOUND", onSafe},
			{"an unknown safe", owner, unknown, doc, "NOT_FOUND", onSafe},
			{"a stranger, an unknown safe", stranger, unknown, doc, "NOT_FOUND", onSafe},
			{"the zero safe", owner, zeroID, doc, "INVALID_REQUEST", onSafe},
			{"a malformed safe", owner, malformedID, doc, "INVALID_REQUEST", onSafe},
			{"an unknown document", owner, safe, vault.NewDocumentID().String(), "NOT_FOUND", onlyDocument},
			{"one's own safe, another's document", other, theirs.GetSafe(), doc, "NOT_FOUND", onlyDocument},
			{"the zero document", owner, safe, zeroID, "INVALID_REQUEST", onlyDocument},
			{"a malformed document", owner, safe, malformedID, "INVALID_REQUEST", onlyDocument},
		} {
			if a.on&c.only != c.only {
				continue
			}
			err := a.try(t.Context(), c.who, about(c.safe, c.doc))
			want := c.want
			if want == "NOT_FOUND" && method == coffrev1.LockService_ActivateLogin_FullMethodName {
				want = "CODE_REFUSED" // it is asked with a code: a wrong one is answered like no safe
			}
			if got := reason(t, err); got != want {
				t.Errorf("%s by %s: %s, want %s", method, c.name, got, want)
				continue
			}
			p := anonymous(t, err)
			for _, text := range []string{malformedID, "le mien", "essai", safe, doc} {
				if strings.Contains(fmt.Sprint(p), text) {
					t.Errorf("%s by %s: the answer repeats %q", method, c.name, text)
				}
			}
			if want == "NOT_FOUND" {
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
	count := attempts[coffrev1.DocumentService_Count_FullMethodName].try
	safe := opened.GetSafe()
	must(t, count(t.Context(), owner, about(safe, "")))
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
		if got := reason(t, count(t.Context(), v, about(safe, ""))); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	must(t, attempts[coffrev1.SessionService_CloseSession_FullMethodName].try(t.Context(), owner, never()))
	if got := reason(t, count(t.Context(), owner, about(safe, ""))); got != "SESSION_INVALID" {
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
