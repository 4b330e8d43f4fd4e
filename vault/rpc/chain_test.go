package rpc

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/session"
	coffrev1 "github.com/coffre-fort/coffre/proto/coffre/v1"
	"github.com/coffre-fort/coffre/vault"
)

func TestTheOutermostStepIsTheFirst(t *testing.T) {
	t.Parallel()
	var ran []string
	mark := func(name string) step {
		return func(ctx context.Context, _ call, next func(context.Context) error) error {
			ran = append(ran, name)
			defer func() { ran = append(ran, "/"+name) }()
			return next(ctx)
		}
	}
	refuse := func(context.Context, call, func(context.Context) error) error { return vault.ErrDenied }
	steps := chain(mark("a"), mark("b"))
	answer, err := steps.unary(t.Context(), "in", &grpc.UnaryServerInfo{}, func(_ context.Context, req any) (any, error) {
		ran = append(ran, "handler")
		return req, nil
	})
	if want := []string{"a", "b", "handler", "/b", "/a"}; err != nil || answer != "in" || !slices.Equal(ran, want) {
		t.Errorf("%v, %v, %v", answer, err, ran)
	}
	ran = nil
	answer, err = chain(mark("a"), refuse).unary(t.Context(), "in", &grpc.UnaryServerInfo{}, func(context.Context, any) (any, error) {
		t.Error("the handler ran")
		return "out", nil
	})
	if answer != nil || !errors.Is(err, vault.ErrDenied) || !slices.Equal(ran, []string{"a", "/a"}) {
		t.Errorf("%v, %v, %v", answer, err, ran)
	}
}

func TestALateErrorTakesTheAnswerAlong(t *testing.T) {
	t.Parallel()
	after := func(ctx context.Context, _ call, next func(context.Context) error) error {
		return errors.Join(next(ctx), vault.ErrTrail)
	}
	answer, err := step(after).unary(t.Context(), nil, &grpc.UnaryServerInfo{}, func(context.Context, any) (any, error) { return "secret", nil })
	if answer != nil || !errors.Is(err, vault.ErrTrail) {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestALineSaysHowNotWho(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method string
		err    error
		want   []string
		not    []string
	}{
		{"/coffre.v1.DocumentService/Count", nil, []string{"level=INFO", "code=OK"}, []string{"cause"}},
		{"/coffre.v1.DocumentService/Count", errors.Join(vault.ErrNotFound, errors.New(marker)), []string{"level=INFO", "code=NotFound"}, []string{"cause", marker}},
		{"/coffre.v1.SessionService/Unlock", errors.Join(vault.ErrCode, errors.New(marker)), []string{"level=INFO", "code=PermissionDenied"}, []string{marker}},
		{"/coffre.v1.DocumentService/Count", vault.ErrTrail, []string{"level=WARN", "code=Unavailable", "cause="}, nil},
		{"/coffre.v1.DocumentService/Read", vault.ErrTampered, []string{"level=ERROR", "code=DataLoss", "cause="}, nil},
		{"/coffre.v1.DocumentService/Read", errors.New("disk on fire"), []string{"level=ERROR", "code=Internal", "disk on fire"}, nil},
		{healthpb.Health_Check_FullMethodName, nil, []string{"level=DEBUG"}, nil},
	} {
		var log bytes.Buffer
		o := observe(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs(session.HeaderToken, "TOKEN-"+marker))
		err := o(ctx, call{c.method}, func(context.Context) error { return c.err })
		if status.Code(err) != rowOf(c.err).code && c.err != nil {
			t.Errorf("%v was answered with %v", c.err, err)
		}
		line := log.String()
		if n := strings.Count(line, "\n"); n != 1 {
			t.Errorf("%d lines: %q", n, line)
		}
		for _, w := range append(c.want, "method="+c.method, "took=", "request=") {
			if !strings.Contains(line, w) {
				t.Errorf("%q is not in %q", w, line)
			}
		}
		for _, w := range append(c.not, "TOKEN") {
			if strings.Contains(line, w) {
				t.Errorf("%q is in %q", w, line)
			}
		}
	}
}

func TestAPanicIsAnAnswerAndALine(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	steps := chain(observe(slog.New(slog.NewTextHandler(&log, nil))), recovered)
	_, err := steps.unary(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: "/m"}, func(context.Context, any) (any, error) {
		panic(marker)
	})
	if st := status.Convert(err); st.Code() != codes.Internal || strings.Contains(st.Proto().String(), marker) || strings.Contains(st.Proto().String(), ".go:") {
		t.Errorf("%v", st.Proto())
	}
	if !strings.Contains(log.String(), marker) || !strings.Contains(log.String(), "chain_test.go") {
		t.Errorf("the log does not say where: %q", log.String())
	}
}

