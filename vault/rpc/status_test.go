package rpc

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/texts"
)

// exportedErrors finds what a package exports as an error: variables ErrX and
// types XError.
func exportedErrors(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if g, ok := d.(*ast.GenDecl); ok {
				names = append(names, errorNames(g)...)
			}
		}
	}
	return names
}

func errorNames(g *ast.GenDecl) (names []string) {
	for _, s := range g.Specs {
		switch s := s.(type) {
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if g.Tok == token.VAR && strings.HasPrefix(n.Name, "Err") {
					names = append(names, n.Name)
				}
			}
		case *ast.TypeSpec:
			if s.Name.IsExported() && strings.HasSuffix(s.Name.Name, "Error") {
				names = append(names, s.Name.Name)
			}
		}
	}
	return names
}

// used finds the names that status.go takes from other packages: all of them, or
// those in one variable.
func used(t *testing.T, variable string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "status.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && variable != "" && v.Names[0].Name != variable {
			return false
		}
		if s, ok := n.(*ast.SelectorExpr); ok {
			if pkg, ok := s.X.(*ast.Ident); ok {
				names[pkg.Name+"."+s.Sel.Name] = true
			}
		}
		return true
	})
	return names
}

func TestEveryDomainErrorHasARow(t *testing.T) {
	t.Parallel()
	rows := used(t, "table")
	for _, name := range exportedErrors(t, "..") {
		if !rows["vault."+name] {
			t.Errorf("vault.%s has no row in the table", name)
		}
	}
	// These do not come out of a call: they are for whoever makes the values, or
	// for the client's half.
	inner := map[string]bool{"auth.ErrUserID": true, "auth.ErrPartnerKey": true, "auth.ErrFlow": true, "auth.IssuerError": true, "session.ErrNoRecord": true, "session.ErrClientKey": true}
	for pkg, dir := range map[string]string{"auth": "../../auth", "session": "../../auth/session"} {
		for _, name := range exportedErrors(t, dir) {
			wraps := pkg == "session" && (name == "ErrNoSession" || name == "ErrProof") // auth.ErrUnauthenticated
			if full := pkg + "." + name; !rows[full] && !inner[full] && !wraps {
				t.Errorf("%s has no row in the table", full)
			}
		}
	}
}

func detailsOf(t *testing.T, st *status.Status) (info *errdetails.ErrorInfo, local *errdetails.LocalizedMessage, request *errdetails.RequestInfo, rest []any) {
	t.Helper()
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.LocalizedMessage:
			local = d
		case *errdetails.RequestInfo:
			request = d
		case error:
			t.Fatal(d)
		default:
			rest = append(rest, d)
		}
	}
	if info == nil || local == nil || request == nil {
		t.Fatalf("a detail is missing: %v", st.Details())
	}
	return info, local, request, rest
}

const marker = "MARQUEUR-Dupont"

func TestEachRowAnswersInItsOwnWords(t *testing.T) {
	t.Parallel()
	for _, r := range table {
		st := answerTo(fmt.Errorf("%s: %w", marker, r.err), "req")
		info, local, request, rest := detailsOf(t, st)
		if st.Code() != r.code || info.GetReason() != r.reason || info.GetDomain() != "coffre" || request.GetRequestId() != "req" {
			t.Errorf("%v: %v, %v", r.err, st, info)
		}
		if local.GetLocale() != "fr-FR" || local.GetMessage() != string(r.text) || r.text == "" {
			t.Errorf("%v: says %q", r.err, local.GetMessage())
		}
		if strings.Contains(st.Proto().String(), marker) {
			t.Errorf("%v: the answer holds the cause: %v", r.err, st.Proto())
		}
		for _, d := range rest {
			if info, ok := d.(*errdetails.RetryInfo); ok && info.GetRetryDelay().AsDuration() != r.retry {
				t.Errorf("%v: retry %v", r.err, info)
			}
		}
		if r.code == codes.Unavailable && r.retry == 0 {
			t.Errorf("%v: unavailable, and nobody says until when", r.err)
		}
		if quota := hasDetail[*errdetails.QuotaFailure](rest); quota != slices.Contains([]string{"DOCUMENT_TOO_LARGE", "LIMIT_REACHED", "SAFE_FULL"}, r.reason) {
			t.Errorf("%v: quota failure %v", r.err, quota)
		}
		if strings.ToUpper(r.reason) != r.reason || strings.Contains(r.reason, " ") {
			t.Errorf("%v: reason %q is not UPPER_SNAKE (AIP-193)", r.err, r.reason)
		}
	}
}

func hasDetail[T any](details []any) bool {
	for _, d := range details {
		if _, ok := d.(T); ok {
			return true
		}
	}
	return false
}

func TestNoSentenceIsUnused(t *testing.T) {
	t.Parallel()
	said := used(t, "")
	file, err := parser.ParseFile(token.NewFileSet(), "../texts/texts.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(file, func(node ast.Node) bool {
		if v, ok := node.(*ast.ValueSpec); ok {
			if typ, ok := v.Type.(*ast.Ident); ok && typ.Name == "Problem" {
				n++
				if !said["texts."+v.Names[0].Name] {
					t.Errorf("texts.%s reaches nobody", v.Names[0].Name)
				}
			}
		}
		return true
	})
	if n == 0 {
		t.Error("no sentence was found")
	}
}

