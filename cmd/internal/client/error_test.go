package client

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
)

func TestEveryCodeHasItsClass(t *testing.T) {
	t.Parallel()
	for code, want := range map[codes.Code]Class{
		codes.InvalidArgument:    ClassUsage,
		codes.OutOfRange:         ClassUsage,
		codes.ResourceExhausted:  ClassUsage,
		codes.Unauthenticated:    ClassLogin,
		codes.PermissionDenied:   ClassRefused,
		codes.FailedPrecondition: ClassRefused,
		codes.NotFound:           ClassNotFound,
		codes.AlreadyExists:      ClassConflict,
		codes.Aborted:            ClassConflict,
		codes.Unavailable:        ClassUnavailable,
		codes.DeadlineExceeded:   ClassUnavailable,
		codes.DataLoss:           ClassIntegrity,
		codes.Internal:           ClassFailed,
		codes.Unknown:            ClassFailed,
		codes.Unimplemented:      ClassFailed,
		codes.Canceled:           ClassFailed, // by the service: when the user did it, that is known
	} {
		t.Run(code.String(), func(t *testing.T) {
			t.Parallel()
			p := &peer{unlock: func(*coffrev1.UnlockRequest) error { return status.Error(code, "secret of the service") }}
			e := wantClass(t, p.dial(t).Unlock(t.Context(), "s", "code"), want)
			if strings.Contains(e.Sentence, "secret") || strings.Contains(e.Sentence, "\n") {
				t.Errorf("sentence %q", e.Sentence)
			}
		})
	}
}

func TestDetailsDecideTheSentence(t *testing.T) {
	t.Parallel()
	french := &errdetails.LocalizedMessage{Locale: "fr-FR", Message: "Le coffre\x1b[2J est verrouillé."}
	info := &errdetails.ErrorInfo{Reason: "SOME_REASON", Domain: "coffre"}
	for name, test := range map[string]struct {
		err      error
		class    Class
		sentence string
	}{
		"french": {refusal(t, codes.FailedPrecondition, info, french), ClassRefused, "Le coffre\uFFFD[2J est verrouillé."},
		"english is not shown": {
			refusal(t, codes.NotFound, info, &errdetails.LocalizedMessage{Locale: "en", Message: "no"}),
			ClassNotFound, ClassNotFound.sentence(),
		},
		"fields": {
			refusal(t, codes.InvalidArgument, info, french, &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
				{Field: "title", Description: "au plus 200 caractères"},
			}}),
			ClassUsage, "Le service n'accepte pas cette demande : corrigez title : au plus 200 caractères.",
		},
		"too often": {
			refusal(t, codes.ResourceExhausted, info, french, &errdetails.RetryInfo{RetryDelay: durationpb.New(time.Minute)}),
			ClassRefused, "Le coffre\uFFFD[2J est verrouillé.",
		},
		"login names the command": {refusal(t, codes.Unauthenticated, info, french), ClassLogin, sentenceLogin},
		"clock is not a login": {
			refusal(t, codes.Unauthenticated, &errdetails.ErrorInfo{Reason: "CLIENT_CLOCK"}, &errdetails.LocalizedMessage{Locale: "fr", Message: "Réglez l'heure."}),
			ClassFailed, "Réglez l'heure.",
		},
		"reference": {
			refusal(t, codes.Internal, info, &errdetails.LocalizedMessage{Locale: "fr", Message: "Recommencez."}, &errdetails.RequestInfo{RequestId: "r7"}),
			ClassFailed, "Recommencez. (Référence : r7.)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &peer{unlock: func(*coffrev1.UnlockRequest) error { return test.err }}
			e := wantClass(t, p.dial(t).Unlock(t.Context(), "s", "code"), test.class)
			if e.Sentence != test.sentence {
				t.Errorf("sentence %q, want %q", e.Sentence, test.sentence)
			}
		})
	}
}

