package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/server"
)

// A running service takes an operator's word for its clock on its socket, when it is
// the machine's own time, and says there how far the second place has come.
func TestTheRunningServiceIsAskedOnItsSocket(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg, _, err := openDev(t.Context(), dir, devOptions{})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := server.Open(t.Context(), server.Config{File: cfg, LocalIssuer: cfg.Issuers[0].Issuer, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	t.Cleanup(func() {
		end()
		if err := errors.Join(<-ended, srv.Close()); err != nil {
			t.Error(err)
		}
	})
	confirm := func(now string) (int, server.ClockConfirmed, string) {
		t.Helper()
		var out, errs bytes.Buffer
		code := run(t.Context(), []string{"-o", "json", "clock", "confirm", "--config", filepath.Join(dir, fileConfig), "--now", now}, &out, &errs)
		var c server.ClockConfirmed
		if err := json.Unmarshal(out.Bytes(), &c); code == exitOK && err != nil {
			t.Error(err)
		}
		return code, c, errs.String()
	}
	for _, now := range []string{"", "14:05", "22/11/2026 14:05", "2026-11-22 25:00"} {
		if code, _, says := confirm(now); code != exitUsage || !strings.Contains(says, "--now") {
			t.Errorf("%q: exit %d, %s", now, code, says)
		}
	}
	if code, _, says := confirm(time.Now().Add(3 * time.Hour).Format("2006-01-02 15:04")); code != exitUsage || !strings.Contains(says, "NTP") {
		t.Errorf("three hours off: exit %d, %s", code, says)
	}
	before := srv.Keeper().Anchored().Leaves
	code, c, says := confirm(time.Now().Format("2006-01-02T15:04"))
	if code != exitOK || c.Ahead != 0 || time.Since(c.Machine) > time.Minute {
		t.Errorf("exit %d, %+v, %s", code, c, says)
	}
	a, err := server.AskAnchoring(t.Context(), cfg)
	if err != nil || a.Leaves <= before || a.Covered == 0 || a.Problem != "" || !a.Since.IsZero() {
		t.Errorf("%+v after %d leaves, %v", a, before, err)
	}
}
