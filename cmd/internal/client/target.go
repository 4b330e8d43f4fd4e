package client

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// A Target says where a document goes: to File, or into Dir under the name it
// was deposited with. Exactly one of them is set.
type Target struct {
	File string
	Dir  string
}

// numbers bounds how many documents of one name a folder takes.
const numbers = 1000

// A pending file holds what has arrived; it has no name of its own yet. The nil
// pending file holds nothing.
type pending struct {
	tmp    *os.File
	path   string
	number bool // a taken name gets a number instead of an error
}

// begin makes the temporary file in the folder of the target, so that the last
// step is a link within one file system.
func (t Target) begin(name, document string) (*pending, error) {
	p := &pending{path: t.File}
	if t.File == "" {
		p.path, p.number = filepath.Join(t.Dir, SafeName(name, document)), true
	} else if _, err := os.Lstat(t.File); err == nil {
		return nil, FileError("écrire", t.File, fs.ErrExist) // before anything is read, and recorded
	}
	tmp, err := os.CreateTemp(filepath.Dir(p.path), ".coffre-*.part") // mode 0600
	if err != nil {
		return nil, FileError("écrire", p.path, err)
	}
	p.tmp = tmp
	return p, nil
}

// Write implements [io.Writer].
func (p *pending) Write(b []byte) (int, error) {
	n, err := p.tmp.Write(b)
	if err != nil {
		return n, FileError("écrire", p.path, err)
	}
	return n, nil
}

// commit gives the content its name once all of it is on the disk.
func (p *pending) commit() (string, error) {
	err := p.tmp.Sync()
	if errClose := p.tmp.Close(); err == nil {
		err = errClose
	}
	if err != nil {
		return "", FileError("écrire", p.path, err)
	}
	path, err := p.place()
	if err != nil {
		return "", FileError("écrire", p.path, err)
	}
	return path, nil
}

func (p *pending) place() (string, error) {
	ext := filepath.Ext(p.path)
	stem := strings.TrimSuffix(p.path, ext)
	path := p.path
	for n := 2; ; n++ {
		err := p.name(path)
		if !errors.Is(err, fs.ErrExist) || !p.number || n > numbers {
			return path, err
		}
		path = fmt.Sprintf("%s (%d)%s", stem, n, ext)
	}
}

// name gives the content a name that is free. A link fails where the name is
// taken; where there are no links (USB keys), looking first has to do.
func (p *pending) name(path string) error {
	err := os.Link(p.tmp.Name(), path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err // FileError reads it
	}
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	return os.Rename(p.tmp.Name(), path) // FileError reads it
}

// discard removes the temporary file; after a commit only its second name.
func (p *pending) discard() {
	if p == nil {
		return
	}
	_ = p.tmp.Close()           // closed already after a commit
	_ = os.Remove(p.tmp.Name()) // gone already after a rename
}

// maxName keeps a name, and the number it may get, within what file systems take.
const maxName = 200

// SafeName makes a file name of what a depositor wrote: one component, nothing
// hidden, nothing a shell, a terminal or Windows would trip over. Without
// anything left it is the document's id.
func SafeName(name, document string) string {
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < 0x20 || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, Printable(name))
	name = strings.TrimRight(strings.TrimLeft(name, ". -"), ". ")
	if len(name) > maxName {
		ext := filepath.Ext(name)
		if len(ext) > 16 {
			ext = ""
		}
		// Cut in the middle it may end in what a name must not end in.
		name = strings.TrimRight(strings.ToValidUTF8(name[:maxName-len(ext)], "")+ext, ". ")
	}
	if name == "" {
		return document
	}
	return name
}
