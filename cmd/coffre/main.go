// Command coffre keeps papers in a Coffre service and gets them back.
//
// It parses what a person types, calls package client, and prints: data on
// standard output, everything else on standard error. What people read is
// French; flags and JSON are English. It holds no rule of its own about who may
// do what, and no key but the one of the user's session.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/coffre-fort/coffre/cmd/internal/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Getenv))
}

// run is the program: it returns the exit code (coffre help exit-codes).
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, getenv func(string) string) int {
	out := &keepError{w: stdout}
	a := &app{stdin: stdin, stdout: out, stderr: stderr, getenv: getenv, args: args}
	a.store.Dir = stateDir(getenv)
	root := newRoot(a)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil && out.err != nil {
		err = client.FileError("écrire", "la sortie", out.err)
	}
	return a.report(ctx, named(cmd, err))
}

// report says in one sentence what went wrong, and chooses the exit code.
func (a *app) report(ctx context.Context, err error) int {
	if err == nil {
		return 0
	}
	e, ok := errors.AsType[*client.Error](err)
	switch {
	case ok:
	case ctx.Err() != nil:
		e = &client.Error{Class: client.ClassInterrupted, Sentence: "Interrompu : rien n'a été laissé à moitié fait."}
	default:
		e = &client.Error{Class: client.ClassFailed, Sentence: "Une erreur inattendue est survenue (" + err.Error() + ") : prévenez le responsable du service."}
	}
	fmt.Fprintln(a.stderr, "coffre : "+e.Sentence)
	return int(e.Class)
}

// stateDir is where the session is kept (XDG Base Directory): the standard
// allows absolute paths only.
func stateDir(getenv func(string) string) string {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "coffre")
	}
	return filepath.Join(getenv("HOME"), ".local", "state", "coffre")
}

// keepError remembers that the output could not be written, so that each print
// need not ask.
type keepError struct {
	w   io.Writer
	err error
}

// Write implements [io.Writer].
func (k *keepError) Write(b []byte) (int, error) {
	if k.err != nil {
		return 0, k.err
	}
	n, err := k.w.Write(b)
	k.err = err
	return n, err // an io.Writer passes its error on
}
