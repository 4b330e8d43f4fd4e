package client

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"
)

// The file of the last checkpoint seen of one service.
type seenFile struct {
	Server      string    `json:"server"`
	Checkpoint  []byte    `json:"checkpoint"`
	VerifierKey string    `json:"verifierKey"`
	SeenTime    time.Time `json:"seenTime"`
}

// Seen reads the last checkpoint that was seen of the service at an address,
// and when. Without one it is zero.
func (s Store) Seen(address string) (Checkpoint, time.Time, error) {
	path := s.seenPath(address)
	var f seenFile
	err := s.read(path, &f)
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, time.Time{}, nil
	}
	if err != nil {
		return Checkpoint{}, time.Time{}, spoilt(path, err)
	}
	cp, err := parseCheckpoint(f.Checkpoint, f.VerifierKey)
	if err != nil {
		return Checkpoint{}, time.Time{}, spoilt(path, err)
	}
	return cp, f.SeenTime, nil
}

// See keeps a checkpoint as the last one seen. It outlives the session: only a
// memory that nobody else clears finds a trail that shrank.
func (s Store) See(address string, cp Checkpoint) error {
	return s.write(s.seenPath(address), seenFile{
		Server: address, Checkpoint: cp.Note, VerifierKey: cp.Key, SeenTime: time.Now().UTC().Truncate(time.Second),
	})
}

func (s Store) seenPath(address string) string {
	name := sha256.Sum256([]byte(address)) // an address is no file name
	return filepath.Join(s.Dir, "checkpoints", hex.EncodeToString(name[:16])+".json")
}

func spoilt(path string, cause error) *Error {
	return &Error{
		Class:    ClassIntegrity,
		Reason:   "SEEN_FILE",
		Sentence: fmt.Sprintf("Le dernier point de contrôle vu, gardé dans %s, ne peut pas être relu : mettez ce fichier de côté et prévenez le responsable du service.", Printable(path)),
		Err:      cause,
	}
}
