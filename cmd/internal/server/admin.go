package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault/keeper"
)

// AdminPath is the socket on which a running service answers the operator's
// own commands. Only the service's user may connect: it gives nothing that this
// user could not read from the files of a stopped service, and does nothing that
// they could not do on them.
func AdminPath(cfg config.Config) string { return filepath.Join(cfg.DataDir, "coffred.sock") }

// ErrNotRunning says that no service answers on the socket.
var ErrNotRunning = errors.New("no service is running on this data")

const (
	trailRoute    = "/v1/trail"
	maxSocketPath = 100 // some systems take 104 bytes
	exportLimit   = 10 * time.Minute
	askLimit      = 2 * time.Minute
)

// openAdmin takes the socket. The data folder's files are locked by now, so a
// socket that is there was left by a service that was killed.
func openAdmin(ctx context.Context, cfg config.Config, k *keeper.Keeper, log *slog.Logger) (*site, error) {
	path := AdminPath(cfg)
	if len(path) > maxSocketPath {
		log.WarnContext(ctx, "the data folder's path is too long for a socket: commands need the service stopped")
		return nil, nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	lis, err := new(net.ListenConfig).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("admin socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("admin socket: %w", err), lis.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+trailRoute, func(w http.ResponseWriter, r *http.Request) {
		if err := k.ExportTrail(r.Context(), w); err != nil {
			log.LogAttrs(r.Context(), slog.LevelError, "trail not exported", slog.Any("cause", err))
			panic(http.ErrAbortHandler) // a cut answer must not look whole
		}
	})
	routeStructures(mux, k, log)
	routeMasters(mux, k, log)
	routeAnchors(mux, k)
	mux.HandleFunc("POST "+clockRoute, acting(k, log, confirmClock))
	routeAccounts(mux, k, log)
	return &site{lis: lis, http: &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      exportLimit,
		MaxHeaderBytes:    4 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}, nil
}

// ExportTrail asks the running service for a copy of its trail. It wraps
// [ErrNotRunning] when none answers.
func ExportTrail(ctx context.Context, cfg config.Config, w io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, exportLimit)
	defer cancel()
	resp, err := onSocket(ctx, cfg, http.MethodGet, trailRoute, nil)
	if err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or given up
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("trail: the service answers %s", resp.Status)
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("trail: %w", err)
	}
	return nil
}

// onSocket asks the running service. The error wraps [ErrNotRunning] only when
// nobody took the call: a call that breaks off may have been answered.
func onSocket(ctx context.Context, cfg config.Config, method, route string, body io.Reader) (*http.Response, error) {
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", AdminPath(cfg))
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotRunning, err)
		}
		return conn, nil
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://coffred"+route, body)
	if err != nil {
		return nil, err
	}
	return (&http.Client{Transport: transport}).Do(req)
}

// askService asks a question of the running service, or without one reads.
func askService[A any](ctx context.Context, cfg config.Config, route string, question any) (answer A, err error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	method, body := http.MethodGet, io.Reader(nil)
	if question != nil {
		raw, err := json.Marshal(question)
		if err != nil {
			return answer, fmt.Errorf("socket: %w", err)
		}
		method, body = http.MethodPost, bytes.NewReader(raw)
	}
	resp, err := onSocket(ctx, cfg, method, route, body)
	if err != nil {
		return answer, fmt.Errorf("socket: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // read to its end, or given up
	in := json.NewDecoder(resp.Body)
	if resp.StatusCode != http.StatusOK {
		var p problem
		if err := in.Decode(&p); err != nil {
			return answer, fmt.Errorf("socket: the service answers %s", resp.Status)
		}
		return answer, p.failure(resp.StatusCode)
	}
	if err := in.Decode(&answer); err != nil {
		return answer, fmt.Errorf("socket: %w", err)
	}
	return answer, nil
}
