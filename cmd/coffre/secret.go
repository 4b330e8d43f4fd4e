package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/coffre-fort/coffre/cmd/internal/client"
)

// maxCode bounds what is read as a code: 20 characters, with any separators.
const maxCode = 256

// A secret is what a person types and nobody else may read: it is never an
// argument of a command.
type secret struct {
	prompt string
	form   string // what it looks like
	flag   string // that names a file instead of the keyboard
}

func sheetCode() secret {
	return secret{"Code de votre feuille (il ne s'affiche pas) : ", "les 20 caractères de votre feuille", "code-file"}
}

func pinOf(flag string) secret {
	return secret{"PIN (il ne s'affiche pas) : ", "les six chiffres du PIN", flag}
}

func (a *app) code(ctx context.Context, file string) (string, error) {
	return a.secret(ctx, file, sheetCode())
}

func (a *app) secret(ctx context.Context, file string, s secret) (string, error) {
	var raw []byte
	var err error
	switch file {
	case "":
		raw, err = a.prompt(ctx, s)
	case "-":
		raw, err = readSecret(a.stdin, "l'entrée", s)
	default:
		f, errOpen := os.Open(file)
		if errOpen != nil {
			return "", client.FileError("lire", file, errOpen)
		}
		defer func() { _ = f.Close() }() // only read: closing cannot lose anything
		raw, err = readSecret(f, file, s)
	}
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(raw))
	clear(raw)
	if text == "" {
		return "", usage("Rien n'a été tapé : il faut %s.", s.form)
	}
	return text, nil
}

func readSecret(r io.Reader, name string, s secret) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxCode+1))
	if err != nil {
		return nil, client.FileError("lire", name, err)
	}
	if len(raw) > maxCode {
		return nil, usage("%s contient autre chose : il y faut %s, et rien d'autre.", client.Printable(name), s.form)
	}
	return raw, nil
}

// prompt reads a line that does not show. An interrupt gives the terminal back
// as it was.
func (a *app) prompt(ctx context.Context, s secret) ([]byte, error) {
	tty, ok := terminal(a.stdin)
	if !ok {
		return nil, usage("Il n'y a pas de clavier où taper %s : donnez un fichier avec --%s.", s.form, s.flag)
	}
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, client.FileError("lire", "le clavier", err)
	}
	fmt.Fprint(a.stderr, s.prompt)
	type line struct {
		raw []byte
		err error
	}
	typed := make(chan line, 1)
	go func() {
		raw, err := term.ReadPassword(fd)
		typed <- line{raw, err}
	}()
	select {
	case l := <-typed:
		fmt.Fprintln(a.stderr)
		if l.err != nil {
			return nil, client.FileError("lire", "le clavier", l.err)
		}
		return l.raw, nil
	case <-ctx.Done(): // the reader stays blocked; the program is about to end
		fmt.Fprintln(a.stderr)
		return nil, errors.Join(ctx.Err(), term.Restore(fd, before))
	}
}
