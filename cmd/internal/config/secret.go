package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/coffre-fort/coffre/vault/seal"
)

// maxSecret bounds a secret's file, in bytes: the longest is an age identity.
const maxSecret = 8 << 10

// ErrExposed says that a secret's file can be read by others than its owner.
var ErrExposed = errors.New("others can read this file")

// ReadSecret reads the one line of text of a secret's file, without comments and
// white space around it. A file that group or others may read is refused with
// [ErrExposed]; below credentials, the folder where systemd puts what it
// decrypted for this service ($CREDENTIALS_DIRECTORY, or empty), the group bit is
// the mask of its access list and says nothing. Errors never hold the content.
func ReadSecret(path, credentials string) (seal.Secret, error) {
	lines, err := readLines(path, credentials)
	if err != nil {
		return seal.Secret{}, err
	}
	if len(lines) != 1 {
		return seal.Secret{}, fmt.Errorf("%s: one line is wanted, found %d", path, len(lines))
	}
	return seal.NewSecret(lines[0]), nil
}

// keyPrefix begins every private key of age that is post-quantum.
const keyPrefix = "AGE-SECRET-KEY-PQ-1"

// ReadSheet reads the one key that stands on a printed sheet, or alone in a file:
// the one line that begins like a key. A file that others may read is refused with
// [ErrExposed]; "-" reads stdin. Errors never hold the content.
func ReadSheet(path string, stdin io.Reader) (seal.Secret, error) {
	var lines [][]byte
	var err error
	if path == "-" {
		lines, err = linesOf(stdin, "standard input")
	} else {
		lines, err = readLines(path, "")
	}
	if err != nil {
		return seal.Secret{}, err
	}
	lines = slices.DeleteFunc(lines, func(line []byte) bool { return !bytes.HasPrefix(line, []byte(keyPrefix)) })
	if len(lines) != 1 {
		return seal.Secret{}, fmt.Errorf("%s: one line with a key is wanted, found %d", path, len(lines))
	}
	return seal.NewSecret(lines[0]), nil
}

// ReadCredentials reads an access key and a secret key, one a line, under the
// rules of [ReadSecret].
func ReadCredentials(path, credentials string) (access string, secret seal.Secret, err error) {
	lines, err := readLines(path, credentials)
	if err != nil {
		return "", seal.Secret{}, err
	}
	if len(lines) != 2 {
		return "", seal.Secret{}, fmt.Errorf("%s: access key and secret key on two lines are wanted, found %d", path, len(lines))
	}
	return string(lines[0]), seal.NewSecret(lines[1]), nil
}

func readLines(path, credentials string) ([][]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	defer func() { _ = f.Close() }() // only read: nothing is lost
	info, err := f.Stat()            // of the file that is read, not of what the name leads to later
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	if err := checkMode(path, info, credentials); err != nil {
		return nil, err
	}
	return linesOf(f, path)
}

// linesOf answers the lines that are neither empty nor comments, without the
// white space around them.
func linesOf(r io.Reader, name string) ([][]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	if len(raw) > maxSecret {
		return nil, fmt.Errorf("%s: more than %d bytes", name, maxSecret)
	}
	var lines [][]byte
	for line := range bytes.Lines(raw) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func checkMode(path string, info fs.FileInfo, credentials string) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file", path)
	}
	forbidden := fs.FileMode(0o077)
	if credentials != "" && filepath.Dir(filepath.Clean(path)) == filepath.Clean(credentials) {
		forbidden = 0o037
	}
	if info.Mode().Perm()&forbidden != 0 {
		return fmt.Errorf("%s: %w (mode %04o): chmod 600 it", path, ErrExposed, info.Mode().Perm())
	}
	return nil
}
