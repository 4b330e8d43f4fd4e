package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/coffre-fort/coffre/audit"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/seal"
)

// app is what every command works with.
type app struct {
	stdout io.Writer
	stderr io.Writer
	output format
}

// format is the value of --output.
type format string

const (
	formatText format = "text"
	formatJSON format = "json"
)

// String implements pflag.Value.
func (f *format) String() string { return string(*f) }

// Type implements pflag.Value.
func (f *format) Type() string { return "text|json" }

// Set implements pflag.Value.
func (f *format) Set(s string) error {
	if v := format(s); v == formatText || v == formatJSON {
		*f = v
		return nil
	}
	return errors.New("text or json")
}

// say prints one line for people, in text output only.
func (a *app) say(format string, args ...any) {
	if a.output == formatText {
		fmt.Fprintf(a.stdout, format+"\n", args...)
	}
}

// emit prints one JSON value on one line, in JSON output only.
func (a *app) emit(v any) error {
	if a.output != formatJSON {
		return nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	if _, err := a.stdout.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}

// logger writes JSON lines to standard error.
func (a *app) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(a.stderr, &slog.HandlerOptions{Level: level}))
}

// The exit codes. Their numbers are stable: scripts depend on them, and 8 means
// the same as in coffre.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitIntegrity   = 8
	exitInterrupted = 130
)

// An exitError carries its exit code.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usage reports what has to be typed otherwise.
func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// errFindings says that a verification found something; the findings are in the
// output already.
var errFindings = errors.New("something is not as it was signed")

// exitCode chooses the exit code of an error.
func exitCode(err error) int {
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	if errors.Is(err, config.ErrConfig) {
		return exitUsage
	}
	for _, altered := range []error{
		errFindings, vault.ErrTampered, seal.ErrTampered,
		keeper.ErrTrailCut, audit.ErrCheckpoint, audit.ErrFormat, audit.ErrOrigin,
	} {
		if errors.Is(err, altered) {
			return exitIntegrity
		}
	}
	_, leaf := errors.AsType[*audit.BadLeafError](err)
	_, cut := errors.AsType[*audit.TruncatedError](err)
	_, fork := errors.AsType[*audit.ForkError](err)
	_, file := errors.AsType[*audit.FileError](err)
	if leaf || cut || fork || file {
		return exitIntegrity
	}
	return exitFailed
}