func TestUnknownErrorsSayNothing(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New(marker),
		&panicError{value: marker},
		status.Error(codes.Unknown, marker),
		status.Error(codes.PermissionDenied, marker), // not ours: nobody below answers in gRPC's words
		session.ErrNoRecord,
	} {
		st := answerTo(err, "req")
		info, _, _, _ := detailsOf(t, st)
		if st.Code() != codes.Internal || st.Message() != "internal error" || info.GetReason() != "INTERNAL" {
			t.Errorf("%v: %v", err, st)
		}
		if strings.Contains(st.Proto().String(), marker) {
			t.Errorf("the answer holds the cause: %v", st.Proto())
		}
	}
}

func TestWhatTheCallerDidComesBeforeWhatBefellUs(t *testing.T) {
	t.Parallel()
	invalid := &vault.InvalidError{Field: "safe", Rule: "règle"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.Join(vault.ErrTrail, vault.ErrDigest), "DIGEST_MISMATCH"},
		{errors.Join(vault.ErrTrail, invalid), "INVALID_REQUEST"},
		{errors.Join(session.ErrNoSession, vault.ErrTrail), "SESSION_INVALID"},
		{errors.Join(vault.ErrTampered, vault.ErrUnavailable), "OBJECT_ALTERED"},
		{fmt.Errorf("%w: %w", vault.ErrUnavailable, context.DeadlineExceeded), "STORE_UNAVAILABLE"},
		{session.ErrProof, "SESSION_INVALID"},
		{session.ErrClock, "CLIENT_CLOCK"},
		{fmt.Errorf("%w: %w", errLogin, auth.ErrUnauthenticated), "LOGIN_REFUSED"},
		{status.Error(codes.Canceled, marker), "CANCELED"},
		{status.Error(codes.ResourceExhausted, marker), "MESSAGE_TOO_LARGE"},
		{fmt.Errorf("receive: %w", status.Error(codes.DeadlineExceeded, marker)), "DEADLINE_EXCEEDED"},
	} {
		if info, _, _, _ := detailsOf(t, answerTo(c.err, "req")); info.GetReason() != c.want {
			t.Errorf("%v: %s, want %s", c.err, info.GetReason(), c.want)
		}
	}
}

func TestViolationsAndTheDocumentOfABatchAreNamed(t *testing.T) {
	t.Parallel()
	var f fields
	f.refuse("safe", texts.RuleID)
	f.refuse("title", texts.RuleTitle)
	st := answerTo(&documentError{number: 37, err: fmt.Errorf("%s: %w", marker, f.err())}, "req")
	info, _, _, rest := detailsOf(t, st)
	if info.GetMetadata()["document"] != "37" {
		t.Errorf("metadata %v", info.GetMetadata())
	}
	bad, ok := rest[0].(*errdetails.BadRequest)
	if !ok || len(bad.GetFieldViolations()) != 2 || bad.GetFieldViolations()[1].GetField() != "title" ||
		bad.GetFieldViolations()[1].GetDescription() != string(texts.RuleTitle) {
		t.Errorf("violations %v", rest)
	}
	if strings.Contains(st.Proto().String(), marker) {
		t.Errorf("the answer holds the cause: %v", st.Proto())
	}
}

// What a program needs to go on is an id, a code or a time, and nothing more.
func TestAnswersSayWhatAProgramNeedsToGoOn(t *testing.T) {
	t.Parallel()
	consent, approval := vault.NewConsentID(), vault.NewApprovalID()
	at := time.Date(2026, 11, 22, 10, 30, 0, 999, time.FixedZone("", 3600))
	ended := &vault.EndedError{Consent: consent, Why: vault.EndedWithdrawn, At: at}
	for _, c := range []struct {
		name string
		err  error
		want map[string]string
	}{
		{"withdrawn", ended, map[string]string{"consent": consent.String(), "why": "withdrawn", "at": "2026-11-22T09:30:00Z"}},
		{"a second agent", &vault.ApprovalError{Approval: approval}, map[string]string{"approval": approval.String()}},
		{"a delay", &vault.ApprovalError{Approval: approval, NotBefore: at}, map[string]string{"approval": approval.String(), "not_before": "2026-11-22T09:30:00Z"}},
		// An answer in another row says nothing of what it hides.
		{"hidden", errors.Join(vault.ErrNotFound, ended), nil},
		{"none", vault.ErrNotFound, nil},
	} {
		info, _, _, _ := detailsOf(t, answerTo(fmt.Errorf("%s: %w", marker, c.err), "req"))
		if got := info.GetMetadata(); !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Whoever is shut out is not told so, and nobody is told of an erasure.
func TestSilentEndsAreAnsweredLikeNothing(t *testing.T) {
	t.Parallel()
	want := answerTo(vault.ErrNotFound, "req")
	for why := vault.EndReason(0); why <= vault.EndedCycle; why++ {
		got := answerTo(fmt.Errorf("%s: %w", marker, &vault.EndedError{Consent: vault.NewConsentID(), Why: why, At: time.Now()}), "req")
		same := got.Proto().String() == want.Proto().String()
		if same != (why == vault.EndedShutOut || why == vault.EndedErasure) {
			t.Errorf("%v is answered %v", why, got)
		}
	}
}

func TestSuccessIsNoError(t *testing.T) {
	t.Parallel()
	if err := answerTo(nil, "req").Err(); err != nil {
		t.Error(err)
	}
	if soon >= later || later > 5*time.Minute {
		t.Errorf("delays %v and %v", soon, later)
	}
}
