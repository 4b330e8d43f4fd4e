package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/coffre-fort/coffre/vault"
)

// The bounds of a notebook that was typed in.
const (
	maxNotebookFile  = 1 << 20 // bytes
	maxNotebookLines = 2000
)

// The columns of such a file, by their names in its first line; several others have
// the name of their secret after a colon.
const (
	columnName    = "nom"
	columnBirth   = "naissance"
	columnAddress = "adresse"
	columnBody    = "organisme"
	columnAccount = "compte"
	columnLogin   = "identifiant"
	columnSecret  = "secret"
	columnHint    = "indice"
	columnOther   = "autre:"
)

// A notebookLine is one line of an office notebook. Line is its number in the file,
// which is all that is ever said of it.
type notebookLine struct {
	line   int
	values map[string]string // by column
	nth    int               // among lines of the same person and body
}

// Format never shows what stands in it.
func (l notebookLine) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "[line %d]", l.line) }

var errNotebook = errors.New("not a notebook")

// A notebookError says where a table cannot be read, and nothing of what stands
// there; without a place it is too large, or not UTF-8.
type notebookError struct {
	line, column int
	missing      bool // columns
}

// Error implements [error].
func (e notebookError) Error() string {
	where := "more than 1 MiB, or not UTF-8"
	switch {
	case e.line > 0:
		where = fmt.Sprintf("line %d", e.line)
	case e.column > 0:
		where = fmt.Sprintf("column %d", e.column)
	case e.missing:
		where = "columns"
	}
	return errNotebook.Error() + ": " + where
}

// Unwrap makes it one of its kind.
func (e notebookError) Unwrap() error { return errNotebook }

// sentence is for whoever typed the table.
func (e notebookError) sentence() string {
	switch {
	case e.line > 0:
		return fmt.Sprintf("regardez la ligne %d", e.line)
	case e.column > 0:
		return fmt.Sprintf("le nom de la colonne %d n'est pas connu, ou il y est deux fois", e.column)
	case e.missing:
		return "il faut les colonnes nom et naissance, ou adresse ; et organisme, ou compte"
	default:
		return "il a plus de 1 Mo, ou n'est pas en UTF-8"
	}
}

// parseNotebook reads a table with tabs, semicolons or commas, whose first line names
// the columns. No error holds anything of it but a line number.
func parseNotebook(raw []byte) ([]notebookLine, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if len(raw) > maxNotebookFile || !utf8.Valid(raw) {
		return nil, notebookError{}
	}
	head, _, _ := bytes.Cut(raw, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(raw))
	r.Comma = separator(string(head))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, r.Comma != '\t'
	columns, err := r.Read()
	if err != nil {
		return nil, notebookError{line: 1}
	}
	for i, c := range columns {
		columns[i] = strings.ToLower(strings.TrimSpace(c))
	}
	if err := checkColumns(columns); err != nil {
		return nil, err
	}
	var all []notebookLine
	seen := map[string]int{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if bad, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, notebookError{line: bad.StartLine} // of its first column nobody knows the place
		}
		line, _ := r.FieldPos(0)
		if err != nil || len(record) != len(columns) || len(all) == maxNotebookLines {
			return nil, notebookError{line: line}
		}
		one := notebookLine{line: line, values: map[string]string{}}
		for i, value := range record {
			one.values[columns[i]] = strings.TrimSpace(value)
		}
		who := one.who()
		one.nth = seen[who]
		seen[who]++
		all = append(all, one)
	}
}

// separator is what parts the columns of a file: what its first line has most of.
func separator(head string) rune {
	best, most := ';', 0
	for _, c := range ";\t," {
		if n := strings.Count(head, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

func checkColumns(columns []string) error {
	known := []string{columnName, columnBirth, columnAddress, columnBody, columnAccount, columnLogin, columnSecret, columnHint}
	for i, c := range columns {
		other, ok := strings.CutPrefix(c, columnOther)
		if slices.Contains(columns[:i], c) || !slices.Contains(known, c) && (!ok || other == "") {
			return notebookError{column: i + 1}
		}
	}
	found := slices.Contains(columns, columnAddress) || slices.Contains(columns, columnName) && slices.Contains(columns, columnBirth)
	if !found || !slices.Contains(columns, columnBody) && !slices.Contains(columns, columnAccount) {
		return notebookError{missing: true}
	}
	return nil
}

// who is whose account at which body: nothing of a login or of a secret.
func (l notebookLine) who() string {
	parts := []string{columnName, columnBirth, columnAddress, columnBody, columnAccount}
	for i, c := range parts {
		parts[i] = strings.ToLower(l.values[c])
	}
	return strings.Join(parts, "\x00")
}

// request names the request that puts a line in, so that doing the file again puts
// nothing twice. It follows from the notebook's number and from whose account at
// which body it is, and never from what opens it: a digest of a password could be
// tried.
func (l notebookLine) request(notebook vault.NotebookID) vault.RequestID {
	h := sha256.New()
	h.Write([]byte("coffre/notebook-line/v1\x00"))
	h.Write(notebook[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(l.nth)))
	h.Write([]byte(l.who()))
	return vault.RequestID(h.Sum(nil)[:16])
}