// A guess counts: it is never repeated, whatever the answer.
func TestUnlockIsNeverRepeated(t *testing.T) {
	t.Parallel()
	calls := 0
	p := &peer{unlock: func(*coffrev1.UnlockRequest) error { calls++; return status.Error(codes.Unavailable, "lost") }}
	wantClass(t, p.dial(t).Unlock(t.Context(), "s", "code"), ClassUnavailable)
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

func TestACallIsRepeatedOnlyWhenThatHelps(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err   error
		calls int
	}{
		"unavailable":    {status.Error(codes.Unavailable, "x"), attempts},
		"soon":           {refusal(t, codes.Unavailable, &errdetails.RetryInfo{RetryDelay: durationpb.New(2 * time.Second)}), attempts},
		"much later":     {refusal(t, codes.Unavailable, &errdetails.RetryInfo{RetryDelay: durationpb.New(time.Minute)}), 1},
		"too slow":       {status.Error(codes.DeadlineExceeded, "x"), 1},
		"not found":      {status.Error(codes.NotFound, "x"), 1},
		"tampered":       {status.Error(codes.DataLoss, "x"), 1},
		"internal error": {status.Error(codes.Internal, "x"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				calls, requests := 0, make(map[string]bool)
				p := &peer{destroy: func(_ context.Context, req *coffrev1.DestroyRequest) error {
					calls++
					requests[req.GetRequestId()] = true
					return test.err
				}}
				if err := p.dial(t).Destroy(t.Context(), "s", "d"); err == nil {
					t.Error("no error")
				}
				if calls != test.calls || len(requests) != 1 {
					t.Errorf("%d calls with %d request ids, want %d", calls, len(requests), test.calls)
				}
			})
		})
	}
}

func TestAnInterruptIsTold(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := &peer{destroy: func(ctx context.Context, _ *coffrev1.DestroyRequest) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}
	wantClass(t, p.dial(t).Destroy(ctx, "s", "d"), ClassInterrupted)
}

func TestNoServerIsTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Config{
			Address: "http://127.0.0.1:1",
			Dial:    func(context.Context, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED },
		})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		_, err = c.Count(t.Context(), "s")
		wantClass(t, err, ClassUnavailable)
	})
}

func TestFileErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	for cause, want := range map[error]struct {
		class  Class
		reason string
	}{
		fs.ErrNotExist:        {ClassNotFound, "FILE"},
		fs.ErrPermission:      {ClassFailed, "FILE"},
		fs.ErrExist:           {ClassConflict, "FILE"},
		syscall.ENOSPC:        {ClassFailed, "DISK_FULL"},
		syscall.EDQUOT:        {ClassFailed, "DISK_FULL"},
		syscall.EFBIG:         {ClassFailed, "DISK_FULL"},
		errors.New("strange"): {ClassFailed, "FILE"},
	} {
		e := FileError("écrire", "a\x1bb", fmt.Errorf("wrapped: %w", cause))
		if e.Class != want.class || e.Reason != want.reason || strings.ContainsRune(e.Sentence, '\x1b') || !errors.Is(e, cause) {
			t.Errorf("%v: %+v", cause, e)
		}
	}
}

func TestAddressesWithoutTLSStayHere(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		host  string
		plain bool
	}{
		"coffre.example:443":         {"coffre.example:443", false},
		"https://coffre.example:443": {"coffre.example:443", false},
		"127.0.0.1:7443":             {"127.0.0.1:7443", false},
		"http://127.0.0.1:7443":      {"127.0.0.1:7443", true},
		"http://127.0.0.1:7443/":     {"127.0.0.1:7443", true},
		"http://[::1]:7443":          {"[::1]:7443", true},
	} {
		host, plain, err := parseAddress(address)
		if err != nil || host != want.host || plain != want.plain {
			t.Errorf("%s: %s, %v, %v", address, host, plain, err)
		}
	}
	for _, address := range []string{
		"", "coffre.example", ":443", "coffre.example:", "http://coffre.example:80", "http://localhost:80",
		"http://192.168.1.2:80", "http://0.0.0.0:80", "ftp://127.0.0.1:21", "unix:///run/x:1", "https://a:1/b",
	} {
		if host, _, err := parseAddress(address); err == nil {
			t.Errorf("%q accepted as %s", address, host)
		}
	}
}