// What a call began is ended when it panics, and only then.
func TestAPanicEndsWhatTheCallBegan(t *testing.T) {
	t.Parallel()
	for _, panics := range []bool{true, false} {
		var ended []int
		_, err := step(recovered).unary(t.Context(), nil, &grpc.UnaryServerInfo{FullMethod: "/m"}, func(ctx context.Context, _ any) (any, error) {
			for n := range 2 {
				vault.IfBrokenOff(ctx, func() { ended = append(ended, n) })
			}
			if panics {
				panic(marker)
			}
			return nil, nil
		})
		if (err != nil) != panics || panics != slices.Equal(ended, []int{1, 0}) || !panics && ended != nil {
			t.Errorf("panics %v: ended %v, %v", panics, ended, err)
		}
	}
	vault.IfBrokenOff(t.Context(), func() { t.Error("called in no call") })
}

func TestCredentialsAreReadOnce(t *testing.T) {
	t.Parallel()
	key := session.NewClientKey()
	token, err := session.ParseToken(strings.Repeat("B", 42) + "A")
	if err != nil {
		t.Fatal(err)
	}
	proof := key.Prove(token, "/m", time.Now()).Encode()
	good := token.Reveal()
	for name, c := range map[string]struct {
		md metadata.MD
		ok bool
	}{
		"both":                  {metadata.Pairs(session.HeaderToken, good, session.HeaderProof, proof), true},
		"none":                  {nil, false},
		"no proof":              {metadata.Pairs(session.HeaderToken, good), false},
		"no token":              {metadata.Pairs(session.HeaderProof, proof), false},
		"two tokens":            {metadata.Pairs(session.HeaderToken, good, session.HeaderToken, good, session.HeaderProof, proof), false},
		"two proofs":            {metadata.Pairs(session.HeaderToken, good, session.HeaderProof, proof, session.HeaderProof, proof), false},
		"malformed token":       {metadata.Pairs(session.HeaderToken, good+"=", session.HeaderProof, proof), false},
		"malformed proof":       {metadata.Pairs(session.HeaderToken, good, session.HeaderProof, proof[1:]), false},
		"a bearer is no proof":  {metadata.Pairs("authorization", "Bearer "+good), false},
		"two lists in one line": {metadata.Pairs(session.HeaderToken, good+","+good, session.HeaderProof, proof), false},
	} {
		creds, err := presented(metadata.NewIncomingContext(t.Context(), c.md), "/m")
		if (err == nil) != c.ok || creds.Method != "/m" {
			t.Errorf("%s: %v", name, err)
		}
		if !c.ok && (!errors.Is(err, auth.ErrUnauthenticated) || creds != session.Credentials{Method: "/m"}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMethodsWithoutARowAreRefused(t *testing.T) {
	t.Parallel()
	ran := false
	next := func(context.Context) error { ran = true; return nil }
	if err := admit(nil)(t.Context(), call{"/coffre.v1.NewService/Do"}, next); !errors.Is(err, errNoRow) || ran {
		t.Errorf("%v, ran %v", err, ran)
	}
	if err := admit(nil)(t.Context(), call{coffrev1.SessionService_ListIssuers_FullMethodName}, next); err != nil || !ran {
		t.Errorf("%v, ran %v", err, ran)
	}
	if who := caller(t.Context()); !who.IsZero() {
		t.Errorf("nobody is %v", who)
	}
}

func TestTheTrailLearnsTheNetworkNotTheAddress(t *testing.T) {
	t.Parallel()
	for addr, want := range map[net.Addr]string{
		&net.TCPAddr{IP: net.ParseIP("192.0.2.77"), Port: 4711}:           "192.0.2.0/24",
		&net.TCPAddr{IP: net.ParseIP("::ffff:192.0.2.78")}:                "192.0.2.0/24",
		&net.TCPAddr{IP: net.ParseIP("2001:db8:1:2:3:4:5:6"), Zone: "e0"}: "2001:db8:1::/48",
		&net.UnixAddr{Net: "unix", Name: "/run/coffre.sock"}:              "unix",
		&net.TCPAddr{}: "unknown",
	} {
		if got := network(peer.NewContext(t.Context(), &peer.Peer{Addr: addr})); got != want {
			t.Errorf("%v: %s, want %s", addr, got, want)
		}
	}
	if got := network(t.Context()); got != "unknown" {
		t.Errorf("no peer: %s", got)
	}
}

func TestACallHasAnEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		late, cancelLate := context.WithTimeout(t.Context(), 24*time.Hour)
		defer cancelLate()
		const count, read = coffrev1.DocumentService_Count_FullMethodName, coffrev1.DocumentService_Read_FullMethodName
		for _, c := range []struct {
			ctx    context.Context //nolint:containedctx // a row of a table
			method string
			want   time.Duration
		}{
			{t.Context(), count, shortLimit},
			{t.Context(), read, longLimit},
			{t.Context(), "/unknown/Method", shortLimit},
			{late, count, shortLimit},
			{late, read, longLimit},
			{soon, read, time.Second - slack},
		} {
			if got := deadline(c.ctx, c.method, now).Sub(now); got != c.want {
				t.Errorf("%s: %v, want %v", c.method, got, c.want)
			}
		}
	})
}
